import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { audit } from "../audit.ts";
import { ENVIRONMENT } from "../contract.ts";
import { parseDomain } from "../core/domain.ts";
import { ConfigurationError } from "../core/errors.ts";
import type { Domain, OrganizationId } from "../core/model.ts";
import { parseOrganizationFile, parseOrganizationIds } from "../core/organization-list.ts";
import { parseInstant, timestamp } from "../core/time.ts";
import { AWS_CLIENT_CONFIG } from "../edges/aws-client.ts";
import { durableExecution } from "../edges/durable-execution.ts";
import { managementApi } from "../edges/management-api.ts";
import { kmsManifestSigner } from "../edges/manifest-signer.ts";
import { s3EvidenceStore } from "../edges/s3-evidence-store.ts";
import { secretsToken } from "../edges/secrets-token.ts";
import { systemClock } from "../edges/system-clock.ts";
import type { AuditProgress } from "../ports.ts";
import { PRODUCER } from "../producer.ts";
import type { AuditOutcome } from "../steps/run.ts";

/** A chunk ends in time for its last reads, its writes and its checkpoint. */
const CHUNK_MS = 600_000;
const CHUNK_MARGIN_MS = 240_000;
/** Where a tenant is so large that chunks must be longer, a late pause may cost one: it is then read again. */
const LEAST_CHUNK_MARGIN_MS = 75_000;
const LEAST_CHUNK_MS = 10_000;
/** Several parts of this size fit into the function's memory. */
const CHUNK_ORGANIZATIONS = 20_000;
/** A wait ends the invocation: the next chunk has 15 minutes of its own. */
const CHUNK_PAUSE_SECONDS = 1;
/** Longer than a chunk and any pause that the rate limit asks for. */
const LEASE_MS = 1_800_000;
/** The margin of a chunk must hold the longest wait for a 429. */
const RATE_LIMIT_BUDGET_MS = 180_000;

const s3 = new S3Client({ ...AWS_CLIENT_CONFIG, forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });
const secretsManager = new SecretsManagerClient(AWS_CLIENT_CONFIG);

const eventSchema = v.object({ scheduledTime: v.optional(v.string()) });

async function auditOnSchedule(event: unknown, context: DurableContext): Promise<AuditOutcome> {
  const domain = parseDomain(required(ENVIRONMENT.domain), ENVIRONMENT.domain);
  const remainingMs = () => context.lambdaContext.getRemainingTimeInMillis();
  const request = {
    domain,
    organizations: await organizationsInScope(required(ENVIRONMENT.organizations)),
    scheduledAt: scheduledAt(event),
    executionId: context.executionContext.durableExecutionArn,
    producer: PRODUCER,
    chunk: {
      usualMs: () => Math.max(LEAST_CHUNK_MS, Math.min(CHUNK_MS, remainingMs() - CHUNK_MARGIN_MS)),
      longestMs: () => Math.max(LEAST_CHUNK_MS, remainingMs() - LEAST_CHUNK_MARGIN_MS),
      organizations: CHUNK_ORGANIZATIONS,
      mostOrganizations: CHUNK_ORGANIZATIONS,
      pauseSeconds: CHUNK_PAUSE_SECONDS,
    },
    leaseMs: LEASE_MS,
    intervalMs: optionalNumber(ENVIRONMENT.scheduleIntervalMs),
  };
  const outside = {
    clock: systemClock,
    store: s3EvidenceStore(s3, required(ENVIRONMENT.evidenceBucket)),
    managementApi: tenantApi(domain),
    isDead: () => false,
    progress: logProgress,
    ...signing(),
  };
  const outcome = await audit(request, outside, durableExecution(context));
  log("info", { message: "The audit ended.", ...outcome });
  return outcome;
}

/** The scheduled function: durable, so that a sweep may outlive any one invocation. */
export const handler = withDurableExecution(auditOnSchedule);

function tenantApi(domain: Domain) {
  const reserve = optionalNumber(ENVIRONMENT.reserve);
  return managementApi({
    domain,
    tokenSource: secretsToken(secretsManager, required(ENVIRONMENT.tokenSecretArn)),
    clock: systemClock,
    version: PRODUCER.version,
    rateLimitBudgetMs: RATE_LIMIT_BUDGET_MS,
    ...(reserve === null ? {} : { reserve }),
  });
}

/** A manifest is signed where the stack names a key. */
function signing() {
  const keyArn = process.env[ENVIRONMENT.manifestSigningKeyArn];
  return keyArn ? { signer: kmsManifestSigner(new KMSClient(AWS_CLIENT_CONFIG), keyArn) } : {};
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new ConfigurationError(`${name}: the environment variable is missing; deploy the stack again.`);
  return value;
}

function optionalNumber(name: string): number | null {
  const value = Number(process.env[name] || Number.NaN);
  return Number.isNaN(value) ? null : value;
}

/** `all`, IDs, or a list that was deployed beside the code: `@organizations.txt`. */
async function organizationsInScope(which: string): Promise<"all" | readonly OrganizationId[]> {
  if (which === "all") return "all";
  if (!which.startsWith("@")) return parseOrganizationIds(which, ENVIRONMENT.organizations);
  const file = which.slice(1);
  const folder = process.env.LAMBDA_TASK_ROOT ?? import.meta.dirname;
  return parseOrganizationFile(await readFile(join(folder, file), "utf8"), file);
}

function scheduledAt(event: unknown) {
  const { scheduledTime } = v.parse(eventSchema, event);
  if (scheduledTime === undefined) return null;
  const instant = parseInstant(scheduledTime);
  if (instant === null)
    throw new ConfigurationError(`scheduledTime: ${JSON.stringify(scheduledTime)} is not an ISO 8601 time.`);
  return timestamp(instant);
}

function logProgress(progress: AuditProgress): void {
  if (progress.kind === "warning") log("warn", { message: progress.message });
}

function log(level: "info" | "warn", entry: object): void {
  process.stdout.write(`${JSON.stringify({ level, ...entry })}\n`);
}
