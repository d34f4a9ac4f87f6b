import { Logger } from "@aws-lambda-powertools/logger";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { managementApi } from "../auth0/client.ts";
import { applicationCredentials } from "../auth0/token/application-credentials.ts";
import { clientCredentialsToken } from "../auth0/token/client-credentials.ts";
import { ROTATION_STEPS, rotateToken } from "../auth0/token/rotation.ts";
import { fixedToken } from "../auth0/token/token.ts";
import { tokenVersions } from "../auth0/token/versions.ts";
import { AWS_CLIENT_CONFIG } from "../aws/client.ts";
import { PRODUCT, ROTATION_ENVIRONMENT } from "../contract.ts";
import type { Clock } from "../domain/clock.ts";
import { ConfigurationError } from "../domain/errors.ts";
import { parseDomain } from "../domain/tenant.ts";
import { systemClock } from "../execution/system-clock.ts";
import { PRODUCER, USER_AGENT } from "../producer.ts";
import { required } from "./environment.ts";

/** Less than the function's own time limit, so that it ends with a reason. */
const LIMIT_MS = 270_000;
const RATE_LIMIT_BUDGET_MS = 60_000;

const logger = new Logger({ serviceName: PRODUCT });

const eventSchema = v.object({
  Step: v.picklist(ROTATION_STEPS),
  SecretId: v.string(),
  ClientRequestToken: v.string(),
});

export interface RotationSettings {
  readonly environment: NodeJS.ProcessEnv;
  readonly secretsManager: SecretsManagerClient;
  readonly clock: Clock;
  /** Where the tenant is. Default: `https://DOMAIN`. */
  readonly baseUrl?: string;
}

/**
 * Handles the four rotation steps of Secrets Manager
 * (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html). Throws `TokenError`
 * and `ConfigurationError`, without any part of a secret.
 */
export function rotationHandler({ environment, secretsManager, clock, ...settings }: RotationSettings) {
  return async (event: unknown): Promise<void> => {
    const parsed = v.safeParse(eventSchema, event);
    if (!parsed.success)
      throw new ConfigurationError(
        "The event is not a rotation step of Secrets Manager; run aws secretsmanager rotate-secret instead.",
      );
    const { Step: step, SecretId: secretArn, ClientRequestToken: version } = parsed.output;
    const ownDomain = parseDomain(required(ROTATION_ENVIRONMENT.domain, environment), ROTATION_ENVIRONMENT.domain);
    const credentialsArn = required(ROTATION_ENVIRONMENT.credentialsSecretArn, environment);
    const baseUrl = settings.baseUrl ?? `https://${ownDomain}`;
    const signal = AbortSignal.timeout(LIMIT_MS);

    const readGrant = async () => {
      const stored = await applicationCredentials(secretsManager, credentialsArn);
      if (stored === null) {
        logger.warn(
          `The secret ${credentialsArn} has no credentials yet; run the command in the stack output PutCredentialsCommand.`,
        );
        return null;
      }
      const { audienceDomain, ...credentials } = stored;
      const domain = audienceDomain ?? ownDomain;
      const from = `the secret ${credentialsArn}`;
      const grant = { ...credentials, baseUrl, domain, userAgent: USER_AGENT, from };
      return clientCredentialsToken(grant, signal, { clock }).read();
    };

    await rotateToken(step, version, {
      versions: tokenVersions(secretsManager, secretArn),
      grant: readGrant,
      managementApi: (token) =>
        managementApi({
          domain: ownDomain,
          baseUrl,
          tokenSource: fixedToken(token),
          clock,
          version: PRODUCER.version,
          rateLimitBudgetMs: RATE_LIMIT_BUDGET_MS,
          signal,
        }),
      requiredScopes: required(ROTATION_ENVIRONMENT.requiredScopes, environment).split(" "),
      now: () => clock.now(),
    });
  };
}

/** The function that Secrets Manager calls. */
export const handler = rotationHandler({
  environment: process.env,
  secretsManager: new SecretsManagerClient(AWS_CLIENT_CONFIG),
  clock: systemClock,
});
