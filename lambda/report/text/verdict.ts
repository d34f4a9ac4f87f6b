import { SEVERITIES } from "../../domain/change.ts";
import { counted, grouped } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { changesIn } from "../recent-runs.ts";

/** The result of a run in a sentence or two. Unescaped. */
export function verdict(manifest: Manifest): string {
  const { status, error, summary, baseline, previous, warnings } = manifest;
  if (status === "failed") return `The audit failed: ${error?.message ?? "no reason was recorded"}`;
  const { observed, failed, requested } = summary.organizations;
  const unread = failed === 0 ? "" : ` ${grouped(failed)} of ${counted(requested, "Organization")} could not be read.`;
  if (baseline === null) {
    const kind = previous === null && warnings.length === 0 ? "First audit" : "New baseline";
    return `${kind}: ${counted(observed, "Organization")} with ${counted(summary.connections, "enabled connection")}.${unread}`;
  }
  const total = changesIn(summary.severity);
  if (total === 0) return `${noChanges(manifest)}${unread}`;
  const found = SEVERITIES.filter((severity) => summary.severity[severity] > 0);
  const parts = found.map((severity) => `${grouped(summary.severity[severity])} ${severity}`);
  return `${counted(total, "change")}: ${parts.join(", ")}.${unread}`;
}

/** Why a run has no changes. */
export function noChanges(manifest: Manifest): string {
  if (manifest.status === "failed") return "The audit failed, so changes are unknown.";
  if (manifest.baseline === null) return "This run sets the baseline. The next run is compared with it.";
  if (!isCompared(manifest)) return "No Organization could be compared.";
  return `No changes in ${counted(manifest.summary.organizations.observed, "Organization")}.`;
}

/** Whether the run could compare anything with an earlier run. If not, zero changes do not mean that nothing changed. */
export function isCompared({ status, baseline, summary }: Manifest): boolean {
  const { observed, failed } = summary.organizations;
  return status !== "failed" && baseline !== null && (observed > 0 || failed === 0 || changesIn(summary.severity) > 0);
}
