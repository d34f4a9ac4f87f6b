import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { managementApi } from "../auth0/client.ts";
import { ROTATION_ENVIRONMENT } from "../contract.ts";
import { parseDomain } from "../core/domain.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { Domain } from "../core/model.ts";
import { applicationCredentials } from "../edges/application-credentials.ts";
import { AWS_CLIENT_CONFIG } from "../edges/aws-client.ts";
import { clientCredentialsToken } from "../edges/client-credentials-token.ts";
import { systemClock } from "../edges/system-clock.ts";
import { fixedToken } from "../edges/token.ts";
import { tokenVersions } from "../edges/token-versions.ts";
import type { Clock, TokenSource } from "../ports.ts";
import { PRODUCER, USER_AGENT } from "../producer.ts";
import { ROTATION_STEPS, rotateToken } from "../steps/rotate-token.ts";

/** Within the function's own time limit, so that it ends with a reason. */
const LIMIT_MS = 270_000;
const RATE_LIMIT_BUDGET_MS = 60_000;

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
    const baseUrl = settings.baseUrl ?? `https://${domain}`;
    const signal = AbortSignal.timeout(LIMIT_MS);
    await rotateToken(step, version, {
      versions: tokenVersions(secretsManager, secretArn),
      grant: grant(required(ROTATION_ENVIRONMENT.credentialsSecretArn), domain),
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

    function grant(credentialsArn: string, ownDomain: Domain): TokenSource {
      return {
        read: async () => {
          const { clientId, clientSecret, audienceDomain } = await applicationCredentials(
            secretsManager,
            credentialsArn,
          );
          const credentials = {
            baseUrl,
            domain: audienceDomain ?? ownDomain,
            clientId,
            clientSecret,
            userAgent: USER_AGENT,
            from: `the secret ${credentialsArn}`,
          };
          return clientCredentialsToken(credentials, signal, { clock }).read();
        },
      };
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
