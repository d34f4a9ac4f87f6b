import type { DescribeConnection } from "../attribution/model.ts";
import { ConnectionSharing } from "../changes/connection-sharing.ts";
import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, Sha256 } from "../domain/identifiers.ts";
import { isObject } from "../domain/json.ts";
import type { Operation } from "../domain/operation.ts";
import { lastObservation } from "../domain/snapshot.ts";
import { sha256 } from "../evidence/format/digest.ts";
import { decodeLine, encodeLine } from "../evidence/format/json-line.ts";
import { runStateKey } from "../evidence/format/keys.ts";
import { decodeSnapshot } from "../evidence/format/lines.ts";
import { type EvidenceFile, readsWholeTenant } from "../evidence/format/manifest.ts";
import { list, nullable, object } from "../evidence/format/shape.ts";
import { text } from "../evidence/format/values.ts";
import { readFewConnections } from "../evidence/state/few-connections.ts";
import { findLayers } from "../evidence/state/layers.ts";
import { readConnections } from "../evidence/state/sharing.ts";
import type { StateLayer } from "../evidence/state/state.ts";
import { readVerified } from "../evidence/store/part-reader.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { collect } from "../streams/collect.ts";
import { renewLease } from "./lease.ts";
import type { FoundOperations } from "./operations/read.ts";
import { byOrganization, readSorted } from "./operations/sorted-runs.ts";
import type { Run } from "./run.ts";
import { readLayers, unreadable } from "./state.ts";
import type { Sweep } from "./work.ts";

/** A run over a list looks so far back for one over the whole tenant; each run is read while the others are. */
const MOST_LAYERS = 100;
/** So many connections that operations name are described; those of a tenant are fewer than its Organizations. */
const MOST_DESCRIBED = 10_000;
const SHARED = "shared-connections.bin";
const DESCRIBED = "described-connections.json";

const describedShape = list(object({ id: text, name: nullable(text), strategy: nullable(text) }));

/** An object that holds facts: its digest is saved with the execution, so that one that was changed since is not used. */
interface StoredObject {
  readonly bytes: number;
  readonly sha256: Sha256;
}

export interface StoredFacts {
  readonly shared: StoredObject;
  readonly described: StoredObject;
}

/** What a run knows of the tenant's connections. */
export interface Facts {
  readonly sharing: ConnectionSharing;
  /** Name and strategy of a connection that the run's operations name, from any Organization that has it. */
  readonly describe: DescribeConnection;
}

/**
 * Finds which connections several Organizations have after this run, and what is known of those that its operations name,
 * in one step, so that those that compare and judge need not read the whole state. It is kept in state. Throws
 * `RunFailure`.
 */
export async function findFacts(
  work: Sweep,
  snapshot: readonly EvidenceFile[],
  operations: FoundOperations,
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
      const wanted = await connectionsIn(store, run, operations);
      const layers = await layersAfter(store, run, snapshot);
      const { described, sharing } =
        run.kind === "update"
          ? await readFewConnections(store, layers, new Set([...wanted, ...(await enabledIn(store, snapshot))]))
          : await readConnections(store, layers, wanted);
      return {
        shared: await keep(store, factsKey(run, SHARED), sharing.shared()),
        described: await keep(store, factsKey(run, DESCRIBED), Buffer.from(encodeLine(describedShape, described))),
      };
    } catch (error) {
      throw unreadable(error, "The state after the run can no longer be read");
    }
  });
}

/** The connections that the Organizations of an update have: only of these it matters who else has them. */
async function enabledIn(store: EvidenceReader, snapshot: readonly EvidenceFile[]): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (const file of snapshot)
    for await (const line of readVerified(store, file))
      for (const { connectionId } of lastObservation(decodeSnapshot(line, file.key))?.enabledConnections ?? [])
        ids.add(connectionId);
  return ids;
}

async function keep(store: EvidenceStore, key: ObjectKey, bytes: Uint8Array): Promise<StoredObject> {
  await store.replace(key, bytes, "application/octet-stream");
  return { bytes: bytes.length, sha256: sha256(bytes) };
}

/** The connections that the operations of a run name. */
async function connectionsIn(store: EvidenceReader, run: Run, { runs }: FoundOperations): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const operation of readSorted(store, run, runs, byOrganization))
    for (const id of [operation.connectionId, ...createdWith(operation)])
      if (id !== null && ids.size < MOST_DESCRIBED) ids.add(id);
  return ids;
}

function createdWith({ requested: { enabled_connections: list } }: Operation): readonly string[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one) => (isObject(one) && typeof one.connection_id === "string" ? [one.connection_id] : []));
}

/** The state after the run: the Organizations of an update, and of a run over a list, are a part of the tenant. */
async function layersAfter(
  store: EvidenceReader,
  run: Run,
  snapshot: readonly EvidenceFile[],
): Promise<readonly StateLayer[]> {
  const { kind, previous, scope } = run;
  const newest: StateLayer = { kind, scope, files: snapshot };
  if (readsWholeTenant(newest)) return [newest];
  if (kind === "update") return [newest, ...(await readLayers(store, run))];
  const { layers } = await findLayers(store, previous, "all", { mostLayers: MOST_LAYERS });
  return [newest, ...layers.map(({ manifest }) => manifest)];
}

/** What `findFacts` found. Throws `RunFailure` (`evidence_unreadable`) when it was changed since. */
export async function readFacts(
  store: EvidenceReader,
  run: Pick<Run, "tenant" | "runId">,
  { described, shared }: StoredFacts,
): Promise<Facts> {
  const sharing = ConnectionSharing.of(await readObject(store, factsKey(run, SHARED), shared));
  const key = factsKey(run, DESCRIBED);
  const text = Buffer.from(await readObject(store, key, described)).toString();
  const byId = new Map(decodeLine(describedShape, text, key).map(({ id, ...rest }) => [id, rest]));
  return { sharing, describe: (id) => byId.get(id) ?? null };
}

async function readObject(store: EvidenceReader, key: ObjectKey, expected: StoredObject): Promise<Uint8Array> {
  const stored = await store.read(key);
  const bytes = stored === null ? null : await collect(stored.body, expected.bytes);
  if (bytes !== null && sha256(bytes) === expected.sha256) return bytes;
  throw unreadable(
    new EvidenceError("altered", `${key}: it is not what the run stored.`),
    "What the run knows of the tenant's connections was changed",
  );
}

function factsKey({ runId, tenant }: Pick<Run, "tenant" | "runId">, name: string): ObjectKey {
  return runStateKey(tenant, runId, name);
}
