import type { Change } from "../../domain/change.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { parseOrganizationId } from "../../domain/organization-ids.ts";
import { moment } from "../../domain/text.ts";
import type { InstantRange } from "../../domain/time.ts";
import type { Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";
import { type NamePeriod, namesOverTime } from "./names.ts";
import { NearNames } from "./near-names.ts";
import { organizationIn } from "./organization.ts";
import type { RecordedRuns } from "./recorded-runs.ts";
import { changesOf } from "./run-lines.ts";

/**
 * The ID of the Organization that `text` gives: by its ID, else by a name that it had in the range, by an earlier or later
 * name, or by a display name. Text in the form of an ID is never a name. Throws `ConfigurationError`, `EvidenceError`.
 */
export async function findOrganization(
  store: EvidenceReader,
  runs: RecordedRuns,
  text: string,
  range: InstantRange,
): Promise<OrganizationId> {
  // Evidence may hold IDs of any form: whether the text is one, the evidence decides.
  const id = text as OrganizationId;
  const isLikeId = text.startsWith("org_");
  const last = isLikeId ? runs.last({ ...range, fromMs: Number.NEGATIVE_INFINITY }) : null;
  if (last !== null && (await isInAny(store, runs.layersAt(last), id))) return id;
  const named: NamePeriod[] = [];
  const near = new NearNames(text);
  for await (const period of namesOverTime(store, runs)) {
    if (period.organizationId === text) return period.organizationId;
    if (period.name === text || period.displayName === text) named.push(period);
    near.offer(period.name);
    near.offer(period.displayName);
  }
  if (isLikeId && (await isInAny(store, runs.readable, id))) return id;
  if (parseOrganizationId(text) !== null) return refuseNameLikeId(id, named);
  const found = best(named, text, range);
  if (found.length === 0) found.push(...(await deletedWithDisplayName(store, runs, text)));
  return onlyOne(runs, text, found, near);
}

/**
 * Every time at which an Organization had `text` as its name or display name, deleted ones included. It
 * reads all recorded changes. Throws `EvidenceError`.
 */
export async function namedAnyTime(
  store: EvidenceReader,
  runs: RecordedRuns,
  text: string,
): Promise<readonly NamePeriod[]> {
  const named: NamePeriod[] = [];
  for await (const period of namesOverTime(store, runs))
    if ([period.organizationId, period.name, period.displayName].includes(text)) named.push(period);
  return named.length > 0 ? named : deletedWithDisplayName(store, runs, text);
}

/** The periods that fit best: a name before a display name, and within the range before any other time. */
function best(periods: readonly NamePeriod[], text: string, range: InstantRange): NamePeriod[] {
  const named = periods.filter(({ name }) => name === text);
  const current = (all: readonly NamePeriod[]) => all.filter((period) => overlaps(period, range));
  return [current(named), named, current(periods), [...periods]].find((all) => all.length > 0) ?? [];
}

function overlaps({ from, until }: NamePeriod, { fromMs, toMs }: InstantRange): boolean {
  return (from === null || Date.parse(from) <= toMs) && (until === null || Date.parse(until) > fromMs);
}

function onlyOne(runs: RecordedRuns, text: string, found: readonly NamePeriod[], near: NearNames): OrganizationId {
  const ids = new Set(found.map(({ organizationId }) => organizationId));
  const [only, ...others] = ids;
  if (only === undefined)
    throw new ConfigurationError(
      `--organization: no Organization of ${runs.tenant} has or had the name ${JSON.stringify(text)} in ${runs.location}.${near} Give its name, its display name or its ID (org_...).`,
    );
  if (others.length === 0) return only;
  throw new ConfigurationError(
    `--organization: several Organizations have or had the name ${JSON.stringify(text)}; give one of their IDs: ${found.map(periodText).join(", ")}.`,
  );
}

function periodText({ from, organizationId, until }: NamePeriod): string {
  const start = from === null ? "" : ` from ${moment(from)}`;
  const end = until === null ? "" : ` until ${moment(until)}`;
  return start + end === "" ? organizationId : `${organizationId} (${`${start}${end}`.trim()})`;
}

function refuseNameLikeId(id: OrganizationId, named: readonly NamePeriod[]): OrganizationId {
  const [other] = named;
  if (other === undefined) return id;
  throw new ConfigurationError(
    `--organization: no Organization has the ID ${id}; Organization ${other.organizationId} has it as its name. To ask about that one, give its ID.`,
  );
}

async function isInAny(store: EvidenceReader, runs: readonly Manifest[], id: OrganizationId): Promise<boolean> {
  for (const run of runs) if ((await organizationIn(store, run, id)).snapshot !== null) return true;
  return false;
}

/** Deleted Organizations that had this display name when they were last in a snapshot. */
async function deletedWithDisplayName(store: EvidenceReader, runs: RecordedRuns, text: string): Promise<NamePeriod[]> {
  const all = runs.readable;
  const found: NamePeriod[] = [];
  for (const [index, run] of all.entries())
    for await (const change of changesOf(store, run)) {
      if (change.change !== "organization_deleted") continue;
      const displayName = await lastDisplayName(store, all.slice(0, index), change);
      const { between, organizationId, organizationName: name } = change;
      if (displayName === text) found.push({ organizationId, name, displayName, from: null, until: between.before });
    }
  return found;
}

async function lastDisplayName(store: EvidenceReader, before: readonly Manifest[], { organizationId }: Change) {
  for (const run of before.toReversed()) {
    const { snapshot } = await organizationIn(store, run, organizationId);
    if (snapshot !== null && snapshot.organizationDisplayName !== null) return snapshot.organizationDisplayName;
  }
  return null;
}
