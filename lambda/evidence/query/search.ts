import type { ConnectionId } from "../../domain/identifiers.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import type { SnapshotHead } from "../format/line-head.ts";
import { knownConnections, scanState } from "../state/scan.ts";
import type { StateLayer } from "../state/state.ts";
import type { EvidenceReader } from "../store/port.ts";
import { NearNames } from "./near-names.ts";

/** An exact name is always found among so many Organizations; a search of more ends when it has enough results. */
const MOST_SEARCHED = 250_000;

/** A connection as an Organization has it enabled. */
export type FoundConnection = Pick<EnabledConnection, "connectionId" | "name" | "strategy">;

export interface Found {
  /** Those whose name, display name or ID is the text come first. */
  readonly organizations: readonly SnapshotHead[];
  readonly connections: readonly FoundConnection[];
  /** Whether there is more than `most` of either. */
  readonly hasMore: boolean;
  /** Similar names, when nothing was found. */
  readonly near: readonly string[];
}

export interface Search {
  /** Part of a name, of a display name or of an ID, in upper or lower case. */
  readonly text: string;
  /** How many Organizations and how many connections are found at most. */
  readonly most: number;
  readonly signal: AbortSignal;
}

/**
 * Searches the Organizations and connections of a state; `layers` are its runs, newest first. Only the results are in
 * memory. Throws `EvidenceError`, and the signal's reason.
 */
export async function searchState(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  { most, signal, text }: Search,
): Promise<Found> {
  const part = text.toLowerCase();
  const stored = JSON.stringify(text).slice(1, -1).toLowerCase();
  const exact: SnapshotHead[] = [];
  const others: SnapshotHead[] = [];
  const connections = new Map<ConnectionId, FoundConnection>();
  const near = new NearNames(text);
  let searched = 0;
  let hasMore = false;
  for await (const organization of scanState(store, layers, signal)) {
    searched += 1;
    const { head } = organization;
    const names = namesOf(head);
    if (names.includes(part)) exact.push(head);
    else if (names.some((name) => name.includes(part))) {
      if (others.length < most) others.push(head);
      else hasMore = true;
    }
    if (exact.length === 0 && others.length === 0 && connections.size === 0) {
      near.offer(head.organizationName);
      near.offer(head.organizationDisplayName);
    }
    const isFull = hasMore && connections.size === most;
    if (!isFull && organization.rest.toLowerCase().includes(stored))
      for (const { connectionId, name, strategy } of knownConnections(organization.decode())) {
        const isFound = [connectionId, name ?? ""].some((one) => one.toLowerCase().includes(part));
        if (!isFound || connections.has(connectionId)) continue;
        if (connections.size < most) connections.set(connectionId, { connectionId, name, strategy });
        else hasMore = true;
      }
    if (hasMore && searched >= MOST_SEARCHED) break;
  }
  const organizations = [...exact, ...others].slice(0, most);
  const isNothing = organizations.length === 0 && connections.size === 0;
  return {
    organizations,
    connections: [...connections.values()].sort((left, right) => rank(left, part) - rank(right, part)),
    hasMore,
    near: isNothing ? near.names : [],
  };
}

function namesOf({ organizationDisplayName, organizationId, organizationName }: SnapshotHead): readonly string[] {
  return [organizationId, organizationName ?? "", organizationDisplayName ?? ""].map((name) => name.toLowerCase());
}

/** The text itself comes first. */
function rank({ connectionId, name }: FoundConnection, part: string): number {
  return [connectionId, name ?? ""].some((one) => one.toLowerCase() === part) ? 0 : 1;
}
