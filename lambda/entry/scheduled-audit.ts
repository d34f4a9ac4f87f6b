import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { Logger } from "@aws-lambda-powertools/logger";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { audit } from "../audit.ts";
import { managementApi } from "../auth0/client.ts";
import { ENVIRONMENT, PRODUCT } from "../contract.ts";
import { parseDomain, tenantOf } from "../core/domain.ts";
import { ConfigurationError, EventBusError, EvidenceError, EvidenceStoreError } from "../core/errors.ts";
import type { Domain, OrganizationId } from "../core/model.ts";
import { parseOrganizationFile, parseOrganizationIds } from "../core/organization-list.ts";
import { parseInstant, timestamp } from "../core/time.ts";
import { AWS_CLIENT_CONFIG } from "../edges/aws-client.ts";
import { durableExecution } from "../edges/durable-execution.ts";
import { eventBus } from "../edges/event-bus.ts";
import { kmsManifestSigner } from "../edges/manifest-signer.ts";
import { cloudWatchMetrics } from "../edges/run-metrics.ts";
import { s3EvidenceStore } from "../edges/s3-evidence-store.ts";
import { secretsToken } from "../edges/secrets-token.ts";
import { systemClock } from "../edges/system-clock.ts";
import type { AuditProgress, ManifestSigner } from "../ports.ts";
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
const eventBridge = new EventBridgeClient(AWS_CLIENT_CONFIG);
const metrics = cloudWatchMetrics();
const logger = new Logger({ serviceName: PRODUCT });

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
    notice: { eventBus: eventBus(eventBridge, required(ENVIRONMENT.eventBusName)), metrics },
    ...signing(),
  };
  const outcome = await audit(request, outside, durableExecution(context));
  logOutcome(outcome);
  if (outcome.kind === "stood_back") metrics.stoodBack(tenantOf(domain));
  return outcome;
}

/** The scheduled function: durable, so that a sweep may outlive any one invocation. */
export const handler = withDurableExecution(async (event: unknown, context: DurableContext) => {
  logger.resetKeys();
  logger.appendKeys({ tenant: process.env[ENVIRONMENT.domain] });
  try {
    return await auditOnSchedule(event, context);
  } catch (error) {
    const { code, message } = told(error);
    logger.error("The audit could not be recorded.", { error_code: code, reason: message });
    throw error;
  }
});

function signing(): { readonly signer?: ManifestSigner } {
  const keyArn = process.env[ENVIRONMENT.manifestSigningKeyArn];
  return keyArn ? { signer: kmsManifestSigner(new KMSClient(AWS_CLIENT_CONFIG), keyArn) } : {};
}

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
  switch (progress.kind) {
    case "warning":
      logger.warn(progress.message);
      break;
    case "planned":
      logger.info("The sweep is planned.", {
        organizations: progress.organizations,
        estimated_ms: Math.round(progress.estimateMs),
      });
      break;
    case "resumed":
    case "listing":
    case "reading":
      break;
    default:
      progress satisfies never;
  }
}

function logOutcome(outcome: AuditOutcome): void {
  switch (outcome.kind) {
    case "recorded":
      logger.info("The run is recorded.", {
        run_id: outcome.runId,
        outcome: outcome.status,
        error_code: outcome.error?.code ?? null,
        reason: outcome.error?.message ?? null,
        manifest_key: outcome.manifestKey,
        requests: outcome.usage.requests,
        duration_ms: outcome.usage.durationMs,
      });
      break;
    case "already_recorded":
      logger.info("The run was recorded before.", { run_id: outcome.runId, outcome: outcome.kind });
      break;
    case "stood_back":
      logger.warn("Another run of the tenant is at work; this one stood back.", {
        run_id: outcome.runId,
        outcome: outcome.kind,
        holder_run_id: outcome.holder,
      });
      break;
    default:
      outcome satisfies never;
  }
}

/** A stable code, and the message of an error of our own; of any other, its name alone. */
function told(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ConfigurationError) return { code: "configuration", message: error.message };
  if (error instanceof EvidenceStoreError || error instanceof EvidenceError || error instanceof EventBusError)
    return { code: error.code, message: error.message };
  return { code: "unexpected", message: error instanceof Error ? error.name : "no error was given" };
}
