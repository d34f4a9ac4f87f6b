import { createHash } from "node:crypto";
import { EvidenceStoreError } from "../../lambda/domain/errors.ts";
import type { ObjectKey } from "../../lambda/domain/identifiers.ts";
import { compareText } from "../../lambda/domain/order.ts";
import { checkKey, isObjectKey } from "../../lambda/evidence/store/object-key.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";

/** One call of the store; a list counts once, when it starts. */
export interface StoreOperation {
  readonly kind: "create" | "replace" | "exists" | "read" | "list";
  /** The key, or the prefix of a list. */
  readonly key: string;
  /** Calls so far, this one included. */
  readonly count: number;
}

/**
 * What goes wrong with a call: nothing happens and it throws (`refused`); it happens and throws all the same
 * (`answer_lost`); the body that was read breaks in the middle (`cut_off`; as `refused` for a write).
 */
export type StoreFault = "refused" | "answer_lost" | "cut_off";

export interface MemoryObject {
  readonly body: Uint8Array;
  readonly contentType: string;
}

export interface MemoryEvidenceStore extends EvidenceStore {
  /** What is stored; a test may look, copy, alter and delete. */
  readonly objects: Map<string, MemoryObject>;
  /** Every call so far, in order. */
  readonly operations: readonly StoreOperation[];
  /** Decides what goes wrong; null: nothing does. */
  fault: ((operation: StoreOperation) => StoreFault | null) | null;
  /** Awaited before a call does anything: holds calls back, lets others go first, or throws to end the process. */
  before: ((operation: StoreOperation) => Promise<void>) | null;
  /** The stored text of a key; throws when there is none. */
  text(key: string): string;
}

/** An evidence store in memory that keeps the rules of the real ones. `objects` lets two stores share one memory. */
export function memoryEvidenceStore(objects: Map<string, MemoryObject> = new Map()): MemoryEvidenceStore {
  const operations: StoreOperation[] = [];

  async function perform<Result>(
    kind: StoreOperation["kind"],
    key: string,
    work: (fault: StoreFault | null) => Result,
  ): Promise<Result> {
    const operation = { kind, key, count: operations.length + 1 };
    operations.push(operation);
    await store.before?.(operation);
    const fault = store.fault?.(operation) ?? null;
    if (fault === "refused") throw unreachable(key);
    const result = work(fault);
    if (fault === "answer_lost") throw unreachable(key);
    return result;
  }

  function put(key: string, body: Uint8Array, contentType: string, fault: StoreFault | null): string {
    if (fault === "cut_off") throw unreachable(key);
    // A copy: whoever wrote it may use its buffer again.
    objects.set(key, { body: Uint8Array.from(body), contentType });
    return etagOf(body);
  }

  const store: MemoryEvidenceStore = {
    location: "memory:",
    objects,
    operations,
    fault: null,
    before: null,

    text: (key) => {
      const object = objects.get(key);
      if (object === undefined) throw new RangeError(`Nothing is stored as ${key}.`);
      return Buffer.from(object.body).toString();
    },

    create: async (key, body, contentType) => {
      checkKey(key);
      return perform("create", key, (fault) => {
        if (objects.has(key)) return "exists";
        put(key, body, contentType, fault);
        return "created";
      });
    },

    replace: async (key, body, contentType, condition) => {
      checkKey(key);
      return perform("replace", key, (fault) => {
        const stored = objects.get(key);
        const etag = stored === undefined ? null : etagOf(stored.body);
        if (condition !== undefined && condition.ifMatch !== etag) return null;
        return put(key, body, contentType, fault);
      });
    },

    exists: async (key) => {
      checkKey(key);
      return perform("exists", key, () => objects.has(key));
    },

    read: async (key) => {
      checkKey(key);
      return perform("read", key, (fault) => {
        const stored = objects.get(key);
        if (stored === undefined) return null;
        return { body: pieces(stored.body, fault === "cut_off" ? key : null), etag: etagOf(stored.body) };
      });
    },

    async *list(prefix, startAfter = "") {
      await perform("list", prefix, () => {});
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort(compareText);
      for (const key of keys) if (objects.has(key) && isObjectKey(key)) yield key satisfies ObjectKey;
    },
  };
  return store;
}

function etagOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}

/** In two pieces, so that nobody relies on one; with `cutOff`, only the first of them comes. */
async function* pieces(body: Uint8Array, cutOff: string | null): AsyncGenerator<Uint8Array> {
  const middle = Math.floor(body.length / 2);
  yield body.slice(0, middle);
  if (cutOff !== null) throw unreachable(cutOff);
  yield body.slice(middle);
}

function unreachable(key: string): EvidenceStoreError {
  return new EvidenceStoreError("unreachable", `memory:/${key} could not be reached; the test wants it so.`);
}
