import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { sdkErrorName } from "../../aws/sdk-error.ts";
import { TokenError } from "../../domain/errors.ts";
import { secretsError } from "./secrets-error.ts";

/** What an Auth0 application gets a token with. Never to be logged. */
export interface ApplicationCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The tenant's own domain where the secret's `audience` names it (behind a custom domain); null: the usual one. */
  readonly audienceDomain: string | null;
}

const AUDIENCE = /^https:\/\/([A-Za-z0-9.:-]+)\/api\/v2\/$/;
const text = v.pipe(v.string(), v.trim(), v.nonEmpty());
const schema = v.object({
  client_id: text,
  client_secret: text,
  audience: v.optional(v.pipe(v.string(), v.regex(AUDIENCE))),
});

/**
 * The credentials in the owner's secret, `{ "client_id", "client_secret" (, "audience") }`; null while the secret has never
 * had a value. Throws `TokenError`, which names the stack output with the command and holds no part of the secret.
 */
export async function applicationCredentials(
  client: SecretsManagerClient,
  secretArn: string,
): Promise<ApplicationCredentials | null> {
  const where = `The secret ${secretArn}`;
  const value = await read(client, secretArn, where);
  if (value === null) return null;
  const { output, success } = v.safeParse(schema, parse(value));
  if (!success)
    throw new TokenError(
      "malformed",
      `${where} is not JSON with client_id and client_secret (and audience, such as https://acme.eu.auth0.com/api/v2/, if any); run the command in the stack output PutCredentialsCommand.`,
    );
  return {
    clientId: output.client_id,
    clientSecret: output.client_secret,
    audienceDomain: AUDIENCE.exec(output.audience ?? "")?.[1] ?? null,
  };
}

async function read(client: SecretsManagerClient, secretArn: string, where: string): Promise<string | null> {
  try {
    const { SecretString: value = "" } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
    return value;
  } catch (error) {
    if (sdkErrorName(error) === "ResourceNotFoundException") return null;
    throw secretsError(error, `${where} could not be read`);
  }
}

/** Undefined when it is not JSON; the parser's own message quotes what it read. */
function parse(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
