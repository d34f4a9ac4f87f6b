import { describe, expect, it } from "@jest/globals";
import { LONGEST_POLICY } from "../../lambda/findings/bounds.ts";
import { BUILT_IN_POLICY_TEXT, describeRule, parsePolicy } from "../../lambda/findings/policy.ts";
import { BUILT_IN_RULE_IDS, RULES } from "../../lambda/findings/rules.ts";
import { ACCEPTED, CUSTOM, REFUSED } from "../support/policy-cases.ts";

function messageOf(text: string): string {
  try {
    parsePolicy(text, "--policy owner.json");
  } catch (error) {
    if (error instanceof Error && error.name === "ConfigurationError") return error.message;
    throw error;
  }
  return "accepted";
}

describe("a policy file", () => {
  it.each(ACCEPTED)("accepts $name", ({ policy }) => {
    expect(messageOf(JSON.stringify(policy))).toBe("accepted");
  });

  it.each(REFUSED)("refuses $name", ({ policy, refused }) => {
    const message = messageOf(JSON.stringify(policy));
    expect(message.startsWith(`--policy owner.json: ${refused}`) ? refused : message).toBe(refused);
    expect(message).toMatch(/^[^\n]*\.$/);
  });

  it("refuses what is not JSON", () => {
    expect(messageOf("{\n")).toMatch(/^--policy owner\.json: \$: not JSON: [^\n]*\.$/);
  });

  it("refuses a key that would change the prototype", () => {
    expect(messageOf('{"version":1,"__proto__":{"rules":{}}}')).toContain("$.__proto__: unknown key");
    expect(messageOf('{"version":1,"rules":{"__proto__":"off"}}')).toContain("$.rules.__proto__: unknown rule");
  });

  it("refuses a file that is too long, and shortens what it shows of it", () => {
    expect(messageOf(" ".repeat(LONGEST_POLICY + 1))).toContain(
      "the file is too long; expected at most 1000000 characters",
    );
    const long = { version: 1, waivers: [{ rule: "x".repeat(400), organization: "a", reason: "r" }] };
    expect(messageOf(JSON.stringify(long)).length).toBeLessThan(400);
  });

  it("shows no control characters of the file", () => {
    expect(messageOf(JSON.stringify({ version: 1, "\u001b[2J\n": 1 }))).toMatch(/^[\x20-\x7e]*$/);
  });

  it("accepts a byte order mark", () => {
    expect(messageOf(`\uFEFF${BUILT_IN_POLICY_TEXT}`)).toBe("accepted");
  });

  it("has every built-in rule on by default, each with its own severity", () => {
    const { builtIn, unreadDays, waivers, custom } = parsePolicy(BUILT_IN_POLICY_TEXT, "built-in");
    expect([...builtIn]).toEqual(BUILT_IN_RULE_IDS.map((id) => [id, null]));
    expect({ unreadDays, waivers: waivers.all, custom }).toEqual({ unreadDays: 7, waivers: [], custom: [] });
  });

  it("takes over the owner's settings", () => {
    const rules = {
      "sso-bypass": "off",
      "open-signup": { severity: "low" },
      "unread-too-long": { days: 3 },
      "locked-out": "on",
    };
    const { builtIn, unreadDays } = parsePolicy(JSON.stringify({ version: 1, rules }), "p");
    expect(builtIn.has("sso-bypass")).toBe(false);
    expect(builtIn.get("open-signup")).toBe("low");
    expect(builtIn.get("unread-too-long")).toBeNull();
    expect(unreadDays).toBe(3);
  });
});

describe("the description of a rule", () => {
  const policy = parsePolicy(
    JSON.stringify({
      version: 1,
      rules: { "open-signup": { severity: "low" }, "locked-out": "off" },
      custom: [CUSTOM, { ...CUSTOM, id: "other", version: 3, title: "Title", why: "Why.", remedy: "Remedy." }],
    }),
    "p",
  );

  it("has the texts of a built-in rule, also of one that is off, with the owner's severity", () => {
    const { title, wrong, why, remedy, source } = RULES["open-signup"];
    expect(describeRule(policy, "open-signup")).toEqual({
      title,
      wrong,
      why,
      remedy,
      source,
      version: 1,
      severity: "low",
    });
    expect(describeRule(policy, "locked-out").severity).toBe("medium");
  });

  it("has the texts of a custom rule, and null where it has none", () => {
    const none = { why: null, remedy: null, source: null };
    expect(describeRule(policy, "no-passwords")).toEqual({
      ...none,
      title: "no-passwords",
      wrong: "No passwords.",
      version: 1,
      severity: "high",
    });
    const texts = { title: "Title", why: "Why.", remedy: "Remedy.", version: 3 };
    expect(describeRule(policy, "other")).toMatchObject(texts);
  });

  it("throws for an unknown rule", () => {
    expect(() => describeRule(policy, "constructor")).toThrow(RangeError);
  });
});
