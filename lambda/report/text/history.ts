import type { JsonObject } from "../../domain/json.ts";
import { counted, moment, plain } from "../../domain/text.ts";
import { encodeChange } from "../../evidence/format/lines.ts";
import type { HistoryEntry } from "../../evidence/query/history.ts";
import type { History } from "../../evidence/query/organization-history.ts";
import { failureObject, wires } from "../objects.ts";
import { attributed } from "../operation-block.ts";
import { attributionObject, undoneObject } from "../who-objects.ts";
import { changeLine, intervalText } from "./change.ts";
import { uncoveredText } from "./coverage.ts";
import { failureText, organizationAndId } from "./organization.ts";
import { allConnections, differentConnections } from "./read-connections.ts";
import { undoneFacts } from "./undone.ts";
import { hasAuthor, whoText } from "./who.ts";

type Observed = Extract<HistoryEntry, { kind: "observed" }>;
type Changed = Extract<HistoryEntry, { kind: "change" }>;

/**
 * An Organization's history for a terminal, line by line. The first read shows all connections, and each later one what
 * differs from the read before; all of them with `isFull`, and for a single connection.
 */
export function historyLines(history: History, { isFull }: { readonly isFull: boolean }): readonly string[] {
  const { connectionId, runs, entries } = history;
  const name = organizationAndId(history);
  const subject = connectionId === null ? name : `${connectionId} in ${name}`;
  const none = connectionId === null ? "no connections enabled" : "not enabled";
  const lines = [`${subject}, ${counted(runs, "run")}`];
  let before: Observed | null = null;
  for (const entry of entries) {
    lines.push(entryLine(entry, isFull || connectionId !== null ? null : before, none));
    if (entry.kind === "observed") before = entry;
  }
  return lines.map(plain);
}

/** `before` is the read to compare with; null to show all connections. */
function entryLine(entry: HistoryEntry, before: Observed | null, none: string): string {
  const line = (kind: string, text: string) => `  ${kind.padEnd(8)} ${text}`;
  switch (entry.kind) {
    case "change": {
      const author = authorText(entry);
      const what = `${intervalText(entry.change.between)}: ${changeLine(entry.change)}`;
      return line(entry.change.severity, author === null ? what : `${what}. ${author}`);
    }
    case "undone":
      return line(entry.undone.change.severity, undoneLine(entry));
    case "observed": {
      const { enabledConnections: enabled, firstObservedAt: first, lastObservedAt: last, runs } = entry;
      const span = first === last ? moment(first) : `${moment(first)} to ${moment(last)}`;
      const connections =
        before === null
          ? allConnections(enabled, none)
          : differentConnections(before.enabledConnections, enabled, none);
      return line("read", `${span} in ${counted(runs, "run")}: ${connections}`);
    }
    case "not_read":
      return line("unread", `${runsText(entry)}: ${failureText(entry.failure)}`);
    case "run_failed":
      return line("failed", `run ${entry.runId}: ${entry.message}`);
    case "deleted":
      return line("deleted", `detected ${moment(entry.observedAt)}`);
    case "absent":
      return line("absent", `${runsText(entry)}: not in the tenant`);
    case "uncovered":
      return line("no run", `${uncoveredText(entry)}: what changed and changed back is unknown`);
  }
}

/** Who made a change of a history, in sentences; null where the logs were not read. Unescaped. */
export function authorText({ change, logs, operations }: Changed): string | null {
  return hasAuthor(change, { logs }) ? whoText(attributed(change, operations, logs)) : null;
}

function undoneLine({ operation, undoing, undone }: Extract<HistoryEntry, { kind: "undone" }>): string {
  const { text, undoneBy, who } = undoneFacts({ ...undone, operation, undoing });
  return `${text} Made by ${who}. Undone by: ${undoneBy}`;
}

type Period = Pick<Observed, "firstRunId" | "lastRunId" | "runs">;

function runsText({ firstRunId, lastRunId, runs }: Period): string {
  return runs === 1 ? `run ${firstRunId}` : `${counted(runs, "run")}, ${firstRunId} to ${lastRunId}`;
}

/** An Organization's history as JSON. */
export function historyJson({ organizationId, organizationName, connectionId, runs, entries }: History): string {
  const history = {
    organization_id: organizationId,
    organization_name: organizationName,
    connection_id: connectionId,
    runs,
    history: entries.map(entryObject),
  };
  return `${JSON.stringify(history, null, 2)}\n`;
}

function entryObject(entry: HistoryEntry): JsonObject {
  const { kind } = entry;
  switch (kind) {
    case "change":
      return {
        kind,
        ...JSON.parse(encodeChange(entry.change)),
        attribution: attributionObject(attributed(entry.change, entry.operations, entry.logs)),
      };
    case "undone":
      return { kind, ...undoneObject({ ...entry.undone, operation: entry.operation, undoing: entry.undoing }) };
    case "observed":
      return {
        kind,
        ...periodObject(entry),
        first_observed_at: entry.firstObservedAt,
        last_observed_at: entry.lastObservedAt,
        organization_name: entry.organizationName,
        enabled_connections: wires(entry.enabledConnections),
      };
    case "not_read":
      return { kind, run_ids: entry.runIds, failure: failureObject(entry.failure) };
    case "run_failed":
      return { kind, run_id: entry.runId, message: entry.message };
    case "deleted":
      return { kind, run_id: entry.runId, observed_at: entry.observedAt };
    case "absent":
      return { kind, ...periodObject(entry), scope: { kind: "all" } };
    case "uncovered":
      return { kind, from: entry.from, until: entry.until };
  }
}

function periodObject({ firstRunId, lastRunId, runs }: Period): JsonObject {
  return { first_run_id: firstRunId, last_run_id: lastRunId, runs };
}
