import { describe, expect, it } from "@jest/globals";
import { parsePseudonymKey } from "../../lambda/domain/pseudonym-key.ts";

const BYTES = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const encoded = (encoding: BufferEncoding) => Buffer.from(BYTES).toString(encoding);

describe("the key of the pseudonyms", () => {
  it.each(["hex", "base64", "base64url"] as const)("is read from %s", (encoding) => {
    expect(parsePseudonymKey(` ${encoded(encoding)}\n`, "KEY")).toEqual(BYTES);
  });

  it.each([
    ["nothing", ""],
    ["31 bytes of hex", encoded("hex").slice(2)],
    ["31 bytes of base64", Buffer.from(BYTES.slice(1)).toString("base64")],
    ["a sentence", "a sentence that is long enough, with spaces and punctuation!"],
  ])("is refused, and not shown: %s", (_, text) => {
    expect(() => parsePseudonymKey(text, "KEY")).toThrow(/^KEY: [^\n]*\b32\b[^\n]*$/);
    if (text !== "") expect(() => parsePseudonymKey(text, "KEY")).not.toThrow(text);
  });
});
