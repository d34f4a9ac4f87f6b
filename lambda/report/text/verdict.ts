import { counted, grouped } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { ReportModel } from "../model.ts";
import { changesIn } from "../recent-runs.ts";
import { openText } from "./finding.ts";
import { headline } from "./headline.ts";
import { newFindingsText } from "./new-findings.ts";
import { undoneVerdict } from "./undone.ts";

/** What a verdict rests on; without `undone`, it says nothing of temporary changes. */
type Judged = Pick<ReportModel, "manifest" | "findings" | "groups"> & Partial<Pick<ReportModel, "undone">>;

/** The result of a run in two or three sentences: what happened, in words. Unescaped, and under 1,500 characters. */
export function verdict({ manifest, findings, groups, undone }: Judged): string {
  const { status, error, summary, baseline, previous, warnings } = manifest;
  if (status === "failed") return `The audit failed: ${error?.message ?? "no reason was recorded"}`;
  const { observed, failed, requested } = summary.organizations;
  const temporary = undone === undefined ? null : undoneVerdict(undone);
  const first = temporary === null ? "" : `${temporary} `;
  const unread = failed === 0 ? "" : ` ${grouped(failed)} of ${counted(requested, "Organization")} could not be read.`;
  if (baseline === null) {
    const kind = previous === null && warnings.length === 0 ? "First audit" : "New baseline";
    const wrong = findings === null ? "" : `${openText(findings)} `;
    return `${first}${wrong}${kind}: ${counted(observed, "Organization")} with ${counted(summary.connections, "enabled connection")}.${unread}`;
  }
  const total = changesIn(summary.severity);
  const { named, text } = headline(groups, total);
  const found = findings && (newFindingsText(findings, named) ?? (total === 0 ? openText(findings) : null));
  return `${first}${total === 0 ? noChanges(manifest) : text}${found === null ? "" : ` ${found}`}${unread}`;
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
