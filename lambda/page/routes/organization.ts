import { ConfigurationError } from "../../domain/errors.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { timestamp } from "../../domain/time.ts";
import { type Manifest, readsWholeTenant } from "../../evidence/format/manifest.ts";
import { askedMs } from "../../evidence/query/choose-run.ts";
import { canHold } from "../../evidence/query/organization.ts";
import { organizationFindings } from "../../evidence/query/organization-findings.ts";
import { historyOf } from "../../evidence/query/organization-history.ts";
import { stateIn } from "../../evidence/query/organization-state.ts";
import { type RecordedRuns, timeOf } from "../../evidence/query/recorded-runs.ts";
import type { OrganizationState } from "../../evidence/query/state.ts";
import type { Answer, Asked } from "../answer.ts";
import { choiceOf, textOf } from "../ask.ts";
import { organizationBody } from "../html/organization.ts";
import type { OrganizationView } from "../html/organization-view.ts";
import { titleOf } from "../html/parts.ts";
import { readRuleTexts } from "../rule-texts.ts";
import { stateRun } from "./state-run.ts";

/** A timeline has so many runs: a year of daily runs takes a second to read. */
const TIMELINE_RUNS = 100;
/** So many of them are after the date that was asked for. */
const LATER_RUNS = 10;

/** `/organizations/ID?at=DATE&until=RUN` */
export async function organization({ archive, path, query }: Asked): Promise<Answer> {
  // Evidence may hold IDs of any form: whether the text is one, the evidence decides.
  const organizationId = (path[1] ?? "") as OrganizationId;
  const runs = await archive.runs();
  const choice = choiceOf(query, "at");
  const manifest = stateRun(runs, choice);
  const shown = timelineOf(runs, manifest, { id: organizationId, until: textOf(query, "until") });
  const layers = runs.layersAt(manifest);
  const [state, history, judged, rules] = await Promise.all([
    stateIn(archive.reader, runs, manifest, organizationId),
    historyOf(archive.reader, runs, organizationId, shown.range, null),
    organizationFindings(archive.reader, layers, organizationId),
    readRuleTexts(archive.reader, layers),
  ]);
  if (state.certainty.kind === "absent" && history.runs === 0)
    return {
      kind: "not_found",
      message: `No run of this time has an Organization with the ID ${organizationId}. Search for its name instead.`,
    };
  const asked = choice === null ? null : askedMs(choice);
  const view: OrganizationView = {
    organizationId,
    organizationName: state.organizationName ?? history.organizationName,
    organizationDisplayName: state.organizationDisplayName,
    at: textOf(query, "at"),
    asked: asked === null ? null : timestamp(asked),
    state,
    observedIn: observedIn(runs, state),
    judged,
    rules,
    entries: history.entries,
    timeline: shown,
  };
  return { kind: "page", title: titleOf(view), body: organizationBody(view) };
}

function observedIn(runs: RecordedRuns, { certainty, manifest }: OrganizationState): OrganizationView["observedIn"] {
  const run = "runId" in certainty ? runs.readable.find(({ runId }) => runId === certainty.runId) : undefined;
  return { manifest: run ?? manifest, sha256: runs.hashOf(run ?? manifest) };
}

/**
 * The runs of the timeline, among those that could read the Organization: most updates read others. `until` names its last
 * run, or is `all`; without it, the timeline ends soon after the state.
 */
function timelineOf(
  runs: RecordedRuns,
  state: Manifest,
  { id, until }: { readonly id: OrganizationId; readonly until: string },
) {
  const all = runs.readable.filter((run) => run === state || couldRead(run, id));
  if (until === "all") return { range: rangeOf(all), earlier: null, later: null, runs: all.length };
  const named = until === "" ? -1 : all.findIndex(({ runId }) => runId === until);
  if (until !== "" && named < 0) throw new ConfigurationError(`There is no run ${JSON.stringify(until)}.`);
  const last = named < 0 ? Math.min(all.length - 1, all.indexOf(state) + LATER_RUNS) : named;
  const shown = all.slice(Math.max(0, last + 1 - TIMELINE_RUNS), last + 1);
  return {
    range: rangeOf(shown),
    earlier: all[last - TIMELINE_RUNS]?.runId ?? null,
    later: last === all.length - 1 ? null : (all[Math.min(all.length - 1, last + TIMELINE_RUNS)]?.runId ?? null),
    runs: shown.length,
  };
}

function couldRead(run: Manifest, id: OrganizationId): boolean {
  return readsWholeTenant(run) || run.files.some((file) => file.role === "snapshot" && canHold(file, id));
}

function rangeOf(runs: readonly Manifest[]) {
  const [first, last] = [runs.at(0), runs.at(-1)];
  return {
    fromMs: first === undefined ? Number.NEGATIVE_INFINITY : timeOf(first),
    toMs: last === undefined ? Number.POSITIVE_INFINITY : timeOf(last),
  };
}
