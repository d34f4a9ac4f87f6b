import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { METRIC, METRIC_DIMENSION, METRIC_NAMESPACE, PRODUCT } from "../contract.ts";
import type { Tenant } from "../domain/identifiers.ts";
import type { RunKind, RunStatus } from "../domain/run.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { RunMetrics, UpdateMetrics } from "./port.ts";

const RUN_METRIC = {
  complete: METRIC.completedRuns,
  partial: METRIC.partialRuns,
  failed: METRIC.failedRuns,
} as const satisfies Record<RunStatus, string>;

/** CloudWatch metrics in the embedded metric format, with the tenant as their only dimension. */
export function cloudWatchMetrics(): RunMetrics & UpdateMetrics {
  const emit = (tenant: Tenant, add: (metrics: Metrics) => void) => {
    const metrics = new Metrics({ namespace: METRIC_NAMESPACE, serviceName: PRODUCT });
    metrics.clearDefaultDimensions();
    metrics.addDimension(METRIC_DIMENSION, tenant);
    add(metrics);
    metrics.publishStoredMetrics();
  };
  return {
    recorded(manifest: Manifest, sinceCompleteMs: number | null): void {
      const { tenant, kind, summary, usage } = manifest;
      emit(tenant, (metrics) => {
        if (kind === "update") addUpdate(metrics, manifest);
        else addSweep(metrics, manifest);
        metrics.addMetric(METRIC.changesHigh, MetricUnit.Count, summary.severity.high);
        metrics.addMetric(METRIC.changesMedium, MetricUnit.Count, summary.severity.medium);
        metrics.addMetric(METRIC.changesLow, MetricUnit.Count, summary.severity.low);
        metrics.addMetric(METRIC.changesInfo, MetricUnit.Count, summary.severity.info);
        addFindings(metrics, manifest);
        addOperations(metrics, manifest);
        if (summary.missedByHints !== null)
          metrics.addMetric(METRIC.changesMissedByHints, MetricUnit.Count, summary.missedByHints);
        metrics.addMetric(METRIC.requests, MetricUnit.Count, usage.requests);
        metrics.addMetric(METRIC.rateLimited, MetricUnit.Count, usage.rateLimited);
        if (sinceCompleteMs !== null)
          metrics.addMetric(METRIC.lastCompleteAge, MetricUnit.Seconds, Math.round(sinceCompleteMs / 1000));
      });
    },
    nothingHinted(tenant: Tenant): void {
      emit(tenant, (metrics) => metrics.addMetric(METRIC.updates, MetricUnit.Count, 1));
    },
    skipped(tenant: Tenant, kind: RunKind): void {
      // The run in progress keeps the watch; the next update continues where the last one ended.
      const name = kind === "update" ? METRIC.updates : METRIC.skipped;
      emit(tenant, (metrics) => metrics.addMetric(name, MetricUnit.Count, 1));
    },
  };
}

/** A run that did not read the tenant's logs has none of these, because a zero would say that nothing was undone. */
function addOperations(metrics: Metrics, { logs, status, summary: { attribution, undone } }: Manifest): void {
  if (status === "failed" || logs === null) return;
  metrics.addMetric(METRIC.operationsUndone, MetricUnit.Count, undone);
  metrics.addMetric(METRIC.changesAttributed, MetricUnit.Count, attribution.certain + attribution.likely);
}

function addSweep(metrics: Metrics, { status, summary, usage }: Manifest): void {
  for (const [each, name] of Object.entries(RUN_METRIC))
    metrics.addMetric(name, MetricUnit.Count, each === status ? 1 : 0);
  metrics.addMetric(METRIC.organizationsObserved, MetricUnit.Count, summary.organizations.observed);
  metrics.addMetric(METRIC.organizationsFailed, MetricUnit.Count, summary.organizations.failed);
  metrics.addMetric(METRIC.duration, MetricUnit.Milliseconds, usage.durationMs);
}

/**
 * An update must not count as the sweep that did not run. A partial one is no failure: the next update reads again what
 * this one could not.
 */
function addUpdate(metrics: Metrics, { status }: Manifest): void {
  const name = status === "failed" ? METRIC.failedRuns : METRIC.updates;
  metrics.addMetric(name, MetricUnit.Count, 1);
}

/**
 * A run that judged nothing has no metrics of findings, because a zero would say that nothing is wrong. An update judges
 * only the Organizations that it read, so it has no open findings of the whole tenant.
 */
function addFindings(metrics: Metrics, { kind, policy, status, summary: { findings } }: Manifest): void {
  if (status === "failed" || policy === null) return;
  metrics.addMetric(METRIC.findingsNew, MetricUnit.Count, findings.new);
  if (kind === "update") return;
  metrics.addMetric(METRIC.findingsOpenHigh, MetricUnit.Count, findings.open.high);
  metrics.addMetric(METRIC.findingsOpenMedium, MetricUnit.Count, findings.open.medium);
  metrics.addMetric(METRIC.findingsOpenLow, MetricUnit.Count, findings.open.low);
  metrics.addMetric(METRIC.findingsWaived, MetricUnit.Count, findings.waived);
}
