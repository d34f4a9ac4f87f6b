import { expect, it } from "@jest/globals";
import { scopesOf } from "../../../lambda/auth0/token/claims.ts";

const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;

it.each([
  [
    jwt({ scope: "read:organizations read:organization_connections" }),
    ["read:organizations", "read:organization_connections"],
  ],
  [jwt({ scope: " read:organizations " }), ["read:organizations"]],
  [jwt({ scope: "" }), []],
  [jwt({ exp: 1 }), null],
  [jwt({ scope: ["read:organizations"] }), null],
  [jwt(null), null],
  ["opaque", null],
  ["a.b.c", null],
])("the scopes of %s are %j", (token, scopes) => {
  expect(scopesOf(token)).toEqual(scopes);
});
