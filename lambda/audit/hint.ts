import type { OrganizationId, Timestamp } from "../domain/identifiers.ts";
import { moment } from "../domain/text.ts";
import type { LogsRead, Manifest, Updates } from "../evidence/format/manifest.ts";
import { organizationsWith } from "../evidence/query/organizations-with.ts";
import type { Execution } from "../execution/port.ts";
import { eventHints } from "../hints/events.ts";
import type { Hints, NoHints } from "../hints/hints.ts";
import { logHints } from "../hints/logs.ts";
import { type HintedOrganization, type MergedHints, mergeHints } from "../hints/merge.ts";
import { type HintsPlace, moveHintsPlace } from "../hints/place.ts";
import { retryHints } from "../hints/retries.ts";
import { encodeHinted, type HintedList } from "./hinted-list.ts";
import { endLease, renewLease } from "./lease.ts";
import type { FoundOperations } from "./operations/read.ts";
import { byOrganization, readSorted } from "./operations/sorted-runs.ts";
import type { AuditRequest, BaseSweep, Dependencies, Run } from "./run.ts";
import { readLayers, unreadable } from "./state.ts";

/** What hints say an update has to do: saved with the execution. */
export type Hinted =
  | {
      readonly kind: "update";
      readonly organizations: HintedList;
      readonly updates: Updates;
      readonly place: HintsPlace;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "sweep"; readonly why: string }
  | { readonly kind: "nothing"; readonly place: HintsPlace }
  | { readonly kind: "refused"; readonly message: string };

/** What the step works with. */
interface HintWork {
  readonly run: Run;
  readonly base: BaseSweep;
  readonly place: HintsPlace;
  readonly operations: FoundOperations;
  readonly request: AuditRequest;
  readonly dependencies: Dependencies;
}

const NOT_GRANTED =
  "Update runs need the scope read:logs or read:events: grant one of them to the token's application for the Auth0 Management API, then get a new token.";

/** Finds which Organizations an update reads. Throws `RunFailure` (`evidence_unreadable`). */
export function findHinted(work: HintWork, execution: Execution): Promise<Hinted> {
  return execution.step<Hinted>("hints", async () => {
    const { run, request, dependencies } = work;
    await renewLease(run, request, dependencies);
    const layers = await readLayers(dependencies.store, run);
    const readings = await readHints(work, layers);
    const hints = readings.filter((one): one is Hints => !("missing" in one));
    const missing = readings.filter((one): one is NoHints => "missing" in one);
    if (hints.every(({ kind }) => kind === "retries"))
      return { kind: "refused", message: missing.find((one) => one.missing === "unavailable")?.because ?? NOT_GRANTED };
    try {
      const merged = await mergeHints(hints, {
        since: work.place.until,
        tenantOrganizations: work.base.organizations,
        organizationsWith: (ids) => organizationsWith(dependencies.store, layers, ids),
      });
      if (merged.covers.until === work.place.until && merged.organizations.length === 0) {
        await probe(work, layers);
        const unread = unreadText(work.place.until, hints);
        if (unread !== null && merged.sweepInstead === null) return { kind: "refused", message: unread };
      }
      return hintedBy(work, merged, hints, missing);
    } catch (error) {
      throw unreadable(error, "The previous evidence can no longer be read");
    }
  });
}

async function readHints(work: HintWork, layers: readonly Manifest[]): Promise<readonly (Hints | NoHints)[]> {
  const { dependencies, operations, place, run } = work;
  const { events, store } = dependencies;
  const coverage = operations.coverage === null ? null : withSweep(operations.coverage, layers, place.until);
  const readings: (Hints | NoHints)[] = [];
  if (coverage !== null)
    readings.push(await logHints(readSorted(store, run, operations.runs, byOrganization), coverage, null));
  if (events !== undefined) readings.push(await eventHints(events).read(place.events, place.until));
  try {
    const [newest] = layers;
    if (newest !== undefined) readings.push(await retryHints(store, newest));
  } catch (error) {
    throw unreadable(error, "The previous evidence can no longer be read");
  }
  return readings;
}

/**
 * A sweep reads the logs last, and what it could not decide is among the operations: so the logs are known from its start,
 * although the update reads on where the sweep ended.
 */
function withSweep(coverage: LogsRead, layers: readonly Manifest[], since: Timestamp): LogsRead {
  const before = layers.find(({ logs, scope }) => logs !== null && scope === "all");
  if (before?.kind !== "sweep" || before.logs?.complete !== true) return coverage;
  const { from, until } = before.logs;
  const isContinued = from <= since && coverage.from <= until;
  return isContinued && since < coverage.from ? { ...coverage, from: since } : coverage;
}

/** Why nothing is known since `since`, as a sentence; null where a source was read, and has nothing new. */
function unreadText(since: Timestamp, hints: readonly Hints[]): string | null {
  const sources = hints.filter(({ kind }) => kind !== "retries");
  if (sources.some(({ complete }) => complete)) return null;
  const reasons = sources.flatMap(({ because }) => because ?? []);
  return [`No hints show what changed since ${moment(since)}.`, ...reasons, "The next update tries again."].join(" ");
}

/** No source could be read. Whether the token is refused, a reading tells. Throws `RunFailure`. */
async function probe({ dependencies: { managementApi } }: HintWork, layers: readonly Manifest[]): Promise<void> {
  const known = layers.flatMap(({ files }) => files.map(({ firstOrganizationId }) => firstOrganizationId));
  const id = known.find((one) => one !== null);
  if (id !== undefined && id !== null) await managementApi.enabledConnections(id);
}

function hintedBy(
  { base, operations, place: before, request, run }: HintWork,
  merged: MergedHints,
  hints: readonly Hints[],
  missing: readonly NoHints[],
): Hinted {
  if (merged.sweepInstead !== null) return { kind: "sweep", why: merged.sweepInstead };
  const { covers, counts, leftToSweep } = merged;
  const gap = joinedGap(before.gap, merged.gap);
  const place: HintsPlace = {
    base: base.reference,
    until: covers.until,
    events: hints.find(({ kind }) => kind === "events")?.place ?? before.events,
    logs: operations.coverage === null ? before.logs : operations.coverage.until,
    gap,
  };
  const organizations = inScope(merged.organizations, request.organizations);
  if (organizations.length === 0) return { kind: "nothing", place };
  const unavailable = missing.flatMap((one) => (one.missing === "unavailable" ? [one.because] : []));
  return {
    kind: "update",
    organizations: encodeHinted(organizations),
    updates: { base: base.reference, hints: counts, from: covers.from, until: covers.until },
    place: { ...place, gap: null },
    warnings: [...run.warnings, ...gapTexts(gap), ...(leftToSweep === null ? [] : [leftToSweep]), ...unavailable],
  };
}

function inScope(
  organizations: readonly HintedOrganization[],
  scope: "all" | readonly OrganizationId[],
): readonly HintedOrganization[] {
  if (scope === "all") return organizations;
  const ids = new Set(scope);
  return organizations.filter(({ organizationId }) => ids.has(organizationId));
}

type Gap = HintsPlace["gap"];

/** Two gaps that no run has told of yet, as one. */
function joinedGap(earlier: Gap, later: Gap): Gap {
  if (earlier === null || later === null) return later ?? earlier;
  const because = earlier.because === later.because ? later.because : `${earlier.because} ${later.because}`;
  return { from: earlier.from, until: later.until, because: because.slice(0, LONGEST_REASON_CHARACTERS) };
}

const LONGEST_REASON_CHARACTERS = 500;

/** What a reader has to know of time that no hints cover. */
export function gapTexts(gap: Gap): readonly string[] {
  if (gap === null) return [];
  return [
    `From ${moment(gap.from)} to ${moment(gap.until)}, no hints show what changed; only a sweep can tell. ${gap.because}`,
  ];
}

/** Ends an update to which nothing was hinted: only its place moves. Throws `EvidenceStoreError`. */
export async function endWithoutRecord(
  run: Run,
  place: HintsPlace | null,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<void> {
  await execution.step("end", async () => {
    if (place !== null) await moveHintsPlace(dependencies.store, run.tenant, place);
    await endLease(run, request, dependencies);
  });
}
