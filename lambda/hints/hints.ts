import type { ConnectionId, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";

/** More hinted Organizations than this are read by a sweep. */
export const MOST_HINTED = 5_000;

/** Where hints come from. They are counted by these names in a manifest. */
export const HINT_KINDS = ["logs", "events", "retries"] as const;

export type HintKind = (typeof HINT_KINDS)[number];

/**
 * Where to look: what one source says. Hints are never evidence. They name Organizations to read again, and what is
 * recorded is what the tenant answers then.
 */
export interface Hints {
  readonly kind: HintKind;
  /** Ascending, without repetition; at most one more than `MOST_HINTED`, which is enough to see that there are too many. */
  readonly organizationIds: readonly OrganizationId[];
  /** Those of them that were created, changed or deleted themselves: their names, or whether they exist, may differ. */
  readonly changedIds: readonly OrganizationId[];
  /** Connections that were changed or deleted tenant-wide: every Organization that has one of them is hinted. As bounded. */
  readonly connectionIds: readonly ConnectionId[];
  /**
   * The time that the source has looked at. What happened from `from` until `until` is hinted, if the source is complete.
   * Null: the source covers no time.
   */
  readonly covers: { readonly from: Timestamp; readonly until: Timestamp } | null;
  /** Whether nothing is missing from that time. It says nothing about later hints: those come with the next reading. */
  readonly complete: boolean;
  /** A sentence: why it is not complete, or why it reaches less far than it could. */
  readonly because: string | null;
  /** Opaque: where the next reading of this source continues. */
  readonly place: string | null;
}

/** A source that could not be read. Its place is unchanged, so that the next reading continues there. */
export interface NoHints {
  readonly kind: HintKind;
  /** `not_granted`: the token lacks the source's scope. `unavailable`: the next reading may succeed. */
  readonly missing: "not_granted" | "unavailable";
  /** A sentence, without a token. */
  readonly because: string;
}

/** A source of hints. */
export interface HintSource {
  readonly kind: HintKind;
  /** Reads on from its place; without a place, or one that it does not know, from `since`. Throws an abort's reason only. */
  read(place: string | null, since: Timestamp): Promise<Hints | NoHints>;
}

/** Collects what a source names, within the bounds of `Hints`. */
export class HintCollector {
  readonly #organizations = new Set<OrganizationId>();
  readonly #changed = new Set<OrganizationId>();
  readonly #connections = new Set<ConnectionId>();

  /** `isItself`: the Organization itself was created, changed or deleted. */
  organization(id: OrganizationId, isItself = false): void {
    if (this.#organizations.size <= MOST_HINTED) this.#organizations.add(id);
    if (isItself && this.#changed.size <= MOST_HINTED) this.#changed.add(id);
  }

  connection(id: ConnectionId): void {
    if (this.#connections.size <= MOST_HINTED) this.#connections.add(id);
  }

  get result(): Pick<Hints, "organizationIds" | "changedIds" | "connectionIds"> {
    return {
      organizationIds: [...this.#organizations].sort(compareText),
      changedIds: [...this.#changed].sort(compareText),
      connectionIds: [...this.#connections].sort(compareText),
    };
  }
}
