import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { TokenError } from "../core/errors.ts";
import type { TokenSource } from "../ports.ts";
import { managementApiToken } from "./token.ts";

const secretSchema = v.object({ token: v.string() });

/**
 * The Management API token from Secrets Manager: the bare token, or JSON `{ "token": "..." }`. It is read afresh each
 * time, for it may have been rotated. Throws `TokenError`, which never holds the secret.
 */
export function secretsToken(client: SecretsManagerClient, secretArn: string): TokenSource {
  return {
    read: async () =>
      managementApiToken(tokenIn(await readSecret(client, secretArn), secretArn), `The secret ${secretArn}`),
  };
}

async function readSecret(client: SecretsManagerClient, secretArn: string): Promise<string> {
  let value: string | undefined;
  try {
    ({ SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId: secretArn })));
  } catch (error) {
    const reason = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "no answer";
    throw new TokenError(
      "unavailable",
      `The secret ${secretArn} could not be read (${reason}); check that it exists and that the function may read it.`,
    );
  }
  if (value === undefined)
    throw new TokenError("malformed", `The secret ${secretArn} holds no text; put the Management API token in it.`);
  return value;
}

function tokenIn(value: string, secretArn: string): string {
  if (!value.trimStart().startsWith("{")) return value;
  try {
    return v.parse(secretSchema, JSON.parse(value)).token;
  } catch {
    throw new TokenError("malformed", `The secret ${secretArn} is JSON without a "token"; write { "token": "..." }.`);
  }
}
