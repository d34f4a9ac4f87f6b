import { stringify } from "csv-stringify/sync";
import { duration, grouped, moment, plain } from "../domain/text.ts";
import type { RunEntry } from "../evidence/query/run-entries.ts";
import { CSV_OPTIONS } from "./csv.ts";
import { markdown } from "./markdown.ts";
import { columns } from "./text/columns.ts";
import { uncoveredText } from "./text/coverage.ts";
import { givenTimeText } from "./text/notices.ts";
import { bucketUsed } from "./text/usage.ts";

export const RUN_LIST_FORMATS = ["table", "md", "csv", "json"] as const;
export type RunListFormat = (typeof RUN_LIST_FORMATS)[number];

/** Renders a list of runs, oldest first. `usualMs` is the usual interval between them. */
export function runList(format: RunListFormat, entries: readonly RunEntry[], usualMs: number): string {
  const rows = entries.map(cells);
  switch (format) {
    case "table":
      return lines([...columns([HEADER, ...rows]), ...notes(entries, usualMs)].map(plain));
    case "md": {
      const row = (all: readonly string[]) => `| ${all.map(markdown).join(" | ")} |`;
      const table = [row(HEADER), row(HEADER.map(() => "---")).replaceAll("\\", ""), ...rows.map(row)];
      return lines([...table, "", ...notes(entries, usualMs).flatMap((note) => [markdown(note), ""])]);
    }
    case "csv": {
      const objects = entries.map(runObject);
      return stringify(objects, { ...CSV_OPTIONS, header: true, bom: true, cast: { boolean: String } });
    }
    case "json":
      return `${JSON.stringify(entries.map(runObject), null, 2)}\n`;
  }
}

const HEADER = [
  "run",
  "completed",
  "scope",
  "status",
  "read",
  "unread",
  "changes",
  "requests",
  "peak limit",
  "duration",
  "manifest SHA-256",
];

function cells({ manifest, sha256 }: RunEntry): readonly string[] {
  const { completedAt, runId, scheduledTimeGiven, scope, status, summary, usage } = manifest;
  const { failed, observed, requested } = summary.organizations;
  const share = bucketUsed(usage);
  return [
    scheduledTimeGiven ? `${runId} (given)` : runId,
    moment(completedAt),
    scope,
    status,
    `${grouped(observed)} of ${grouped(requested)}`,
    grouped(failed),
    grouped(Object.values(summary.severity).reduce((sum, count) => sum + count, 0)),
    grouped(usage.requests),
    share === null ? "-" : `${Math.round(share * 100)}%`,
    duration(usage.durationMs),
    sha256 ?? "-",
  ];
}

function notes(entries: readonly RunEntry[], usualMs: number): readonly string[] {
  const gaps = entries.flatMap(({ gap, manifest }) =>
    gap === null ? [] : [`Gap before run ${manifest.runId}: no run covers ${uncoveredText(gap)}.`],
  );
  return [
    `Usual interval: ${duration(usualMs)}. ${gaps.length === 0 ? "No gaps." : ""}`.trim(),
    ...gaps,
    ...entries.flatMap(({ manifest }) => givenTimeText(manifest) ?? []),
  ];
}

/** A run as one flat object: the columns of the CSV, and the keys of the JSON. */
function runObject({ gap, manifest, sha256 }: RunEntry) {
  const {
    completedAt,
    error,
    key,
    runId,
    scheduledAt,
    scheduledTimeGiven,
    scope,
    startedAt,
    status,
    summary,
    tenant,
    usage,
  } = manifest;
  const { deleted, failed, observed, requested } = summary.organizations;
  return {
    tenant,
    run_id: runId,
    kind: "sweep",
    scope,
    status,
    error_code: error?.code ?? null,
    scheduled_at: scheduledAt,
    scheduled_time_given: scheduledTimeGiven,
    started_at: startedAt,
    completed_at: completedAt,
    organizations_requested: requested,
    organizations_observed: observed,
    organizations_unread: failed,
    organizations_deleted: deleted,
    coverage: requested === 0 ? null : observed / requested,
    changes_high: summary.severity.high,
    changes_medium: summary.severity.medium,
    changes_low: summary.severity.low,
    changes_info: summary.severity.info,
    gap_from: gap?.from ?? null,
    gap_until: gap?.until ?? null,
    requests: usage.requests,
    rate_limited: usage.rateLimited,
    retries: usage.retries,
    share_of_limit: bucketUsed(usage),
    duration_ms: usage.durationMs,
    manifest: key,
    manifest_sha256: sha256,
  };
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
