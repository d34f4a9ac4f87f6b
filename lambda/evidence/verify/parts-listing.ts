import type { ObjectKey, RunId, Tenant } from "../../domain/identifiers.ts";
import { parsePartKey, partKey, partsPrefix, runFolder } from "../format/keys.ts";
import type { EvidenceFile, Manifest } from "../format/manifest.ts";
import type { EvidenceReader } from "../store/port.ts";

/** What a stored object is that no manifest names. */
export type Unaccounted =
  /** A part of a run that was not recorded, or of an attempt of a run that another attempt finished. */
  | { readonly kind: "leftover"; readonly key: ObjectKey; readonly runId: RunId }
  /** An object that no attempt of a run writes. */
  | { readonly kind: "unknown"; readonly key: ObjectKey; readonly runId: RunId | null };

/** The word that this program puts into the names of parts. No one can predict it, but anyone can write one like it. */
const ATTEMPT_WORD = /^[0-9a-f]{16}$/;

/**
 * The stored parts of one role, next to the manifests: both ascend by run, so each is read once and none is held. Calls
 * must ascend by run.
 */
export class PartsListing {
  readonly #role: EvidenceFile["role"];
  readonly #tenant: Tenant;
  readonly #keys: AsyncIterator<ObjectKey>;
  #next: ObjectKey | null = null;

  constructor(store: EvidenceReader, role: EvidenceFile["role"], tenant: Tenant) {
    this.#role = role;
    this.#tenant = tenant;
    this.#keys = store.list(partsPrefix(role, tenant))[Symbol.asyncIterator]();
  }

  /**
   * The objects up to the end of the run's folder that no manifest names. `manifest` is null when the run's manifest is not
   * valid: then nothing is known of the objects in its folder. Throws `EvidenceStoreError`.
   */
  async *upTo(runId: RunId, manifest: Manifest | null): AsyncGenerator<Unaccounted> {
    const folder = runFolder(this.#role, this.#tenant, runId);
    const named = new Set(manifest?.files.map(({ key }) => key));
    for await (const key of this.#until((one) => one > folder && !one.startsWith(folder))) {
      if (!key.startsWith(folder)) yield this.#ofNoRun(key);
      else if (manifest !== null && !named.has(key)) yield this.#besideRun(key, manifest);
    }
  }

  /** The objects after the last run. Throws `EvidenceStoreError`. */
  async *rest(): AsyncGenerator<Unaccounted> {
    for await (const key of this.#until(() => false)) yield this.#ofNoRun(key);
  }

  async *#until(isPast: (key: ObjectKey) => boolean): AsyncGenerator<ObjectKey> {
    for (;;) {
      this.#next ??= await this.#read();
      if (this.#next === null || isPast(this.#next)) return;
      yield this.#next;
      this.#next = null;
    }
  }

  async #read(): Promise<ObjectKey | null> {
    const { done, value } = await this.#keys.next();
    return done === true ? null : value;
  }

  #ofNoRun(key: ObjectKey): Unaccounted {
    const part = this.#parsed(key);
    return part === null ? { kind: "unknown", key, runId: null } : { kind: "leftover", key, runId: part.runId };
  }

  #besideRun(key: ObjectKey, { runId, status }: Manifest): Unaccounted {
    const part = this.#parsed(key);
    // A failed run names none of its parts; version 1.0 put no word into their names.
    const isLeftover = part !== null && (status === "failed" || ATTEMPT_WORD.test(part.word ?? ""));
    return { kind: isLeftover ? "leftover" : "unknown", key, runId };
  }

  #parsed(key: ObjectKey) {
    const part = parsePartKey(key);
    return part !== null && partKey(this.#role, this.#tenant, part) === key ? part : null;
  }
}
