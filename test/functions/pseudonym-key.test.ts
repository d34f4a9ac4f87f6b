import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { TokenError } from "../../lambda/domain/errors.ts";
import { secretPseudonymKey } from "../../lambda/functions/pseudonym-key.ts";
import { type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";

const KEY = "0123456789abcdef".repeat(4);

describe("the key of the pseudonyms in Secrets Manager", () => {
  let aws: LoopbackAws;
  let client: SecretsManagerClient;
  beforeEach(async () => {
    aws = await startLoopbackAws([]);
    client = new SecretsManagerClient({ ...aws.clientConfig, maxAttempts: 1 });
  });
  afterEach(() => aws.close());

  it("is read once", async () => {
    const read = secretPseudonymKey(client, aws.secrets.set("key", KEY));
    expect(await Promise.all([read(), read()])).toEqual(
      [Buffer.from(KEY, "hex"), Buffer.from(KEY, "hex")].map((one) => new Uint8Array(one)),
    );
    await read();
    expect(aws.requests).toHaveLength(1);
  });

  it("is read again after Secrets Manager was away, which a step waits for", async () => {
    const read = secretPseudonymKey(client, aws.secrets.set("key", KEY));
    aws.fault = () => ({ kind: "error", status: 500, code: "InternalServiceError" });
    const error = await read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "token_unavailable", cause: expect.any(TokenError) });
    expect(error).toMatchObject({ cause: { code: "unreachable" } });
    aws.fault = null;
    expect(await read()).toHaveLength(32);
  });

  it("is named when it may not be read or is too short, without a part of it", async () => {
    aws.fault = () => ({ kind: "error", status: 400, code: "AccessDeniedException" });
    await expect(secretPseudonymKey(client, "arn:one")()).rejects.toThrow(/arn:one.*AccessDenied/);
    aws.fault = null;
    const short = secretPseudonymKey(client, aws.secrets.set("key", "abcdef"));
    await expect(short()).rejects.toThrow(/at least 32/);
    await expect(short()).rejects.not.toThrow(/abcdef/);
  });
});
