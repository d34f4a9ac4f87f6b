import { inspect } from "node:util";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { ManagementApiToken } from "../../lambda/auth0/token/port.ts";
import { ROTATION_STEPS, type RotationStep } from "../../lambda/auth0/token/rotation.ts";
import { secretsToken } from "../../lambda/auth0/token/secret.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { type DemoTenant, type DemoTenantOptions, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { rotationHandler } from "../../lambda/functions/rotate-token.ts";
import { type LoopbackAws, startLoopbackAws } from "./loopback-aws.ts";

/** The IDs of two versions that Secrets Manager rotates to. */
export const FIRST = "11111111-2222-3333-4444-555555555555";
export const SECOND = "66666666-7777-8888-9999-000000000000";
export const HOUR_MS = 3_600_000;

/** The rotation function between a loopback Secrets Manager and a demo tenant; time passes only while somebody sleeps. */
export class Rotation {
  nowMs = Date.UTC(2026, 2, 3, 6);
  readonly aws: LoopbackAws;
  tenant: DemoTenant;
  /** ARNs of the two secrets. */
  token: string;
  credentials: string;
  readonly secretsManager: SecretsManagerClient;
  readonly clock: Clock = {
    now: () => this.nowMs,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      this.nowMs += milliseconds;
    },
  };

  private constructor(aws: LoopbackAws, tenant: DemoTenant) {
    this.aws = aws;
    this.tenant = tenant;
    this.secretsManager = new SecretsManagerClient({ ...aws.clientConfig, maxAttempts: 1 });
    this.credentials = aws.secrets.setEmpty("credentials");
    this.token = aws.secrets.set("token", '{"token":""}');
  }

  static async start(): Promise<Rotation> {
    const rotation = new Rotation(await startLoopbackAws(), await startDemoTenant());
    await rotation.startTenant();
    return rotation;
  }

  /** Another tenant in place of the one before, with the credentials to it. */
  async startTenant(options: DemoTenantOptions = {}): Promise<void> {
    await this.tenant.close();
    this.tenant = await startDemoTenant({ now: () => this.nowMs, ...options });
    const { clientId, clientSecret } = this.tenant;
    this.putCredentials({ client_id: clientId, client_secret: clientSecret });
  }

  putCredentials(value: unknown): void {
    this.aws.secrets.set("credentials", typeof value === "string" ? value : JSON.stringify(value));
  }

  async close(): Promise<void> {
    this.secretsManager.destroy();
    await Promise.all([this.aws.close(), this.tenant.close()]);
  }

  /** One call of Secrets Manager. */
  step(name: RotationStep, version = FIRST, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    const handler = rotationHandler({
      secretsManager: this.secretsManager,
      clock: this.clock,
      baseUrl: this.tenant.url,
      environment: {
        AUTH0_DOMAIN: this.tenant.domain,
        AUTH0_CREDENTIALS_SECRET_ARN: this.credentials,
        AUTH0_REQUIRED_SCOPES: `${SCOPE.connections} ${SCOPE.organizations}`,
        ...environment,
      },
    });
    return handler({ Step: name, SecretId: this.token, ClientRequestToken: version, RotationToken: "not needed" });
  }

  /** All four calls; they may go on with a version that is pending already. */
  async goOn(version = FIRST, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    for (const name of ROTATION_STEPS) await this.step(name, version, environment);
  }

  async rotate(version = FIRST, environment: NodeJS.ProcessEnv = {}): Promise<void> {
    this.aws.secrets.startRotation(this.token, version);
    await this.goOn(version, environment);
  }

  /** A rotation up to `end`, which is still to come. */
  async rotateTo(end: RotationStep): Promise<void> {
    this.aws.secrets.startRotation(this.token, FIRST);
    for (const name of ROTATION_STEPS.slice(0, ROTATION_STEPS.indexOf(end))) await this.step(name);
  }

  /** A pending version with a value that the rotation did not put. */
  pendingWith(value: string): void {
    this.aws.secrets.startRotation(this.token, FIRST);
    this.aws.secrets.answer("PutSecretValue", {
      SecretId: this.token,
      ClientRequestToken: FIRST,
      SecretString: value,
      VersionStages: ["AWSPENDING"],
    });
  }

  /** The token as the auditor reads it. */
  current(): Promise<ManagementApiToken> {
    return secretsToken(this.secretsManager, this.token).read();
  }

  /** The failure, and the secrets that are seen in it, however it is looked at. */
  async failing(work: Promise<unknown>): Promise<{ readonly failure: unknown; readonly leaked: readonly string[] }> {
    const failure = await work.then(
      () => null,
      (error: unknown) => error,
    );
    const seen = inspect(failure, { showHidden: true, depth: 9 });
    return { failure, leaked: [this.tenant.clientSecret, this.tenant.token].filter((secret) => seen.includes(secret)) };
  }
}
