import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { sdkErrorName } from "../../aws/sdk-error.ts";
import { TOKEN_BEFORE_FIRST_ROTATION } from "../../contract.ts";
import { TokenError } from "../../domain/errors.ts";
import type { ManagementApiToken, TokenVersions } from "./port.ts";
import { secretsError } from "./secrets-error.ts";
import { managementApiToken } from "./token.ts";

const storedSchema = v.object({ token: v.string() });

/** The versions of the token's secret in Secrets Manager. Every method throws `TokenError`, which never holds the secret. */
export function tokenVersions(client: SecretsManagerClient, secretArn: string): TokenVersions {
  const where = `The secret ${secretArn}`;
  const asked = async <Answer>(what: string, answer: Promise<Answer>): Promise<Answer> => {
    try {
      return await answer;
    } catch (error) {
      throw secretsError(error, `${where} ${what}`);
    }
  };
  return {
    where,

    async labels() {
      const { VersionIdsToStages: stages = {} } = await asked(
        "could not be described",
        client.send(new DescribeSecretCommand({ SecretId: secretArn })),
      );
      return new Map(Object.entries(stages));
    },

    async pending(version) {
      const command = new GetSecretValueCommand({
        SecretId: secretArn,
        VersionId: version,
        VersionStage: "AWSPENDING",
      });
      try {
        const { SecretString: value } = await client.send(command);
        // Secrets Manager tests a new rotation with a copy of the current value.
        return value === undefined || value === TOKEN_BEFORE_FIRST_ROTATION ? null : tokenIn(value, where);
      } catch (error) {
        if (error instanceof TokenError) throw error;
        // A version that has a label and no value yet is not found either.
        if (sdkErrorName(error) === "ResourceNotFoundException") return null;
        throw secretsError(error, `${where} could not be read`);
      }
    },

    async putPending(version, token) {
      const command = new PutSecretValueCommand({
        SecretId: secretArn,
        ClientRequestToken: version,
        SecretString: JSON.stringify({
          token: token.reveal(),
          ...(token.expiresAt === null ? {} : { expires_at: new Date(token.expiresAt).toISOString() }),
        }),
        VersionStages: ["AWSPENDING"],
      });
      await asked("could not take the new token", client.send(command));
    },

    async makeCurrent(version, before) {
      const command = new UpdateSecretVersionStageCommand({
        SecretId: secretArn,
        VersionStage: "AWSCURRENT",
        MoveToVersionId: version,
        ...(before === null ? {} : { RemoveFromVersionId: before }),
      });
      await asked("could not make the new token current", client.send(command));
    },

    async discard(version) {
      const command = new UpdateSecretVersionStageCommand({
        SecretId: secretArn,
        VersionStage: "AWSPENDING",
        RemoveFromVersionId: version,
      });
      await asked("could not discard the refused token", client.send(command));
    },
  };
}

function tokenIn(value: string, where: string): ManagementApiToken {
  let stored: unknown;
  try {
    stored = JSON.parse(value);
  } catch {
    stored = null;
  }
  const { output, success } = v.safeParse(storedSchema, stored);
  if (!success) throw new TokenError("malformed", `${where} holds a pending version that the rotation did not write.`);
  return managementApiToken(output.token, where);
}
