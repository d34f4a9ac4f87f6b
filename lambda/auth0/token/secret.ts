import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { isPassingFailure, sdkErrorName } from "../../aws/sdk-error.ts";
import { TokenError } from "../../domain/errors.ts";
import type { TokenSource } from "./port.ts";
import { managementApiToken } from "./token.ts";

const secretSchema = v.object({ token: v.string() });

/**
 * The Management API token from Secrets Manager: the bare token, or JSON `{ "token": "..." }`, which may have other keys.
 * It is read afresh each time, for it may have been rotated. Throws `TokenError`, which never holds the secret.
 */
export function secretsToken(client: SecretsManagerClient, secretArn: string): TokenSource {
  const where = `The secret ${secretArn}`;
  return {
    read: async () => managementApiToken(tokenIn(await readSecret(client, secretArn, where), where), where),
  };
}

async function readSecret(client: SecretsManagerClient, secretArn: string, where: string): Promise<string> {
  let value: string | undefined;
  try {
    ({ SecretString: value } = await client.send(new GetSecretValueCommand({ SecretId: secretArn })));
  } catch (error) {
    // Nothing of the error but its name: an answer that cannot be parsed is quoted in its message, secret and all.
    const name = sdkErrorName(error);
    const code = isPassingFailure(error) ? "unreachable" : "unavailable";
    throw new TokenError(code, `${where} could not be read (${name}); ${adviceFor(name)}.`);
  }
  if (value === undefined)
    throw new TokenError("malformed", `${where} holds no text; put the Management API token in it.`);
  return value;
}

function adviceFor(name: string): string {
  switch (name) {
    case "ResourceNotFoundException":
      return "check its name and region, and put the Management API token in it";
    case "AccessDeniedException":
      return "allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key when it has one of its own";
    case "DecryptionFailure":
      return "allow kms:Decrypt on its key";
    case "InvalidRequestException":
      return "it is about to be deleted; restore it or name another";
    default:
      return "check the credentials, the network and the state of Secrets Manager";
  }
}

function tokenIn(value: string, where: string): string {
  if (!value.trimStart().startsWith("{")) return value;
  try {
    return v.parse(secretSchema, JSON.parse(value)).token;
  } catch {
    // The parser's own message quotes what it read.
    throw new TokenError("malformed", `${where} is JSON without a "token"; write { "token": "..." }.`);
  }
}
