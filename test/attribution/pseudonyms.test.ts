import { describe, expect, it } from "@jest/globals";
import { pseudonymizer } from "../../lambda/attribution/pseudonyms.ts";
import { ConfigurationError } from "../../lambda/domain/errors.ts";
import { operation } from "../support/operations.ts";

const KEY = Buffer.alloc(32, 1);
const ALICE = operation("a");
const { actor, ip, ...others } = ALICE;

describe("pseudonyms", () => {
  it("replace what names a person, and nothing else", () => {
    const { actor: hidden, ip: hiddenIp, ...rest } = pseudonymizer(KEY)(ALICE);
    expect(rest).toEqual(others);
    expect(hidden.kind).toBe("user");
    for (const text of [hidden.id, hidden.name, hidden.email, hiddenIp]) expect(text).toMatch(/^[0-9a-f]{64}$/);
    const line = JSON.stringify([hidden, hiddenIp]);
    for (const text of [actor.id, actor.name, actor.email, ip]) expect(line).not.toContain(String(text));
  });

  it("keep equal what is equal, under one key", () => {
    expect(pseudonymizer(KEY)(ALICE)).toEqual(pseudonymizer(Buffer.alloc(32, 1))(operation("a")));
    expect(pseudonymizer(KEY)(ALICE).ip).not.toBe(pseudonymizer(Buffer.alloc(32, 2))(ALICE).ip);
  });

  it("differ for the same text in two fields", () => {
    const same = { kind: "user", id: "x", name: "x", email: "x" } as const;
    const { actor: hidden, ip: hiddenIp } = pseudonymizer(KEY)({ ...ALICE, actor: same, ip: "x" });
    expect(new Set([hidden.id, hidden.name, hidden.email, hiddenIp]).size).toBe(4);
  });

  it("leave out what the log leaves out", () => {
    const nobody = { kind: "unknown", id: null, name: null, email: null } as const;
    expect(pseudonymizer(KEY)({ ...ALICE, actor: nobody, ip: null })).toMatchObject({ actor: nobody, ip: null });
  });

  it("are HMAC-SHA-256 of the field's name, a line feed and the value", () => {
    // printf 'ip\n203.0.113.7' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01
    expect(pseudonymizer(KEY)(ALICE).ip).toBe("3882c23cb43582efad7ed45631298358b575268d25499fb3fed3ae67cda6867e");
  });

  it("need a key of 32 bytes", () => {
    expect(() => pseudonymizer(Buffer.alloc(31))).toThrow(ConfigurationError);
  });
});
