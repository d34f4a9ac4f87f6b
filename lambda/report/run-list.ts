import { stringify } from "csv-stringify/sync";
import { duration, grouped, moment, plain } from "../domain/text.ts";
import type { Uncovered } from "../evidence/query/coverage.ts";
import type { RunEntry } from "../evidence/query/run-entries.ts";
import { CSV_OPTIONS } from "./csv.ts";
import { markdown } from "./escape-markdown.ts";
import { runObject } from "./run-object.ts";
import { columns } from "./text/columns.ts";
import { uncoveredText } from "./text/coverage.ts";
import { givenTimeText } from "./text/notices.ts";
import { bucketUsed } from "./text/usage.ts";

export const RUN_LIST_FORMATS = ["table", "md", "csv", "json"] as const;
export type RunListFormat = (typeof RUN_LIST_FORMATS)[number];

/** Runs, oldest first, and the periods that none of them covers. */
export interface RunList {
  readonly entries: readonly RunEntry[];
  readonly uncovered: readonly Uncovered[];
  /** The usual interval between runs. */
  readonly usualMs: number;
}

export function runList(format: RunListFormat, list: RunList): string {
  const { entries } = list;
  const rows = entries.map(cells);
  switch (format) {
    case "table":
      return lines([...columns([HEADER, ...rows]), ...notes(list)].map(plain));
    case "md": {
      const row = (all: readonly string[]) => `| ${all.map(markdown).join(" | ")} |`;
      const table = [row(HEADER), row(HEADER.map(() => "---")).replaceAll("\\", ""), ...rows.map(row)];
      return lines([...table, "", ...notes(list).flatMap((note) => [markdown(note), ""])]);
    }
    case "csv": {
      const objects = entries.map(runObject);
      return stringify(objects, { ...CSV_OPTIONS, header: true, bom: true });
    }
    case "json":
      return `${JSON.stringify(entries.map(runObject), null, 2)}\n`;
  }
}

const HEADER = [
  "run",
  "completed",
  "kind",
  "scope",
  "status",
  "read",
  "unread",
  "deleted",
  "changes",
  "requests",
  "peak limit",
  "duration",
  "manifest SHA-256",
];

function cells({ manifest, sha256 }: RunEntry): readonly string[] {
  const { completedAt, kind, runId, scheduledTimeGiven, scope, status, summary, usage } = manifest;
  const { deleted, failed, observed, requested } = summary.organizations;
  const share = bucketUsed(usage);
  return [
    scheduledTimeGiven ? `${runId} (given)` : runId,
    moment(completedAt),
    kind,
    scope,
    status,
    `${grouped(observed)} of ${grouped(requested)}`,
    grouped(failed),
    grouped(deleted),
    grouped(Object.values(summary.severity).reduce((sum, count) => sum + count, 0)),
    grouped(usage.requests),
    share === null ? "-" : `${Math.round(share * 100)}%`,
    duration(usage.durationMs),
    sha256 ?? "-",
  ];
}

function notes({ entries, uncovered, usualMs }: RunList): readonly string[] {
  const gaps = uncovered.map((period) => `Gap: no run over the whole tenant covers ${uncoveredText(period)}.`);
  return [
    `Usual interval: ${duration(usualMs)}.`,
    ...(gaps.length === 0 ? ["No gaps."] : gaps),
    ...entries.flatMap(({ manifest }) => givenTimeText(manifest) ?? []),
  ];
}

function lines(all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join("");
}
