import { StepError } from "@aws/durable-execution-sdk-js";
import { Logger } from "@aws-lambda-powertools/logger";
import type { AuditProgress } from "../audit/port.ts";
import type { AuditOutcome } from "../audit/run.ts";
import { PRODUCT } from "../contract.ts";
import { ConfigurationError, EventBusError, EvidenceError, EvidenceStoreError, RunFailure } from "../domain/errors.ts";

const logger = new Logger({ serviceName: PRODUCT });

/** Starts the log of an invocation: each entry names the tenant. */
export function startLog(tenant: string | undefined): void {
  logger.resetKeys();
  logger.appendKeys({ tenant });
}

export function logProgress(progress: AuditProgress): void {
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

export function logOutcome(outcome: AuditOutcome): void {
  switch (outcome.kind) {
    case "recorded":
      logger.info("The run is recorded.", {
        run_id: outcome.runId,
        outcome: outcome.status,
        error_code: outcome.error?.code ?? null,
        reason: outcome.error?.message ?? null,
        manifest_key: outcome.manifestKey,
        manifest_sha256: outcome.manifestSha256,
        open_findings: outcome.summary.findings.open,
        new_findings: outcome.summary.findings.new,
        resolved_findings: outcome.summary.findings.resolved,
        waived_findings: outcome.summary.findings.waived,
        requests: outcome.usage.requests,
        duration_ms: outcome.usage.durationMs,
      });
      break;
    case "already_recorded":
      logger.info("The run is already recorded.", { run_id: outcome.runId, outcome: outcome.kind });
      break;
    case "nothing_hinted":
      logger.info("Nothing was hinted: the update recorded nothing.", { run_id: outcome.runId, until: outcome.until });
      break;
    case "refused":
      logger.error("The update was refused.", { reason: outcome.message });
      break;
    case "skipped":
      logger.warn("The run is skipped: another run of the tenant is in progress.", {
        run_id: outcome.runId,
        outcome: outcome.kind,
        holder_run_id: outcome.holder,
      });
      break;
    default:
      outcome satisfies never;
  }
}

/** A step failed. While a service is away, it is tried again; `retrySeconds` is null when it is not. */
export function logStepError(error: unknown, retrySeconds: number | null): void {
  if (retrySeconds !== null)
    logger.warn("A step failed and is tried again.", { ...described(error), retry_in_seconds: retrySeconds });
}

export function logFailure(error: unknown): void {
  logger.error("The audit ended without its record or its report.", { ...described(error), what_to_do: RUNBOOK });
}

const RUNBOOK = "docs/runbook.md#execution-failed";

/** The code and message of the program's own errors; of any other, only its name: its message could quote a secret. */
function described(error: unknown): { readonly error_code: string; readonly reason: string } {
  if (error instanceof ConfigurationError) return { error_code: "configuration", reason: error.message };
  if (
    error instanceof EvidenceStoreError ||
    error instanceof EvidenceError ||
    error instanceof EventBusError ||
    error instanceof RunFailure
  )
    return { error_code: error.code, reason: error.message };
  return { error_code: "unexpected", reason: nameOf(error) };
}

/** A failed step's error has the name of what it threw as its message: `stepErrorOf`. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "no error was given";
  return error instanceof StepError ? error.message : error.name;
}
