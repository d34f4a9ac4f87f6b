import { actorName, actorText, attributionText } from "../../attribution/text.ts";
import type { Change } from "../../domain/change.ts";
import { counted, grouped, moment } from "../../domain/text.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import type { ActorChanges, ActorsModel } from "../actors.ts";
import type { Attributed } from "../operation-block.ts";
import { changesIn } from "../recent-runs.ts";
import { bySeverity } from "./finding.ts";

/** Why a change has no attribution although the logs were read. */
export const NOT_LISTED = "Not listed: there are too many operations. The history of the Organization shows it.";

/** Who made a change, from where and with what, when, and how sure that is. Unescaped. */
export function whoText(who: Attributed | null): string {
  return who === null ? NOT_LISTED : attributionText(who.attribution, who.operations);
}

/** Whether the run read the tenant's logs. If not, reports say so once, and not for each change. */
export function readLogs({ logs }: Pick<Manifest, "logs">): boolean {
  return logs !== null && logs.because !== "logs_not_granted";
}

/** Whether to show who made a change. The list of an audit is changed outside of the tenant. */
export function hasAuthor({ change }: Change, manifest: Pick<Manifest, "logs">): boolean {
  return readLogs(manifest) && change !== "scope_added" && change !== "scope_removed";
}

/** What the run read of the tenant's logs, or what it would take to read them; null for a failed run. */
export function logsText({ logs, status }: Pick<Manifest, "logs" | "status">): string | null {
  if (status === "failed") return null;
  if (logs === null || logs.because === "logs_not_granted")
    return "The tenant's logs were not read. With the scope read:logs, this report shows who made each change, and what was undone between two audits.";
  const read = `The tenant's logs were read from ${moment(logs.from)} to ${moment(logs.until)}: ${counted(logs.entries, "entry", "entries")}.`;
  if (logs.complete) return read;
  const why =
    logs.because === "logs_expired"
      ? "the tenant does not keep older logs"
      : logs.because === "logs_incomplete"
        ? "a part of the logs could not be read"
        : (logs.because ?? "the reason was not recorded");
  return `${read} They are incomplete: ${why}. Operations outside of what was read are unknown.`;
}

/** Who made changes: a name, and what it did. */
export interface ActorLine {
  readonly name: string;
  readonly text: string;
}

/** `terraform`: `31 changes`; `alice@example.com`: `2 changes (1 high, 1 low), 1 temporary change`. Unescaped. */
export function actorLine({ changes, operation, total, undone }: ActorChanges): ActorLine {
  const made = total === 0 ? [] : [`${counted(total, "change")} (${bySeverity(changes)})`];
  const brief = undone === 0 ? [] : [counted(undone, "temporary change")];
  return { name: actorName(operation), text: [...made, ...brief].join(", ") };
}

/** What the list of actors leaves out, one sentence each. */
export function actorNotes({ others, unattributed }: ActorsModel, manifest: Manifest): readonly string[] {
  return [
    ...(others > 0 ? [`${counted(others, "change")} by others: see changes.csv.`] : []),
    ...(unattributed > 0 && readLogs(manifest)
      ? [
          `The author of ${grouped(unattributed)} of ${counted(changesIn(manifest.summary.severity), "change")} is unknown.`,
        ]
      : []),
  ];
}

/** Who made an operation, and when. */
export function madeText(operation: Parameters<typeof actorText>[0]): string {
  return `${actorText(operation)} at ${moment(operation.at)}`;
}
