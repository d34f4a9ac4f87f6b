import { expect, it } from "@jest/globals";
import { connectionKind } from "../../lambda/domain/connection-kind.ts";

it("counts strategies that are unknown or missing as social, which is the kind that warns", () => {
  expect(["auth0", "samlp", "sms", "google-oauth2", "unheard-of", null].map(connectionKind)).toEqual([
    "database",
    "enterprise",
    "passwordless",
    "social",
    "social",
    "social",
  ]);
});
