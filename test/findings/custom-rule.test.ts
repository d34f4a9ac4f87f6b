import { parse } from "@bufbuild/cel";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import { LONGEST_EXPRESSION, LONGEST_NAME } from "../../lambda/findings/bounds.ts";
import { celOrganization } from "../../lambda/findings/cel-organization.ts";
import { compileCustomRule } from "../../lambda/findings/custom-rule.ts";
import { ExpressionError, messageOf } from "../../lambda/findings/expression-error.ts";
import { Patterns } from "../../lambda/findings/pattern.ts";
import { TypeCheck } from "../../lambda/findings/type-check.ts";
import { enabledConnections } from "../support/arbitraries.ts";
import { carried, connection, observed, organizationId } from "../support/builders.ts";

function rule(when: string) {
  return compileCustomRule({ id: "x", version: 1, severity: "high", message: "m", when });
}

/** Why the expression is refused. */
function refusal(when: string): string {
  try {
    rule(when);
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
  return "accepted";
}

interface Names {
  readonly name?: string | null;
  readonly displayName?: string | null;
}

function evaluate(
  when: string,
  connections: readonly EnabledConnection[] = MIXED,
  names: Names = {},
): boolean | string {
  const line = observed("1", connections, { name: "eu-acme", displayName: "Acme", ...names });
  return rule(when).evaluate(celOrganization(line.organizationId, carried(line)));
}

const MIXED = [
  connection("1", "samlp", { show_as_button: false }, "acme-okta"),
  connection("2", "auth0", { is_signup_enabled: true }, "passwords"),
  connection("3", "google-oauth2", { assign_membership_on_login: true }, "google"),
];

describe("an expression is refused at start", () => {
  it.each([
    ["organization.nme == 'x'", "organization has no property nme; it has id, name, display_name, connections"],
    ["organization.connections.exists(c, c.king == 'x')", "connection has no property king; it has id, name,"],
    ["organization.connections.kind == 'x'", "list(connection) has no property kind"],
    ["has(organization.nme)", "organization has no property nme"],
    ["9223372036854775808 > 1", "9223372036854775808 is outside the whole numbers of CEL"],
    ["-9223372036854775809 < 1", "-9223372036854775809 is outside the whole numbers of CEL"],
    ["1 + 'a'", "+ cannot be applied to int, string"],
    ["organization.name + 'a' == 'b'", "+ cannot be applied to string, string"],
    ["organization.name", "the expression is of type string; a rule must be of type bool"],
    ["organization", "the expression is of type organization"],
    ["size(organization.connections)", "the expression is of type int"],
    ["organization.connections.filter(c, c.show_as_button)", "the expression is of type"],
    ["!organization.name", "! cannot be applied to string"],
    ["true && 1", "&& cannot be applied to bool, int"],
    ["true ? 1 : 'a'", "?: cannot be applied to bool, int, string"],
    ["organization.name == 1", "== cannot be applied to string, int"],
    ["organization.connections == organization.connections", "== cannot be applied to list(connection)"],
    ["organization.name in [1]", "in cannot be applied to string, list(int)"],
    ["organization['name'] == 'x'", "[] cannot be applied to organization, string"],
    [
      "organization.connections.exists(c, c.name)",
      "the condition of a macro is of type string; it must be of type bool",
    ],
    ["organization.connections.filter(c, c.name).size() > 1", "the condition of a macro is of type string"],
    ["organization.name.exists(c, true)", "a macro goes over a list, not over string"],
    [
      "organization.connections.map(c, organization).size() > 1",
      "a list must have one or more elements of the same type",
    ],
    ["organization.connections.map(c, [1]).size() > 1", "a list must have"],
    ["'a' in ['a', 1]", "a list must have"],
    ["'a' in []", "a list must have"],
    ["other == 1", "unknown variable other; there is organization"],
    ["constructor == 1", "unknown variable constructor"],
    ["__proto__ == 1", "unknown variable __proto__"],
    ["organization.__proto__ == 1", "organization has no property __proto__"],
    ["organization.constructor == 1", "organization has no property constructor"],
    ["organization.connections.exists(c, true) && c.show_as_button", "unknown variable c"],
    ["organization.name == null", "no value is null; test whether a name is known with has(organization.name)"],
    ["1.5 < 2.5", "only texts, whole numbers, true and false are available as literals"],
    ["1u < 2u", "only texts"],
    ["b'a' == b'a'", "only texts"],
    ["{'a': 1}.size() > 0", "maps and messages are not available"],
    ["google.protobuf.Timestamp{seconds: 1} == 1", "maps and messages are not available"],
    [
      "timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')",
      "the function timestamp is not available",
    ],
    ["dyn(organization) == 1", "the function dyn is not available"],
    ["organization.name.lowerAscii() == 'a'", "the function lowerAscii is not available"],
    ["organization.connections.exists(c.name, true)", "unknown variable c"],
    ["organization.name.matches(organization.id)", "the pattern of matches must be a literal text"],
    ["organization.name.matches(1)", "matches cannot be applied to string, int"],
    ["organization.name.matches('(')", "the pattern of matches is not RE2: error parsing regexp: missing closing )"],
    ["organization.name.matches('(?=a)')", "the pattern of matches is not RE2"],
    ["organization.name.matches('a{100}{11}')", "the pattern of matches has more than 1000 characters"],
    ["organization.name.matches('(a{0,50}){2,}b{3}c{,3}')", "the pattern of matches has more than 1000 characters"],
    ["tr ue", "not CEL: "],
    ["", "not CEL: "],
    [`${"(".repeat(101)}true${")".repeat(101)}`, "the expression is nested more than 100 deep"],
    [`1${" + 1".repeat(150)} == 1`, "the expression is nested more than 100 deep"],
  ])("%s", (when, message) => {
    expect(refusal(when).slice(0, message.length)).toBe(message);
  });

  it("with more than three macros in one another, and what one macro lets through counts twice", () => {
    const exists = (inner: string) => `organization.connections.exists(c, ${inner})`;
    expect(refusal(exists(exists(exists("true"))))).toBe("accepted");
    expect(refusal(exists(exists(exists(exists("true")))))).toBe("macros are nested more than 3 deep");
    const filtered = (inner: string) => `organization.connections.filter(c, true).exists(c, ${inner})`;
    expect(refusal(filtered(exists("true")))).toBe("accepted");
    expect(refusal(filtered(filtered("true")))).toBe("macros are nested more than 3 deep");
  });

  it("whatever text it is, without another exception, and in little time", () => {
    const word = fc.constantFrom(
      "organization",
      ".",
      "connections",
      "exists",
      "(",
      ")",
      "c",
      ",",
      "'a'",
      "==",
      "[",
      "]",
      "1",
      "&&",
      "!",
      "{",
      "}",
      ":",
      "?",
      "-",
      "name",
      "matches",
      "has",
      "in",
    );
    const texts = fc.oneof(
      fc.array(word, { maxLength: 60 }).map((words) => words.join(" ")),
      fc.string({ unit: "binary", maxLength: LONGEST_EXPRESSION }),
    );
    fc.assert(
      fc.property(texts, (when) => expect(typeof refusal(when)).toBe("string")),
      { numRuns: 300 },
    );
  });
});

describe("the type check", () => {
  it("refuses a tree that the parser does not make", () => {
    const { expr } = parse("organization.connections.map(c, c.kind).exists(k, k == 'social')");
    if (expr.exprKind.case !== "comprehensionExpr") throw new TypeError("The parser does not expand macros.");
    const check = () => new TypeCheck(new Patterns()).rule(expr);
    expect(check).not.toThrow();
    delete expr.exprKind.value.loopStep;
    expect(check).toThrow(ExpressionError);
  });

  it("says what a library says, whatever it throws", () => {
    expect(messageOf(new RangeError("too deep"))).toBe("too deep");
    expect(messageOf("too deep")).toBe("too deep");
  });
});

describe("an expression is evaluated", () => {
  it.each([
    [
      "organization.id == 'org_0000000000000001' && organization.name == 'eu-acme' && organization.display_name == 'Acme'",
    ],
    ["organization.name.startsWith('eu-') && organization.connections.exists(c, c.kind == 'database')"],
    ["organization.connections.all(c, c.id.contains('con_') && c.name != '' && c.strategy.size() > 0)"],
    ["organization.connections.exists_one(c, c.kind == 'enterprise' && !c.show_as_button)"],
    ["organization.connections.exists(c, c.is_signup_enabled || c.assign_membership_on_login)"],
    ["size(organization.connections.filter(c, c.kind in ['social', 'passwordless'])) == 1"],
    ["'passwords' in organization.connections.map(c, c.name)"],
    ["organization.connections.map(c, c.is_signup_enabled, c.name)[0].endsWith('words')"],
    ["organization.connections[1].name.matches('^pass(word)?s$')"],
    ["organization.connections.exists(c, c.name.matches('^acme-[a-z]{4}$'))"],
    ["(2 + 3 * 4 - 10 / 5) % 7 == -(-5) && 1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 'a' < 'b'"],
    ["organization.connections.exists(organization, organization.kind == 'social')"],
    ["organization.connections.exists(a, organization.connections.exists(b, a.id != b.id && a.kind != b.kind))"],
    ["true ? has(organization.name) && has(organization.connections) : false"],
  ])("%s", (when) => {
    expect(evaluate(when)).toBe(true);
    expect(evaluate(`!(${when})`)).toBe(false);
  });

  it("has Auth0's defaults for what the answer left out", () => {
    const answered = enabledConnection({ connection_id: "con_1", connection: { name: "a", strategy: "samlp" } });
    const defaults =
      "organization.connections.all(c, c.show_as_button && !c.assign_membership_on_login && !c.is_signup_enabled)";
    expect(evaluate(defaults, [answered])).toBe(true);
  });

  it("cannot be evaluated where it needs a name that is unknown", () => {
    const unknown = { name: null, displayName: null };
    expect(evaluate("organization.name == 'a'", MIXED, unknown)).toBe("field not found: name");
    expect(evaluate("organization.display_name == 'a'", MIXED, unknown)).toBe("field not found: display_name");
    expect(evaluate("has(organization.name) && organization.name == 'a'", MIXED, unknown)).toBe(false);
    expect(evaluate("organization.name == 'a' || true", MIXED, unknown)).toBe(true);
    const unnamed = [connection("1", "samlp", { connection: {} })];
    expect(evaluate("organization.connections.exists(c, c.name == 'a')", unnamed)).toBe("field not found: name");
    expect(evaluate("organization.connections.exists(c, c.kind == 'social' && !has(c.strategy))", unnamed)).toBe(true);
  });

  it("answers an error as a text", () => {
    expect(evaluate("1 / 0 == 1")).toBe("int divide by zero");
    expect(evaluate("organization.connections[9].name == 'a'")).toContain("index 9 out of bounds");
    expect(evaluate("9223372036854775807 + 1 > 0")).toContain("overflow");
  });
});

describe("the work of a rule is bounded", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => connection(String(index), "samlp"));
  const pairs =
    "organization.connections.exists(a, organization.connections.exists(b, a.name == b.name && a.id != b.id))";

  it("evaluates macros over 1,000 connections, and does not start on all pairs of them", () => {
    const connections = many(1_000);
    expect(evaluate("organization.connections.all(c, c.kind == 'enterprise')", connections)).toBe(true);
    expect(evaluate(pairs, connections)).toBe("it has too many connections for this expression");
    expect(evaluate(pairs, many(50))).toBe(false);
  });

  it("counts the elements of the expression's own lists", () => {
    const list = `[${Array.from({ length: 500 }, (_, index) => index % 10).join(",")}]`;
    const loops = (inner: string) => `${list}.exists(a, ${inner})`;
    expect(evaluate(loops("a == 10"))).toBe(false);
    expect(evaluate(`${list}.exists(a, organization.connections.exists(b, a == 10 || b.name == 'x'))`)).toBe(
      "it has too many connections for this expression",
    );
  });

  it("does not read names that are longer than Auth0 allows by far", () => {
    const named = (length: number) => [connection("1", "samlp", {}, "a".repeat(length))];
    const when = "organization.connections.exists(c, c.name.matches('b$'))";
    expect(evaluate(when, named(LONGEST_NAME))).toBe(false);
    expect(evaluate(when, named(LONGEST_NAME + 1))).toBe("one of its names is longer than 1000 characters");
    expect(evaluate("true", MIXED, { name: "a".repeat(LONGEST_NAME + 1) })).toContain("longer than");
  });

  it("counts what a pattern costs", () => {
    const when = "organization.connections.exists(c, c.name.matches('^(a?){90}b$'))";
    const named = Array.from({ length: 20 }, (_, index) => connection(String(index), "samlp", {}, "a".repeat(900)));
    expect(evaluate(when, named)).toBe("it has too many connections for this expression");
    expect(evaluate(when, named.slice(0, 2))).toBe(false);
  });

  it("counts the texts that the expression itself has, and not its patterns", () => {
    const triples = (test: string) =>
      ["c", "b", "a"].reduce((inner, name) => `organization.connections.all(${name}, ${inner})`, test);
    const text = (length: number) => `'${"ab".repeat(length / 2)}'`;
    const slow = "matches('^(.*\\\\b.*)*a.{20}$')";
    expect(evaluate(triples(`!${text(1_200)}.${slow}`), many(10))).toBe(
      "it has too many connections for this expression",
    );
    expect(evaluate(triples(`!(true ? ${text(1_200)} : 'a').contains('b')`), many(10))).toBe(
      "it has too many connections for this expression",
    );
    expect(evaluate(`!${text(1_200)}.${slow}`)).toBe(true);
    expect(evaluate(`organization.connections.all(c, !c.name.matches('${"(a|b)".repeat(190)}'))`, many(100))).toBe(
      true,
    );
  });
});

describe("a rule never throws", () => {
  const bool = fc.letrec<{ bool: string; text: string; list: string; number: string }>((tie) => ({
    text: fc.constantFrom("organization.name", "organization.display_name", "'a'", "organization.connections[0].name"),
    list: fc.constantFrom("organization.connections", "organization.connections.filter(c, c.show_as_button)"),
    number: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("0", "1", "9223372036854775807", "size(organization.connections)"),
      fc
        .tuple(tie("number"), fc.constantFrom("+", "*", "/", "%", "-"), tie("number"))
        .map(([a, o, b]) => `(${a} ${o} ${b})`),
    ),
    bool: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom("true", "has(organization.name)"),
      fc.tuple(tie("text"), fc.constantFrom("==", "<", "!="), tie("text")).map(([a, o, b]) => `${a} ${o} ${b}`),
      fc.tuple(tie("number"), tie("number")).map(([a, b]) => `${a} <= ${b}`),
      fc.tuple(tie("bool"), fc.constantFrom("&&", "||"), tie("bool")).map(([a, o, b]) => `(${a} ${o} ${b})`),
      fc
        .tuple(tie("list"), fc.constantFrom("exists", "all", "exists_one"), tie("text"))
        .map(([l, m, t]) => `${l}.${m}(c, c.name == ${t})`),
      fc.tuple(tie("text"), fc.constantFrom("contains", "startsWith")).map(([a, m]) => `${a}.${m}('a')`),
    ),
  })).bool;
  const name = fc.option(fc.string({ unit: "binary" }), { nil: null });

  it("for any expression that type-checks and any Organization", () => {
    fc.assert(
      fc.property(bool, enabledConnections, name, (when, connections, organizationName) => {
        const evaluated = rule(when).evaluate(
          celOrganization(organizationId("1"), carried(observed("1", connections, { name: organizationName }))),
        );
        expect(["boolean", "string"]).toContain(typeof evaluated);
      }),
      { numRuns: 300 },
    );
  });
});
