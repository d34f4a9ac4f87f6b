import type { OrganizationId, RunId } from "../../domain/identifiers.ts";
import { counted, moment } from "../../domain/text.ts";
import type { HistoryEntry } from "../../evidence/query/history.ts";
import { type Markup, markup, NOTHING, within } from "../../report/html/markup.ts";
import { intervalText } from "../../report/text/change.ts";
import { changePhrase } from "../../report/text/change-phrase.ts";
import { uncoveredText } from "../../report/text/coverage.ts";
import { authorText } from "../../report/text/history.ts";
import { connectionLabel, failureText } from "../../report/text/organization.ts";
import { undoneFacts } from "../../report/text/undone.ts";
import { href } from "../links.ts";

/** UTF-8 bytes of the page for the timeline. */
const TIMELINE_BYTES = 400_000;
const SHOWN_CONNECTIONS = 12;
const SHOWN_REASONS = 4;

/** What a timeline is made of. */
interface Timeline {
  readonly organizationId: OrganizationId;
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
  readonly timeline: { readonly runs: number };
}

/** The runs of an Organization, newest first: what was read, what changed, and what could not be read. */
export function timeline({ entries, organizationId, timeline: { runs } }: Timeline): Markup {
  const shown = within(TIMELINE_BYTES, entries.toReversed(), (one) => entry(one, organizationId));
  if (shown.length === 0) return markup`<p>No run of this period includes the Organization.</p>`;
  const rest = entries.length - shown.length;
  return markup`<p>${counted(runs, "run")}, newest first. Runs in a row that found the same are one entry.</p>
<ol class="line">
${shown.map((one) => one.markup)}
</ol>
${rest > 0 ? [markup`<p class="more">${counted(rest, "older entry", "older entries")}: see the command history.</p>`] : []}`;
}

function entry(one: HistoryEntry, organizationId: OrganizationId): Markup {
  switch (one.kind) {
    case "change": {
      const { change } = one;
      const author = authorText(one);
      const detail = markup`${change.reasons.slice(0, SHOWN_REASONS).join(" ")} It happened ${intervalText(change.between)}. ${stateAt(change.runId, organizationId)}`;
      const phrase = changePhrase(change);
      const text = change.connectionId === null ? `Organization ${phrase}` : phrase;
      return line(change.severity, markup`<bdi>${text}</bdi>`, detail, { who: author });
    }
    case "undone": {
      const { operation, undoing, undone } = one;
      const { text } = undoneFacts({ ...undone, operation, undoing });
      const detail = markup`Made and undone between two audits. <a href="#undone">Who did it</a>`;
      return line(undone.change.severity, markup`<bdi>${text}</bdi>`, detail, { label: "temporary" });
    }
    case "observed": {
      const { enabledConnections: enabled, firstObservedAt: first, lastObservedAt: last, lastRunId } = one;
      const names = enabled.slice(0, SHOWN_CONNECTIONS).map((connection) => connectionLabel(connection));
      const more = enabled.length - names.length;
      const all = names.length === 0 ? "no connection enabled" : names.join(", ");
      const when = first === last ? moment(first) : `${moment(first)} to ${moment(last)}`;
      return line(
        "complete",
        markup`<bdi>${all}</bdi>${more > 0 ? ` and ${more} more` : ""}`,
        markup`${when}, in ${counted(one.runs, "run")}. ${stateAt(lastRunId, organizationId)}`,
        { label: "read" },
      );
    }
    case "not_read":
      return line(
        "unread",
        markup`Could not be read: <bdi>${failureText(one.failure)}</bdi>`,
        markup`${counted(one.runs, "run")}: ${runLink(one.firstRunId)}${one.runs === 1 ? [] : [markup` to ${runLink(one.lastRunId)}`]}. What changed meanwhile is found by the next run that reads it.`,
      );
    case "run_failed":
      return line("failed", markup`The whole run failed: <bdi>${one.message}</bdi>`, runLink(one.runId), {
        label: "run failed",
      });
    case "deleted":
      return line("medium", markup`Deleted`, markup`Detected ${moment(one.observedAt)} in ${runLink(one.runId)}.`, {
        label: "deleted",
      });
    case "absent":
      return line(
        "idle",
        markup`Not in the tenant`,
        markup`${counted(one.runs, "run")}: ${runLink(one.firstRunId)}${one.runs === 1 ? [] : [markup` to ${runLink(one.lastRunId)}`]}.`,
        { label: "absent" },
      );
    case "uncovered":
      return line("idle", markup`No run`, markup`${uncoveredText(one)}: what changed and changed back is unknown.`, {
        label: "no run",
      });
  }
}

interface Extra {
  readonly label?: string;
  /** Who made it; null where it is not known from the logs. */
  readonly who?: string | null;
}

function line(tone: string, text: Markup, detail: Markup, { label = tone, who = null }: Extra = {}): Markup {
  return markup`<li class="${tone}"><span class="badge ${tone}">${label}</span> ${text}
<p class="reason">${detail}</p>${who === null ? NOTHING : markup`\n<p class="who"><bdi>${who}</bdi></p>`}</li>`;
}

function runLink(runId: RunId): Markup {
  return markup`<a href="${href(["runs", runId])}">run ${runId}</a>`;
}

function stateAt(runId: RunId, organizationId: OrganizationId): Markup {
  return markup`<a href="${href(["organizations", organizationId], { at: runId })}">State in run ${runId}</a>`;
}
