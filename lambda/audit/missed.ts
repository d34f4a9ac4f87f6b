import { LATE_LOGS_MS } from "../attribution/search.ts";
import type { OrganizationId, Timestamp } from "../domain/identifiers.ts";
import type { Operation } from "../domain/operation.ts";
import { lastObservation } from "../domain/snapshot.ts";
import { timestamp } from "../domain/time.ts";
import type { Execution } from "../execution/port.ts";
import { eventHints } from "../hints/events.ts";
import { logHints } from "../hints/logs.ts";
import type { Compared } from "./operations/decide.ts";
import type { FoundOperations } from "./operations/read.ts";
import { byOrganization, readSorted } from "./operations/sorted-runs.ts";
import type { Sweep } from "./work.ts";

/** What hints name since the last update, and no update has read yet. */
export interface Unread {
  /** What happened before was the updates' to find. */
  readonly since: Timestamp;
  /** What the tenant's events name; empty where they are not read. */
  readonly organizations: readonly OrganizationId[];
  readonly connections: readonly string[];
}

/**
 * For a sweep of a tenant that has updates: what the next update would have read. Null when hints are not in use. Throws
 * an abort's reason only.
 */
export async function findUnread(
  work: Sweep,
  operations: FoundOperations,
  execution: Execution,
): Promise<Unread | null> {
  const { dependencies, run } = work;
  const { place } = run;
  if (place === null || run.kind !== "sweep" || run.scope !== "all") return null;
  const { events } = dependencies;
  if (events === undefined && operations.coverage === null) return null;
  return execution.step<Unread>("unread-hints", async () => {
    const since = timestamp(Date.parse(place.logs ?? place.until) - LATE_LOGS_MS);
    const read = events === undefined ? null : await eventHints(events).read(place.events, place.until);
    if (read === null || "missing" in read) return { since, organizations: [], connections: [] };
    return { since, organizations: read.organizationIds, connections: read.connectionIds };
  });
}

/** Tells which of a sweep's changes no hint named. */
export class MissedByHints {
  readonly #since: Timestamp;
  readonly #organizations: ReadonlySet<string>;
  readonly #connections: ReadonlySet<string>;

  private constructor(since: Timestamp, organizations: ReadonlySet<string>, connections: ReadonlySet<string>) {
    [this.#since, this.#organizations, this.#connections] = [since, organizations, connections];
  }

  static async open({ dependencies, run }: Sweep, found: FoundOperations, unread: Unread): Promise<MissedByHints> {
    const connections = new Set(unread.connections);
    for await (const operation of readSorted(dependencies.store, run, found.runs, byOrganization)) {
      // They come first.
      if (operation.organizationId !== null) break;
      for (const id of await namedBy([operation], unread.since)) connections.add(id);
    }
    return new MissedByHints(unread.since, new Set(unread.organizations), connections);
  }

  /** How many changes of an Organization no hint names; `own` are the operations on it. */
  async count({ changes, known, organizationId }: Compared, own: readonly Operation[]): Promise<number> {
    // One that could not be read is read again by the next update.
    if (changes.length === 0 || known?.status === "failed" || this.#organizations.has(organizationId)) return 0;
    // A connection of the whole tenant names the Organizations that are known to have it.
    const had = (known === null ? null : lastObservation(known))?.enabledConnections ?? [];
    if (had.some(({ connectionId }) => this.#connections.has(connectionId))) return 0;
    return (await namedBy(own, this.#since)).length > 0 ? 0 : changes.length;
  }
}

/** The Organizations and connections that operations since a time hint at. */
async function namedBy(operations: readonly Operation[], since: Timestamp): Promise<readonly string[]> {
  const logs = { from: since, until: since, complete: true, because: null, entries: 0 };
  const hints = await logHints(
    operations.filter(({ at }) => at >= since),
    logs,
    null,
  );
  return [...hints.organizationIds, ...hints.connectionIds];
}
