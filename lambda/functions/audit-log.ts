import { Logger } from "@aws-lambda-powertools/logger";
import type { AuditProgress } from "../audit/port.ts";
import type { AuditOutcome } from "../audit/run.ts";
import { PRODUCT } from "../contract.ts";
import { ConfigurationError, EventBusError, EvidenceError, EvidenceStoreError } from "../domain/errors.ts";

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
        requests: outcome.usage.requests,
        duration_ms: outcome.usage.durationMs,
      });
      break;
    case "already_recorded":
      logger.info("The run is already recorded.", { run_id: outcome.runId, outcome: outcome.kind });
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

export function logFailure(error: unknown): void {
  const { code, message } = describe(error);
  logger.error("The audit could not be recorded.", { error_code: code, reason: message });
}

/** The code and message of the program's own errors; of any other, only its name: its message could quote a secret. */
function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof ConfigurationError) return { code: "configuration", message: error.message };
  if (error instanceof EvidenceStoreError || error instanceof EvidenceError || error instanceof EventBusError)
    return { code: error.code, message: error.message };
  return { code: "unexpected", message: error instanceof Error ? error.name : "no error was given" };
}
