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

  it("are equal for the same text in two fields", () => {
    const same = { kind: "user", id: "x", name: "x", email: "x" } as const;
    const { actor: hidden, ip: hiddenIp } = pseudonymizer(KEY)({ ...ALICE, actor: same, ip: "x" });
    expect(new Set([hidden.id, hidden.name, hidden.email, hiddenIp]).size).toBe(1);
  });

  it("leave out what the log leaves out", () => {
    const nobody = { kind: "unknown", id: null, name: null, email: null } as const;
    expect(pseudonymizer(KEY)({ ...ALICE, actor: nobody, ip: null })).toMatchObject({ actor: nobody, ip: null });
  });

  it("are HMAC-SHA-256 of the value", () => {
    // printf '203.0.113.7' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101...01
    expect(pseudonymizer(KEY)(ALICE).ip).toBe("8dcbe13a1d06d9b7afb8f43a4194791f56ca729ecdc693c0c8f78344739407df");
  });

  it("need a key of 32 bytes", () => {
    expect(() => pseudonymizer(Buffer.alloc(31))).toThrow(ConfigurationError);
  });
});
