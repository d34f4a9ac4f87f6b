import type { Tenant, Timestamp } from "../domain/identifiers.ts";
import { tenantStateKey } from "../evidence/format/keys.ts";
import { type ManifestReference, referenceShape } from "../evidence/format/manifest.ts";
import { type ModelOf, nullable, object } from "../evidence/format/shape.ts";
import { text, timestamp } from "../evidence/format/values.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import { changeStateObject, readStateObject } from "../evidence/store/state-object.ts";

const PLACE_NAME = "hints.json";

const placeShape = object({
  /** The sweep that the updates build on. */
  base: referenceShape,
  /** The end of the time that the last update covers, whether it recorded anything or not. */
  until: timestamp,
  /** Where the events continue, in their own words, and the end of what was read of the logs; null: at `until`. */
  events: nullable(text),
  logs: nullable(timestamp),
  /** Time that no hints cover and that no run has told of yet. */
  gap: nullable(object({ from: timestamp, until: timestamp, because: text })),
});
/** Where the updates of a tenant are. It is no evidence: when it is lost, they start again at their sweep. */
export type HintsPlace = ModelOf<typeof placeShape>;

/**
 * Where the last update left off; null when there was none since the sweep `base`, which began at `startedAt`: everything
 * before that was read by the sweep itself, so an older place, and one that cannot be read, count for nothing. Throws
 * `EvidenceStoreError`.
 */
export async function readHintsPlace(
  store: EvidenceReader,
  tenant: Tenant,
  base: ManifestReference,
  startedAt: Timestamp,
): Promise<HintsPlace | null> {
  const stored = await readStateObject(store, tenantStateKey(tenant, PLACE_NAME), placeShape);
  return stored === null || stored.until < startedAt ? null : { ...stored, base };
}

/** Where the first update after a sweep starts. */
export function firstHintsPlace(base: ManifestReference, startedAt: Timestamp): HintsPlace {
  return { base, until: startedAt, events: null, logs: null, gap: null };
}

/**
 * The place after an update that covers the time until `until`. A crash may have come between recording it and moving the
 * place: what it told is not told again.
 */
export function placeAfter(place: HintsPlace, until: Timestamp | null): HintsPlace {
  return until === null || until <= place.until ? place : { ...place, until, gap: null };
}

/**
 * Moves the place on, by compare-and-swap; to be called once the update's manifest is committed, or when nothing was
 * hinted. A place that another update has moved further meanwhile is left, and false is returned. Throws
 * `EvidenceStoreError`.
 */
export async function moveHintsPlace(store: EvidenceStore, tenant: Tenant, place: HintsPlace): Promise<boolean> {
  const isFurther = (stored: HintsPlace | null) => stored !== null && stored.until > place.until;
  const key = tenantStateKey(tenant, PLACE_NAME);
  return (await changeStateObject(store, key, placeShape, (stored) => (isFurther(stored) ? null : place))).changed;
}
