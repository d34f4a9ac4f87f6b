import { EMPTY_SUMMARY } from "../changes/summary.ts";
import { EVENT_DETAIL_TYPE } from "../contract.ts";
import type { Change } from "../domain/change.ts";
import type { Json } from "../domain/json.ts";
import type { RunStatus } from "../domain/run.ts";
import { plain } from "../domain/text.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { encodeChange, encodeFinding } from "../evidence/format/lines.ts";
import { encodeManifest } from "../evidence/format/manifest.ts";
import { chatLines } from "./chat.ts";
import { fitting, shortened } from "./limits.ts";
import type { ReportModel } from "./model.ts";
import { lastComplete } from "./recent-runs.ts";
import { changesSummary } from "./text/changes-summary.ts";
import { findingsText, notJudged } from "./text/finding.ts";
import { undoneSummary } from "./text/undone.ts";
import { verdict } from "./text/verdict.ts";
import { readLogs, whoText } from "./text/who.ts";
import { actorObject, undoneObject } from "./who-objects.ts";

/** The version of the event's detail, described in docs/event.md. */
const EVENT_VERSION = "1";
const WORST_CHANGES = 50;
/** EventBridge accepts 256 KB for the whole event. The rest of the detail is small. */
const CHANGES_BYTES = 90_000;
const FINDINGS_BYTES = 50_000;
const WORST_UNDONE = 20;
const UNDONE_BYTES = 20_000;
const ACTORS = 10;
const TEXT_CHARACTERS = 1_000;
const NOT_READ = "Temporary changes: unknown, the logs were not read.";

/** The EventBridge event of a run. */
export interface RunEvent {
  readonly detailType: (typeof EVENT_DETAIL_TYPE)[RunStatus];
  /** JSON, under 200 KB. */
  readonly detail: string;
}

/** The part of a report that its event needs. */
export type EventModel = Pick<
  ReportModel,
  "manifest" | "manifestSha256" | "actors" | "attributions" | "changes" | "groups" | "findings" | "recent" | "undone"
>;

/** Renders the event of a run. `location` is where the evidence is stored, such as `s3://bucket`. */
export function renderEvent(model: EventModel, location: string): RunEvent {
  const { manifest, manifestSha256, changes, recent } = model;
  const stored: Record<string, Json> = JSON.parse(encodeManifest(manifest));
  const worst = changes.slice(0, WORST_CHANGES).map((change) => changeObject(change, model));
  const key = (name: string) => reportKey(manifest.tenant, manifest.runId, name);
  const detail = {
    version: EVENT_VERSION,
    run_id: manifest.runId,
    tenant: manifest.tenant,
    domain: manifest.domain,
    status: manifest.status,
    verdict: unquoted(verdict(model)),
    chat: chatLines(model),
    scheduled_at: manifest.scheduledAt,
    started_at: manifest.startedAt,
    completed_at: manifest.completedAt,
    last_complete_run_id: lastComplete(recent)?.runId ?? null,
    counts: {
      organizations: manifest.summary.organizations,
      changes: manifest.summary.changes,
      severity: manifest.summary.severity,
    },
    changes_summary: unquoted(changesSummary(model)),
    worst_changes: fitting(CHANGES_BYTES, worst, (change) => JSON.stringify(change)).map(({ item }) => item),
    undone: undoneDetail(model),
    actors: model.actors.shown.slice(0, ACTORS).map(actorObject),
    findings: findingsObject(model),
    error: stored.error ?? null,
    report: {
      location,
      key: key("report.html"),
      markdown_key: key("report.md"),
      json_key: key("report.json"),
      action_plan_key: key("action-plan.csv"),
    },
    manifest_key: manifest.key,
    manifest_sha256: manifestSha256,
  };
  return { detailType: EVENT_DETAIL_TYPE[manifest.status], detail: JSON.stringify(detail) };
}

/** A change line with who made it, in words. */
function changeObject(change: Change, { attributions }: EventModel): Json {
  const line: Record<string, Json> = JSON.parse(encodeChange(change));
  const who = attributions.get(change) ?? null;
  return { ...line, attribution: who?.attribution.confidence ?? "not_listed", who: whoText(who) };
}

/** An EventBridge rule can match the numbers of `by_severity`. All of them are zero where the logs were not read. */
function undoneDetail({ manifest, undone }: EventModel): object {
  const found = undoneSummary(undone) ?? (readLogs(manifest) ? "No temporary changes." : NOT_READ);
  return {
    summary: unquoted(found),
    total: undone.total,
    by_severity: undone.bySeverity,
    worst: fitting(UNDONE_BYTES, undone.shown.slice(0, WORST_UNDONE).map(undoneObject), (one) =>
      JSON.stringify(one),
    ).map(({ item }) => item),
  };
}

/** An EventBridge rule can match the numbers of `new_by_severity`. All numbers are zero for a run that judged nothing. */
function findingsObject(model: EventModel): object {
  const { findings, manifest } = model;
  const counts = manifest.summary.findings;
  return {
    judged: findings !== null,
    summary: unquoted(findings === null ? notJudged(model) : findingsText(findings, counts)),
    open: counts.open,
    new: counts.new,
    new_by_severity: findings?.newBySeverity ?? EMPTY_SUMMARY.findings.open,
    resolved: counts.resolved,
    waived: counts.waived,
    not_evaluated: counts.notEvaluated,
    organizations_open: findings?.organizations.open ?? 0,
    organizations_high: findings?.organizations.high ?? 0,
    worst_new: fitting(FINDINGS_BYTES, findings?.worstNew ?? [], encodeFinding).map(
      ({ text }): Json => JSON.parse(text),
    ),
  };
}

/** An EventBridge input transformer inserts a text between quotes without escaping it. */
function unquoted(text: string): string {
  return shortened(plain(text).replaceAll('"', "'").replaceAll("\\", "/"), TEXT_CHARACTERS);
}
