import { constants, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { signatureCheck } from "../../../lambda/evidence/signing/check.ts";

const CONTENT = Buffer.from("a manifest\n");
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pss = (key: KeyObject) => ({
  key,
  padding: constants.RSA_PKCS1_PSS_PADDING,
  saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
});

const CASES: readonly (readonly [string, KeyObject, Buffer])[] = [
  ["ECDSA", ec.publicKey, sign("sha256", CONTENT, ec.privateKey)],
  ["RSA PKCS #1 v1.5", rsa.publicKey, sign("sha256", CONTENT, rsa.privateKey)],
  ["RSA PSS", rsa.publicKey, sign("sha256", CONTENT, pss(rsa.privateKey))],
];

describe.each(CASES)("a signature by %s", (_what, publicKey, signature) => {
  const isSignature = signatureCheck(publicKey);

  it("is one of what was signed, and of nothing else", () => {
    expect(isSignature(CONTENT, signature)).toBe(true);
    expect(isSignature(Buffer.from("another"), signature)).toBe(false);
    expect(isSignature(CONTENT, new Uint8Array())).toBe(false);
  });

  it("is none once a byte of it is another", () => {
    fc.assert(
      fc.property(fc.nat({ max: signature.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const mutated = Uint8Array.from(signature, (byte, index) => (index === at ? byte ^ by : byte));
        expect(isSignature(CONTENT, mutated)).toBe(false);
      }),
    );
  });

  it("is none by another key", () => {
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
    expect(signatureCheck(other)(CONTENT, signature)).toBe(false);
  });
});
