import { inspect } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fixedToken, managementApiToken } from "../../../lambda/auth0/token/token.ts";
import { TokenError } from "../../../lambda/domain/errors.ts";

const jwt = (claims: string) => `eyJhbGciOiJub25lIn0.${Buffer.from(claims).toString("base64url")}.c2ln`;
/** Begins with a digit, as no property of an object does. */
const words = fc.stringMatching(/^[0-9][A-Za-z0-9._-]{8,60}$/);

describe("a Management API token", () => {
  it("reveals its value only on request", () => {
    fc.assert(
      fc.property(words, (value) => {
        const token = managementApiToken(value, "the test");
        const shown = [
          String(token),
          `${token}`,
          JSON.stringify({ token }),
          inspect(token),
          inspect({ deep: [token] }, { showHidden: true, depth: 9 }),
          inspect({ ...token }, { showHidden: true }),
          JSON.stringify(Object.entries(token)),
        ];
        expect(token.reveal()).toBe(value);
        for (const text of shown) expect(text).not.toContain(value);
        expect(shown.slice(0, 4)).toEqual(["[hidden]", "[hidden]", '{"token":"[hidden]"}', "[hidden]"]);
      }),
    );
  });

  it.each([" abc.def.ghi ", "abc.def.ghi\n", "Bearer abc.def.ghi", "bearer  abc.def.ghi", "\tBearer abc.def.ghi\r\n"])(
    "is taken from %j",
    (value) => {
      expect(managementApiToken(value, "the test").reveal()).toBe("abc.def.ghi");
    },
  );

  it.each([
    "",
    "  ",
    "Bearer ",
    "Bearer Bearer abc",
    "abc def",
    "abc\ndef",
    "abc\u0000def",
    "ab\u00e9c",
    "abc\u200bdef",
    '"abc"',
    "{abc}",
    "<html>",
    "x".repeat(20_000),
  ])("is not taken from %j", (value) => {
    const attempt = () => managementApiToken(value, "AUTH0_API_TOKEN");
    expect(attempt).toThrow(TokenError);
    expect(attempt).toThrow(expect.objectContaining({ code: "malformed" }));
    expect(attempt).toThrow(/^AUTH0_API_TOKEN holds no Management API token/);
  });

  it("never quotes what it refuses", () => {
    fc.assert(
      fc.property(words, words, (left, right) => {
        try {
          managementApiToken(`${left} ${right}`, "the test");
        } catch (error) {
          expect(inspect(error)).not.toContain(left);
          expect(inspect(error)).not.toContain(right);
          return;
        }
        throw new Error("Two words are no token.");
      }),
    );
  });

  it("knows when it expires, when its claims say so", () => {
    expect(managementApiToken(jwt('{"exp":1772431200}'), "the test").expiresAt).toBe(1_772_431_200_000);
    expect(managementApiToken(jwt('{"exp":1772431200.5}'), "the test").expiresAt).toBe(1_772_431_200_500);
  });

  it.each(["opaque", "a.b.c", jwt("{}"), jwt('{"exp":"soon"}'), jwt('{"exp":null}'), jwt('{"exp":1e300}'), jwt("[")])(
    "is taken without an expiry from %j",
    (value) => {
      expect(managementApiToken(value, "the test").expiresAt).toBeNull();
    },
  );

  it("stays the same when it was handed over", async () => {
    const token = managementApiToken("abc", "the test");
    const source = fixedToken(token);
    expect(await source.read()).toBe(token);
    expect(await source.read()).toBe(token);
  });
});
