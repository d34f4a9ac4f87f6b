import { ConfigurationError, EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, RunId, Sha256, Tenant, Timestamp } from "../../domain/identifiers.ts";
import { compareText } from "../../domain/order.ts";
import { type InstantRange, runInstant } from "../../domain/time.ts";
import { inOrder } from "../../streams/in-order.ts";
import { type Manifest, readsWholeTenant } from "../format/manifest.ts";
import { readManifest, type StoredManifest } from "../store/manifests.ts";
import type { EvidenceReader } from "../store/port.ts";
import { runKeys } from "./runs.ts";

const READ_AHEAD_RUNS = 8;

type ReadRun = Pick<StoredManifest, "manifest" | "reference">;

interface UnreadableRun {
  readonly runId: RunId;
  readonly error: EvidenceError;
}

/**
 * A tenant's runs by the time of their observations. The time of a run is when it was completed: all that it says was
 * observed by then. Its name says nothing about the time, because a caller can choose it.
 */
export class RecordedRuns {
  readonly tenant: Tenant;
  readonly location: string;
  readonly #runs: readonly Manifest[];
  readonly #hashes: ReadonlyMap<RunId, Sha256>;
  readonly #unreadable: readonly UnreadableRun[];

  private constructor(
    { location }: EvidenceReader,
    tenant: Tenant,
    runs: readonly Manifest[],
    hashes: ReadonlyMap<RunId, Sha256>,
    unreadable: readonly UnreadableRun[],
  ) {
    this.tenant = tenant;
    this.location = location;
    this.#runs = runs;
    this.#hashes = hashes;
    this.#unreadable = unreadable;
  }

  /**
   * Reads every manifest of a tenant. Manifests are never changed: those that `known` has are not read again. Throws
   * `EvidenceStoreError`.
   */
  static async read(store: EvidenceReader, tenant: Tenant, known: RecordedRuns | null = null): Promise<RecordedRuns> {
    const runs: Manifest[] = [];
    const hashes = new Map<RunId, Sha256>();
    const unreadable: UnreadableRun[] = [];
    const before = known === null ? new Map<ObjectKey, ReadRun>() : known.#byKey();
    const read = async (key: ObjectKey) => before.get(key) ?? readManifest(store, key);
    for await (const stored of inOrder(runKeys(store, tenant), read, READ_AHEAD_RUNS)) {
      if (stored === null) continue;
      const { manifest, reference } = stored;
      if (manifest instanceof EvidenceError) unreadable.push({ runId: reference.runId, error: manifest });
      else {
        runs.push(manifest);
        hashes.set(manifest.runId, reference.sha256);
      }
    }
    return new RecordedRuns(store, tenant, runs.sort(byTime), hashes, unreadable);
  }

  #byKey(): ReadonlyMap<ObjectKey, ReadRun> {
    const all = new Map<ObjectKey, ReadRun>();
    for (const manifest of this.#runs) {
      const { key, runId } = manifest;
      const sha256 = this.#hashes.get(runId);
      if (sha256 !== undefined) all.set(key, { manifest, reference: { runId, key, sha256 } });
    }
    return all;
  }

  /** Every run with a valid manifest, oldest first. For what helps with an answer; `within` is for the answer itself. */
  get readable(): readonly Manifest[] {
    return this.#runs;
  }

  /** The runs whose manifest cannot be read. */
  get unreadable(): readonly RunId[] {
    return this.#unreadable.map(({ runId }) => runId);
  }

  /**
   * The runs completed in a range, of every status, oldest first. Throws the `EvidenceError` of an unreadable manifest
   * whose name is in the range: it could belong to the answer.
   */
  within(range: InstantRange): readonly Manifest[] {
    this.#refuseUnreadable(range);
    return this.#runs.filter((run) => isWithin(run, range));
  }

  /** The runs with a valid manifest that were completed after a run, oldest first. */
  after(run: Manifest): readonly Manifest[] {
    return this.#runs.slice(this.#runs.findIndex(({ runId }) => runId === run.runId) + 1);
  }

  /**
   * The runs that make up the state at a run, newest first: back to the last one over the whole tenant. Throws as `within`
   * does.
   */
  layersAt(run: Manifest): readonly Manifest[] {
    const until = this.#runs.slice(0, this.#runs.findIndex(({ runId }) => runId === run.runId) + 1);
    const layers = until.filter(({ status }) => status !== "failed").reverse();
    const whole = layers.findIndex(readsWholeTenant);
    const state = whole === -1 ? layers : layers.slice(0, whole + 1);
    const oldest = state.at(-1) ?? run;
    this.#refuseUnreadable({ fromMs: runInstant(oldest.runId), toMs: runInstant(run.runId) });
    return state;
  }

  /** The last run with a snapshot that was completed in a range; null when there is none. Throws as `within` does. */
  last(range: InstantRange): Manifest | null {
    const last = this.#runs.findLast((run) => run.status !== "failed" && isWithin(run, range)) ?? null;
    this.#refuseUnreadable(last === null ? range : { ...range, fromMs: runInstant(last.runId) });
    return last;
  }

  /** The run with this ID, of any status. Throws its `EvidenceError`, and `ConfigurationError` that names `option`. */
  named(id: RunId, option: string): Manifest {
    const instantMs = runInstant(id);
    this.#refuseUnreadable({ fromMs: instantMs, toMs: instantMs });
    const run = this.#runs.find(({ runId }) => runId === id);
    if (run !== undefined) return run;
    throw new ConfigurationError(
      `${option}: there is no run ${id} of ${this.tenant} in ${this.location}; the command runs lists them.`,
    );
  }

  /** The SHA-256 of a run's manifest. */
  hashOf({ runId }: Manifest): Sha256 | null {
    return this.#hashes.get(runId) ?? null;
  }

  /** The last run before a range and the first one after it, and runs that are named by a time in the range. */
  around(range: InstantRange): readonly Manifest[] {
    const before = this.#runs.findLast((run) => timeOf(run) < range.fromMs);
    const after = this.#runs.find((run) => timeOf(run) > range.toMs);
    const inRange = this.#runs.filter((run) => isWithin(run, range) || isNamedWithin(run, range));
    return [...new Set([before, ...inRange, after])].filter((run) => run !== undefined).sort(byTime);
  }

  #refuseUnreadable({ fromMs, toMs }: InstantRange): void {
    for (const { runId, error } of this.#unreadable)
      if (runInstant(runId) >= fromMs && runInstant(runId) <= toMs) throw error;
  }
}

/** The time of a run, in milliseconds since the epoch. */
export function timeOf({ completedAt }: { readonly completedAt: Timestamp }): number {
  return Date.parse(completedAt);
}

function isWithin(run: Manifest, { fromMs, toMs }: InstantRange): boolean {
  return timeOf(run) >= fromMs && timeOf(run) <= toMs;
}

function isNamedWithin({ runId, scheduledTimeGiven }: Manifest, { fromMs, toMs }: InstantRange): boolean {
  return scheduledTimeGiven && runInstant(runId) >= fromMs && runInstant(runId) <= toMs;
}

function byTime(left: Manifest, right: Manifest): number {
  return (
    compareText(left.completedAt, right.completedAt) ||
    compareText(left.startedAt, right.startedAt) ||
    compareText(left.runId, right.runId)
  );
}
