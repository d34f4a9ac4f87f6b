import type { Change } from "../../domain/change.ts";
import type { OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import type { Json } from "../../domain/json.ts";
import { readState } from "../state/state.ts";
import type { EvidenceReader } from "../store/port.ts";
import type { RecordedRuns } from "./recorded-runs.ts";
import { changesOf } from "./run-lines.ts";

/** The names of an Organization. */
export interface Names {
  readonly name: string | null;
  readonly displayName: string | null;
}

/** The names that an Organization had during a time; null where the time is open. */
export interface NamePeriod extends Names {
  readonly organizationId: OrganizationId;
  readonly from: Timestamp | null;
  readonly until: Timestamp | null;
}

/**
 * The names of every Organization over time: those of the newest state, and, back in time, what the recorded changes say.
 * The display name of a deleted Organization is unknown. Throws `EvidenceError`.
 */
export async function* namesOverTime(store: EvidenceReader, runs: RecordedRuns): AsyncGenerator<NamePeriod> {
  const changes = new Map<OrganizationId, Change[]>();
  for (const run of runs.readable)
    for await (const change of changesOf(store, run))
      if (change.connectionId === null)
        changes.set(change.organizationId, [...(changes.get(change.organizationId) ?? []), change]);
  const last = runs.readable.findLast(({ status }) => status !== "failed") ?? null;
  for await (const { organizationId, known } of readState(store, last === null ? [] : runs.layersAt(last))) {
    const names = { name: known.organizationName, displayName: known.organizationDisplayName };
    yield* periods(organizationId, names, changes.get(organizationId) ?? []);
    changes.delete(organizationId);
  }
  for (const [organizationId, all] of changes) yield* periods(organizationId, null, all);
}

/** The periods of one Organization, newest first. `changes` are its own, oldest first; `names` the newest, if it exists. */
export function* periods(
  organizationId: OrganizationId,
  names: Names | null,
  changes: readonly Change[],
): Generator<NamePeriod> {
  let current = names;
  let until: Timestamp | null = null;
  for (const { between, change, organizationName, properties } of changes.toReversed()) {
    const now: Names = current ?? { name: organizationName, displayName: null };
    switch (change) {
      case "organization_deleted":
        current = { name: organizationName, displayName: null };
        until = between.before;
        break;
      case "organization_created":
        yield { organizationId, ...now, from: between.before, until };
        current = null;
        until = between.before;
        break;
      case "organization_renamed": {
        yield { organizationId, ...now, from: between.before, until };
        const previous = new Map(properties.map(({ name, previousValue }) => [name, previousValue]));
        current = {
          name: textOr(previous.get("name"), now.name),
          displayName: textOr(previous.get("display_name"), now.displayName),
        };
        until = between.before;
        break;
      }
      default:
        current = now;
    }
  }
  if (current !== null) yield { organizationId, ...current, from: null, until };
}

function textOr(value: Json | undefined, other: string | null): string | null {
  return typeof value === "string" ? value : other;
}
