import { inspect } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { secretsToken } from "../../../lambda/auth0/token/secret.ts";
import { type LoopbackAws, startLoopbackAws } from "../../support/loopback-aws.ts";

describe("the token in Secrets Manager", () => {
  let aws: LoopbackAws;
  let client: SecretsManagerClient;
  beforeEach(async () => {
    aws = await startLoopbackAws();
    client = new SecretsManagerClient({ ...aws.clientConfig, maxAttempts: 1 });
  });
  afterEach(async () => {
    client.destroy();
    await aws.close();
  });
  const read = async (value: string) => secretsToken(client, aws.secrets.set("auth0/token", value)).read();

  it.each([
    "abc.def.ghi",
    " abc.def.ghi\n",
    '{"token":"abc.def.ghi"}',
    '\n{ "token": "abc.def.ghi", "expires_at": "2026-03-03T06:00:00Z", "domain": "acme.eu.auth0.com" }',
  ])("is read from %j", async (value) => {
    expect((await read(value)).reveal()).toBe("abc.def.ghi");
  });

  it.each([
    "{}",
    '{"token":7}',
    '{"token":null}',
    '{"access_token":"sesame.open.now"}',
    "{sesame.open.now",
    '{"token":""}',
  ])("is not read from %j, which is not quoted", async (value) => {
    const failure = await read(value).then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: "TokenError", code: "malformed" });
    expect(inspect(failure)).toContain("auth0/token");
    expect(inspect(failure)).not.toContain("sesame");
  });

  it("is read afresh each time", async () => {
    const source = secretsToken(client, aws.secrets.set("auth0/token", "first"));
    expect((await source.read()).reveal()).toBe("first");
    aws.secrets.set("auth0/token", "second");
    expect((await source.read()).reveal()).toBe("second");
  });

  it("is missed by name when the secret is not there, or empty", async () => {
    const unavailable = {
      code: "unavailable",
      message: expect.stringMatching(/^The secret .*auth0.*\(ResourceNotFoundException\); check its name/),
    };
    await expect(secretsToken(client, "no/auth0/token").read()).rejects.toMatchObject(unavailable);
    await expect(secretsToken(client, aws.secrets.setEmpty("auth0/empty")).read()).rejects.toMatchObject(unavailable);
  });

  it.each([
    ["AccessDeniedException", /secretsmanager:GetSecretValue/],
    ["DecryptionFailure", /kms:Decrypt/],
    ["InvalidRequestException", /restore it/],
  ])("names what to do about %s", async (code, advice) => {
    aws.fault = () => ({ kind: "error", status: 400, code });
    await expect(read("abc")).rejects.toMatchObject({ code: "unavailable", message: expect.stringMatching(advice) });
  });

  it.each([
    [500, "InternalServiceError"],
    [400, "ThrottlingException"],
  ])("may be readable later after %d %s", async (status, code) => {
    aws.fault = () => ({ kind: "error", status, code });
    await expect(read("abc")).rejects.toMatchObject({ code: "unreachable" });
  });

  it("is not quoted from an answer that is cut off", async () => {
    aws.fault = () => ({ kind: "broken_answer" });
    const failure = await read("sesame.open.now").then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({ name: "TokenError", code: "unreachable" });
    expect(inspect(failure, { showHidden: true, depth: 9 })).not.toContain("sesame");
  });
});
