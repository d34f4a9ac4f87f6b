import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { EventBridgeClient } from "@aws-sdk/client-eventbridge";
import { KMSClient } from "@aws-sdk/client-kms";
import { S3Client } from "@aws-sdk/client-s3";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { audit } from "../audit/audit.ts";
import type { Attribution, AuditOutcome, AuditRequest } from "../audit/run.ts";
import { managementApi } from "../auth0/client.ts";
import { tenantEvents } from "../auth0/events.ts";
import { secretsToken } from "../auth0/token/secret.ts";
import { AWS_CLIENT_CONFIG } from "../aws/client.ts";
import { ATTRIBUTIONS, ENVIRONMENT } from "../contract.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import { parseOrganizationFile, parseOrganizationIds } from "../domain/organization-ids.ts";
import { parseDomain, tenantOf } from "../domain/tenant.ts";
import { parseInstant, timestamp } from "../domain/time.ts";
import { kmsManifestSigner } from "../evidence/signing/kms.ts";
import { s3EvidenceStore } from "../evidence/store/s3.ts";
import { durableExecution } from "../execution/durable.ts";
import { HOURS_OF_RETRIES } from "../execution/retries.ts";
import { systemClock } from "../execution/system-clock.ts";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../findings/policy.ts";
import { cloudWatchMetrics } from "../notify/cloud-watch.ts";
import { eventBus } from "../notify/event-bridge.ts";
import { PRODUCER } from "../producer.ts";
import { logFailure, logOutcome, logProgress, logStepError, startLog } from "./audit-log.ts";
import { required } from "./environment.ts";
import { secretPseudonymKey } from "./pseudonym-key.ts";
import { afterUpdate } from "./wait-for-update.ts";

/** A chunk leaves time for its last reads, its writes and its checkpoint. */
const CHUNK_MS = 600_000;
const CHUNK_MARGIN_MS = 240_000;
/** The margin in a tenant so large that chunks must be longer; a late pause can then cost a chunk, which is read again. */
const LEAST_CHUNK_MARGIN_MS = 75_000;
const LEAST_CHUNK_MS = 10_000;
/** Several parts of this size fit in the function's memory. */
const CHUNK_ORGANIZATIONS = 20_000;
/** A wait ends the invocation, so that the next chunk has a full 15 minutes. */
const CHUNK_PAUSE_SECONDS = 1;
/** Longer than a chunk and any pause that the rate limit requires. */
const LEASE_MS = 1_800_000;
/** The longest wait for a 429 must fit in the margin of a chunk. */
const RATE_LIMIT_BUDGET_MS = 180_000;

const s3 = new S3Client({ ...AWS_CLIENT_CONFIG, forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });
const secretsManager = new SecretsManagerClient(AWS_CLIENT_CONFIG);
const eventBridge = new EventBridgeClient(AWS_CLIENT_CONFIG);
const metrics = cloudWatchMetrics();

const eventSchema = v.object({ scheduledTime: v.optional(v.string()), update: v.optional(v.boolean(), false) });

async function auditOnSchedule(event: unknown, context: DurableContext): Promise<AuditOutcome> {
  const domain = parseDomain(required(ENVIRONMENT.domain), ENVIRONMENT.domain);
  const { scheduledTime, update } = v.parse(eventSchema, event);
  const signingKeyArn = process.env[ENVIRONMENT.manifestSigningKeyArn];
  const remainingMs = () => context.lambdaContext.getRemainingTimeInMillis();
  const request: AuditRequest = {
    domain,
    organizations: await organizationsInScope(required(ENVIRONMENT.organizations)),
    kind: update ? "update" : "sweep",
    scheduledAt: scheduledAt(scheduledTime),
    executionId: context.executionContext.durableExecutionArn,
    producer: PRODUCER,
    policy: await policyOf(process.env[ENVIRONMENT.policyFile]),
    attribution: attributionOf(process.env[ENVIRONMENT.attribution]),
    chunk: {
      usualMs: () => Math.max(LEAST_CHUNK_MS, Math.min(CHUNK_MS, remainingMs() - CHUNK_MARGIN_MS)),
      longestMs: () => Math.max(LEAST_CHUNK_MS, remainingMs() - LEAST_CHUNK_MARGIN_MS),
      organizations: CHUNK_ORGANIZATIONS,
      mostOrganizations: CHUNK_ORGANIZATIONS,
      pauseSeconds: CHUNK_PAUSE_SECONDS,
    },
    leaseMs: LEASE_MS,
    intervalMs: update ? null : (optionalNumber(ENVIRONMENT.scheduleIntervalMs) ?? null),
  };
  const tenantAccess = {
    domain,
    tokenSource: secretsToken(secretsManager, required(ENVIRONMENT.tokenSecretArn)),
    clock: systemClock,
    version: PRODUCER.version,
  };
  const pseudonymKeyArn = process.env[ENVIRONMENT.pseudonymKeySecretArn];
  const dependencies = {
    clock: systemClock,
    store: s3EvidenceStore(s3, required(ENVIRONMENT.evidenceBucket)),
    managementApi: managementApi({
      ...tenantAccess,
      rateLimitBudgetMs: RATE_LIMIT_BUDGET_MS,
      reserve: optionalNumber(ENVIRONMENT.reserve),
    }),
    events: update ? tenantEvents(tenantAccess) : undefined,
    pseudonymKey: pseudonymKeyArn ? secretPseudonymKey(secretsManager, pseudonymKeyArn) : undefined,
    isDead: () => false,
    progress: logProgress,
    notice: { eventBus: eventBus(eventBridge, required(ENVIRONMENT.eventBusName)), metrics },
    signer: signingKeyArn ? kmsManifestSigner(new KMSClient(AWS_CLIENT_CONFIG), signingKeyArn) : undefined,
  };
  const execution = durableExecution(context, { retries: HOURS_OF_RETRIES, onError: logStepError });
  const outcome = await afterUpdate(() => audit(request, dependencies, execution), execution, {
    mayWait: !update && process.env[ENVIRONMENT.updates] === "on",
  });
  logOutcome(outcome);
  if (outcome.kind === "skipped") metrics.skipped(tenantOf(domain), request.kind);
  if (outcome.kind === "nothing_hinted") metrics.nothingHinted(tenantOf(domain));
  return outcome;
}

/** The scheduled function: durable, so that a sweep can outlast an invocation. */
export const handler = withDurableExecution(async (event: unknown, context: DurableContext) => {
  startLog(process.env[ENVIRONMENT.domain]);
  try {
    return await auditOnSchedule(event, context);
  } catch (error) {
    logFailure(error);
    throw error;
  }
});

function optionalNumber(name: string): number | undefined {
  const value = Number(process.env[name] || Number.NaN);
  return Number.isNaN(value) ? undefined : value;
}

/** `all`, IDs, or `@FILE` for a list that is deployed with the code. */
async function organizationsInScope(which: string): Promise<"all" | readonly OrganizationId[]> {
  if (which === "all") return "all";
  if (!which.startsWith("@")) return parseOrganizationIds(which, ENVIRONMENT.organizations);
  const file = which.slice(1);
  return parseOrganizationFile(await bundled(file), file);
}

/** The policy in a file that is deployed with the code. Parsed here, so that a bad one ends the run before it begins. */
async function policyOf(file: string | undefined): Promise<AuditRequest["policy"]> {
  if (!file) return { source: "built-in", text: BUILT_IN_POLICY_TEXT };
  const text = await bundled(file);
  parsePolicy(text, file);
  return { source: "file", text };
}

/** The text of a file that is deployed with the code. Throws `ConfigurationError`. */
async function bundled(file: string): Promise<string> {
  const folder = process.env.LAMBDA_TASK_ROOT ?? import.meta.dirname;
  try {
    return await readFile(join(folder, file), "utf8");
  } catch (cause) {
    throw new ConfigurationError(`${file}: it is not in the function's bundle; deploy the stack again.`, { cause });
  }
}

/** A function of an older stack has no such variable. Throws `ConfigurationError`. */
function attributionOf(text: string | undefined): Attribution {
  const attribution = text ? ATTRIBUTIONS.find((one) => one === text) : "full";
  if (attribution !== undefined) return attribution;
  throw new ConfigurationError(`${ENVIRONMENT.attribution}: it must be ${ATTRIBUTIONS.join(", ")}.`);
}

function scheduledAt(scheduledTime: string | undefined) {
  if (scheduledTime === undefined) return null;
  const instant = parseInstant(scheduledTime);
  if (instant === null)
    throw new ConfigurationError(`scheduledTime: ${JSON.stringify(scheduledTime)} is not an ISO 8601 time.`);
  return timestamp(instant);
}
