import type { ObjectKey } from "../../domain/identifiers.ts";

export interface StoredObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** Opaque; equal for equal versions of the object. */
  readonly etag: string;
}

/** The evidence store: an S3 bucket, or a folder with the same keys. Every method throws `EvidenceStoreError`. */
export interface EvidenceStore {
  /** For people: `s3://bucket` or the path of a folder. */
  readonly location: string;
  /** Writes the whole object if the key is free. An existing object is never changed. */
  create(key: ObjectKey, body: Uint8Array, contentType: string): Promise<"created" | "exists">;
  /**
   * Writes the whole object, whether or not the key is free: derived objects and state. With `ifMatch`, only over that
   * version (null: only if the key is free). Returns the etag of the new version, or null when the condition is not met.
   */
  replace(
    key: ObjectKey,
    body: Uint8Array,
    contentType: string,
    condition?: { readonly ifMatch: string | null },
  ): Promise<string | null>;
  /** Whether there is such an object. Its content is not read. */
  exists(key: ObjectKey): Promise<boolean>;
  /** Null when there is no such object. */
  read(key: ObjectKey): Promise<StoredObject | null>;
  /** Keys under a prefix, in ascending order of their bytes, after `startAfter`. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectKey>;
}

/** The evidence store without the means to write. */
export type EvidenceReader = Pick<EvidenceStore, "location" | "exists" | "read" | "list">;
