import { GetSecretValueCommand, type SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { isPassingFailure, sdkErrorName } from "../aws/sdk-error.ts";
import { RunFailure, TokenError } from "../domain/errors.ts";
import { parsePseudonymKey } from "../domain/pseudonym-key.ts";

/**
 * Reads the key of the pseudonyms from Secrets Manager, once for a process. It throws `RunFailure`, without any part of the
 * key: as for the token, the step is tried again while Secrets Manager is away.
 */
export function secretPseudonymKey(client: SecretsManagerClient, secretArn: string): () => Promise<Uint8Array> {
  const where = `The secret ${secretArn}, the key of the pseudonyms,`;
  let read: Promise<Uint8Array> | null = null;
  const readSecret = async () => {
    const { SecretString: text = "" } = await client
      .send(new GetSecretValueCommand({ SecretId: secretArn }))
      .catch((error: unknown) => {
        // Only the name of the error: its message can quote the answer.
        const cause = new TokenError(
          isPassingFailure(error) ? "unreachable" : "unavailable",
          `${where} could not be read (${sdkErrorName(error)}); deploy the stack again to restore it and its permission.`,
        );
        throw new RunFailure("token_unavailable", cause.message, { cause });
      });
    return parsePseudonymKey(text, where);
  };
  return () => {
    read ??= readSecret().catch((error: unknown) => {
      read = null;
      throw error;
    });
    return read;
  };
}
