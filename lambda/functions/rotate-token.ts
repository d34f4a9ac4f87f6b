import { Logger } from "@aws-lambda-powertools/logger";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { managementApi } from "../auth0/client.ts";
import { applicationCredentials } from "../auth0/token/application-credentials.ts";
import { clientCredentialsToken } from "../auth0/token/client-credentials.ts";
import type { ManagementApiToken } from "../auth0/token/port.ts";
import { ROTATION_STEPS, rotateToken } from "../auth0/token/rotation.ts";
import { fixedToken } from "../auth0/token/token.ts";
import { tokenVersions } from "../auth0/token/versions.ts";
import { AWS_CLIENT_CONFIG } from "../aws/client.ts";
import { PRODUCT, ROTATION_ENVIRONMENT } from "../contract.ts";
import type { Clock } from "../domain/clock.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { Domain } from "../domain/identifiers.ts";
import { parseDomain } from "../domain/tenant.ts";
import { systemClock } from "../execution/system-clock.ts";
import { PRODUCER, USER_AGENT } from "../producer.ts";

/** Within the function's own time limit, so that it ends with a reason. */
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

/** Handles the four calls of Secrets Manager. Throws `TokenError` and `ConfigurationError`; neither holds a secret. */
export function rotationHandler({ environment, secretsManager, clock, ...settings }: RotationSettings) {
  return async (event: unknown): Promise<void> => {
    const parsed = v.safeParse(eventSchema, event);
    if (!parsed.success)
      throw new ConfigurationError(
        "The event is not a rotation of Secrets Manager; run aws secretsmanager rotate-secret.",
      );
    const { Step: step, SecretId: secretArn, ClientRequestToken: version } = parsed.output;
    const required = (name: string) => requiredIn(environment, name);
    const domain = parseDomain(required(ROTATION_ENVIRONMENT.domain), ROTATION_ENVIRONMENT.domain);
    const credentialsArn = required(ROTATION_ENVIRONMENT.credentialsSecretArn);
    const baseUrl = settings.baseUrl ?? `https://${domain}`;
    const signal = AbortSignal.timeout(LIMIT_MS);
    await rotateToken(step, version, {
      versions: tokenVersions(secretsManager, secretArn),
      grant: () => grant(credentialsArn, domain),
      managementApi: (token) =>
        managementApi({
          domain,
          baseUrl,
          tokenSource: fixedToken(token),
          clock,
          version: PRODUCER.version,
          rateLimitBudgetMs: RATE_LIMIT_BUDGET_MS,
          signal,
        }),
      requiredScopes: required(ROTATION_ENVIRONMENT.requiredScopes).split(" "),
      now: () => clock.now(),
    });

    async function grant(secretArn: string, ownDomain: Domain): Promise<ManagementApiToken | null> {
      const stored = await applicationCredentials(secretsManager, secretArn);
      if (stored === null) {
        logger.warn(
          `The secret ${secretArn} has no credentials yet; run the command in the stack output PutCredentialsCommand.`,
        );
        return null;
      }
      const { clientId, clientSecret, audienceDomain } = stored;
      const credentials = {
        baseUrl,
        domain: audienceDomain ?? ownDomain,
        clientId,
        clientSecret,
        userAgent: USER_AGENT,
        from: `the secret ${secretArn}`,
      };
      return clientCredentialsToken(credentials, signal, { clock }).read();
    }
  };
}

/** The function that Secrets Manager calls. */
export const handler = rotationHandler({
  environment: process.env,
  secretsManager: new SecretsManagerClient(AWS_CLIENT_CONFIG),
  clock: systemClock,
});

function requiredIn(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (!value) throw new ConfigurationError(`${name}: the environment variable is missing; deploy the stack again.`);
  return value;
}
