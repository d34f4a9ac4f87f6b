import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type * as v from "valibot";
import {
  connectionsPageSchema,
  errorBodySchema,
  organizationSchema,
  organizationsPageSchema,
  parseAnswer,
} from "../../lambda/auth0/answers.ts";
import { enabledConnection, hasUnknownProperties } from "../../lambda/domain/enabled-connection.ts";
import type { Json, JsonObject } from "../../lambda/domain/json.ts";

function parse<Schema extends v.GenericSchema>(schema: Schema, text: string) {
  const json: Json = JSON.parse(text);
  return parseAnswer(schema, json);
}

function problem(schema: v.GenericSchema, text: string): string {
  const parsed = parse(schema, text);
  if (parsed.ok) throw new Error("It should not have been accepted.");
  return `${parsed.path} ${parsed.message}`;
}

describe("an enabled connection", () => {
  it("has Auth0's defaults where the answer leaves something out", () => {
    expect(enabledConnection({ connection_id: "con_1" })).toEqual({
      connectionId: "con_1",
      assignMembershipOnLogin: false,
      showAsButton: true,
      isSignupEnabled: false,
      name: null,
      strategy: null,
      wire: { connection_id: "con_1" },
    });
  });

  it("is kept as answered: known keys in the contract's order, then the unknown ones sorted", () => {
    const text =
      '{"zeta":[1,{"b":1,"a":2}],"is_signup_enabled":true,"connection":{"x":null,"strategy":"samlp","a":1,"name":"n"},' +
      '"alpha":null,"show_as_button":false,"assign_membership_on_login":true,"connection_id":"con_1"}';
    const parsed = enabledConnection(JSON.parse(text));
    expect(parsed).toMatchObject({
      assignMembershipOnLogin: true,
      showAsButton: false,
      isSignupEnabled: true,
      name: "n",
      strategy: "samlp",
    });
    expect(JSON.stringify(parsed.wire)).toBe(
      '{"connection_id":"con_1","assign_membership_on_login":true,"show_as_button":false,"is_signup_enabled":true,' +
        '"connection":{"name":"n","strategy":"samlp","a":1,"x":null},"alpha":null,"zeta":[1,{"b":1,"a":2}]}',
    );
  });

  it("keeps a key that is named like the prototype, and comes to no harm by it", () => {
    const text =
      '{"connection_id":"con_1","connection":{"__proto__":{"name":"forged"},"constructor":1},"__proto__":{"is_signup_enabled":true}}';
    const parsed = enabledConnection(JSON.parse(text));
    expect([parsed.isSignupEnabled, parsed.name]).toEqual([false, null]);
    expect(JSON.parse(JSON.stringify(parsed.wire))).toEqual(JSON.parse(text));
    expect(hasUnknownProperties(parsed.wire)).toBe(true);
  });

  it("is the same in whichever order its keys came, and when it is read again", () => {
    const values = fc.jsonValue().map((value): Json => JSON.parse(JSON.stringify(value)));
    const wires = fc.tuple(fc.uniqueArray(fc.tuple(fc.string(), values), { selector: ([key]) => key }), fc.boolean());
    fc.assert(
      fc.property(wires, ([others, flag]) => {
        const known = new Set(["assign_membership_on_login", "show_as_button", "is_signup_enabled", "connection"]);
        const entries: [string, Json][] = others.filter(([key]) => !known.has(key) && key !== "connection_id");
        entries.push(["connection_id", "con_1"], ["is_signup_enabled", flag]);
        const once = enabledConnection(Object.fromEntries(entries));
        const reversed = enabledConnection(Object.fromEntries(entries.reverse()));
        expect(JSON.stringify(reversed.wire)).toBe(JSON.stringify(once.wire));
        const again: unknown = JSON.parse(JSON.stringify(once.wire));
        expect(JSON.stringify(enabledConnection(again).wire)).toBe(JSON.stringify(once.wire));
      }),
    );
  });

  it.each([
    ["null", "$[0]"],
    ["[]", "$[0]"],
    ['"con_1"', "$[0]"],
    ["{}", "$[0].connection_id"],
    ['{"connection_id":""}', "$[0].connection_id"],
    ['{"connection_id":7}', "$[0].connection_id"],
    ['{"connection_id":"c","show_as_button":null}', "$[0].show_as_button"],
    ['{"connection_id":"c","assign_membership_on_login":"true"}', "$[0].assign_membership_on_login"],
    ['{"connection_id":"c","is_signup_enabled":1}', "$[0].is_signup_enabled"],
    ['{"connection_id":"c","connection":null}', "$[0].connection"],
    ['{"connection_id":"c","connection":{"name":3}}', "$[0].connection.name"],
    ['{"connection_id":"c","connection":{"strategy":[]}}', "$[0].connection.strategy"],
  ])("is none that reads %s", (text, path) => {
    expect(problem(connectionsPageSchema, `[${text}]`).split(" ")[0]).toBe(path);
    expect(() => enabledConnection(JSON.parse(text))).toThrow();
  });

  it.each<[JsonObject, boolean]>([
    [{ connection_id: "c", connection: { name: "n", strategy: "s" } }, false],
    [{ connection_id: "c" }, false],
    [{ connection_id: "c", added: 1 }, true],
    [{ connection_id: "c", connection: { added: 1 } }, true],
  ])("reports whether it has unknown properties: %j", (wire, expected) => {
    expect(hasUnknownProperties(wire)).toBe(expected);
  });
});

describe("a page of connections", () => {
  it.each([
    ['{"start":50,"limit":50,"total":60,"enabled_connections":[]}', { start: 50, limit: 50, total: 60 }],
    ['{"limit":50,"total":60,"enabled_connections":[]}', { start: null, limit: 50, total: 60 }],
    ['{"enabled_connections":[]}', null],
    ["[]", null],
  ])("tells its place, if it does: %s", (text, position) => {
    expect(parse(connectionsPageSchema, text)).toEqual({ ok: true, value: { enabledConnections: [], position } });
  });

  it.each([
    ['{"start":-1,"limit":50,"total":60,"enabled_connections":[]}', "$.start"],
    ['{"start":0,"limit":1.5,"total":60,"enabled_connections":[]}', "$.limit"],
    ['{"start":0,"limit":50,"total":"60","enabled_connections":[]}', "$.total"],
    ['{"start":0,"limit":50,"total":60}', "$.enabled_connections"],
    ['{"start":0,"limit":50,"total":60,"enabled_connections":{}}', "$.enabled_connections"],
    ['"no"', "$"],
  ])("is none that reads %s", (text, path) => {
    expect(problem(connectionsPageSchema, text).split(" ")[0]).toBe(path);
  });

  it("is never quoted in what is wrong with it", () => {
    const secret = "sensitive\nvalue but received more";
    const text = JSON.stringify([{ connection_id: "c", is_signup_enabled: secret }]);
    expect(problem(connectionsPageSchema, text)).toBe("$[0].is_signup_enabled Invalid type: Expected boolean");
  });
});

describe("the Organizations", () => {
  it("have an ID, and names if the answer has them", () => {
    expect(parse(organizationSchema, '{"id":"org_1","name":"acme","display_name":"Acme","branding":{}}')).toEqual({
      ok: true,
      value: { organizationId: "org_1", name: "acme", displayName: "Acme" },
    });
    expect(parse(organizationSchema, '{"id":"org_1","name":null}')).toMatchObject({ value: { name: null } });
  });

  it.each([
    ["[]", null, null],
    ['{"organizations":[],"next":"abc"}', "abc", 0],
    ['{"organizations":[],"next":null}', null, 0],
    ['{"organizations":[],"next":""}', null, 0],
    ['{"start":0,"limit":50,"total":3,"organizations":[{"id":"org_1"}]}', null, 2],
    ['{"start":2,"limit":50,"total":3,"organizations":[{"id":"org_1"}]}', null, 0],
  ])("come as %s", (text, next, rest) => {
    expect(parse(organizationsPageSchema, text)).toMatchObject({ ok: true, value: { next, rest } });
  });

  it.each([
    ['[{"id":7}]', "$[0].id"],
    ['{"organizations":[{"id":"org_1"},{"id":"org_2","name":3}]}', "$.organizations[1].name"],
    ['{"organizations":[],"next":7}', "$.next"],
    ["null", "$"],
  ])("do not come as %s", (text, path) => {
    expect(problem(organizationsPageSchema, text).split(" ")[0]).toBe(path);
  });
});

describe("an error's body", () => {
  it("is read as far as it is used", () => {
    const text = '{"statusCode":403,"error":"Forbidden","message":"No.","errorCode":"insufficient_scope"}';
    expect(parse(errorBodySchema, text)).toEqual({
      ok: true,
      value: { statusCode: 403, errorCode: "insufficient_scope", message: "No." },
    });
    expect(parse(errorBodySchema, "{}").ok).toBe(true);
    expect(parse(errorBodySchema, '"no"').ok).toBe(false);
  });
});
