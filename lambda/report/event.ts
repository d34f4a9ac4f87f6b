import { EVENT_DETAIL_TYPE } from "../contract.ts";
import type { Json } from "../domain/json.ts";
import type { RunStatus } from "../domain/run.ts";
import { plain } from "../domain/text.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { encodeChange } from "../evidence/format/lines.ts";
import { encodeManifest } from "../evidence/format/manifest.ts";
import { fitting, shortened } from "./limits.ts";
import type { ReportModel } from "./model.ts";
import { lastComplete } from "./recent-runs.ts";
import { verdict } from "./text/verdict.ts";

/** The version of the event's detail, described in docs/event.md. */
const EVENT_VERSION = "1";
const WORST_CHANGES = 50;
/** EventBridge accepts 256 KB for the whole event. The rest of the detail is small. */
const CHANGES_BYTES = 150_000;
const VERDICT_CHARACTERS = 1_000;

/** The EventBridge event of a run. */
export interface RunEvent {
  readonly detailType: (typeof EVENT_DETAIL_TYPE)[RunStatus];
  /** JSON, under 200 KB. */
  readonly detail: string;
}

/** The part of a report that its event needs. */
export type EventModel = Pick<ReportModel, "manifest" | "manifestSha256" | "changes" | "recent">;

/** Renders the event of a run. `location` is where the evidence is stored, such as `s3://bucket`. */
export function renderEvent({ manifest, manifestSha256, changes, recent }: EventModel, location: string): RunEvent {
  const stored: Record<string, Json> = JSON.parse(encodeManifest(manifest));
  const worst = changes.slice(0, WORST_CHANGES).map((change): Json => JSON.parse(encodeChange(change)));
  const key = (name: string) => reportKey(manifest.tenant, manifest.runId, name);
  const detail = {
    version: EVENT_VERSION,
    run_id: manifest.runId,
    tenant: manifest.tenant,
    domain: manifest.domain,
    status: manifest.status,
    // An EventBridge input transformer inserts the verdict between quotes without escaping it.
    verdict: shortened(plain(verdict(manifest)).replaceAll('"', "'").replaceAll("\\", "/"), VERDICT_CHARACTERS),
    scheduled_at: manifest.scheduledAt,
    started_at: manifest.startedAt,
    completed_at: manifest.completedAt,
    last_complete_run_id: lastComplete(recent)?.runId ?? null,
    counts: {
      organizations: manifest.summary.organizations,
      changes: manifest.summary.changes,
      severity: manifest.summary.severity,
    },
    worst_changes: fitting(CHANGES_BYTES, worst, (change) => JSON.stringify(change)).map(({ item }) => item),
    error: stored.error ?? null,
    report: { location, key: key("report.html"), markdown_key: key("report.md"), json_key: key("report.json") },
    manifest_key: manifest.key,
    manifest_sha256: manifestSha256,
  };
  return { detailType: EVENT_DETAIL_TYPE[manifest.status], detail: JSON.stringify(detail) };
}
