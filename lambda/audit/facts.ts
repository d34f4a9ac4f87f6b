import { ConnectionSharing } from "../changes/connection-sharing.ts";
import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, Sha256 } from "../domain/identifiers.ts";
import { sha256 } from "../evidence/format/digest.ts";
import { runStateKey } from "../evidence/format/keys.ts";
import type { EvidenceFile } from "../evidence/format/manifest.ts";
import { findLayers } from "../evidence/state/layers.ts";
import { readSharing } from "../evidence/state/sharing.ts";
import type { StateLayer } from "../evidence/state/state.ts";
import type { EvidenceReader } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { collect } from "../streams/collect.ts";
import { renewLease } from "./lease.ts";
import type { Run } from "./run.ts";
import { unreadable } from "./state.ts";
import type { Sweep } from "./sweep.ts";

/** A run over a list looks so far back for one over the whole tenant; each run is read while the others are. */
const MOST_LAYERS = 100;

/** What tells the stored facts: saved with the execution, so that an object that was changed since is not used. */
export interface StoredFacts {
  readonly bytes: number;
  readonly sha256: Sha256;
}

/**
 * Finds which connections several Organizations have after this run, in one step, so that those that compare and judge need
 * not read the whole state. What is shared is kept in state. Throws `RunFailure`.
 */
export async function findShared(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  execution: Execution,
): Promise<StoredFacts> {
  const { run, request, dependencies } = work;
  const { pauseSeconds } = request.chunk;
  // A wait ends the invocation: the pass over a large state gets the time of one of its own.
  if (pauseSeconds > 0) await execution.wait("before-facts", pauseSeconds);
  return execution.step<StoredFacts>("facts", async () => {
    await renewLease(run, request, dependencies);
    const { store } = dependencies;
    try {
      const sharing = await readSharing(store, await layersAfter(store, run, snapshot));
      const shared = sharing.shared();
      await store.replace(factsKey(run), shared, "application/octet-stream");
      return { bytes: shared.length, sha256: sha256(shared) };
    } catch (error) {
      throw unreadable(error, "The state after the run can no longer be read");
    }
  });
}

/** The state after the run: of a run over a list, its Organizations are a part of the tenant. */
async function layersAfter(
  store: EvidenceReader,
  { scope, previous }: Run,
  snapshot: readonly EvidenceFile[],
): Promise<readonly StateLayer[]> {
  const newest: StateLayer = { scope, files: snapshot };
  if (scope === "all") return [newest];
  const { layers } = await findLayers(store, previous, "all", MOST_LAYERS);
  return [newest, ...layers.map(({ manifest }) => manifest)];
}

/** What `findShared` found. Throws `RunFailure` (`evidence_unreadable`) when it was changed since. */
export async function readFacts(
  store: EvidenceReader,
  run: Pick<Run, "tenant" | "runId">,
  expected: StoredFacts,
): Promise<ConnectionSharing> {
  const key = factsKey(run);
  const stored = await store.read(key);
  const shared = stored === null ? null : await collect(stored.body, expected.bytes);
  if (shared === null || sha256(shared) !== expected.sha256)
    throw unreadable(
      new EvidenceError("altered", `${key}: it is not what the run stored.`),
      "What the run knows of shared connections was changed",
    );
  return ConnectionSharing.of(shared);
}

function factsKey({ runId, tenant }: Pick<Run, "tenant" | "runId">): ObjectKey {
  return runStateKey(tenant, runId, "shared-connections.bin");
}
