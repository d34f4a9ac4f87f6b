import type { ObjectKey } from "../../domain/identifiers.ts";

export interface StoredObject {
  readonly body: AsyncIterable<Uint8Array>;
  /** Opaque; equal for equal versions of the object. */
  readonly etag: string;
}

/** The evidence store: an S3 bucket, or a folder with the same keys. Every method throws `EvidenceStoreError`. */
export interface EvidenceStore {
  /** Where it is, for people: `s3://bucket` or a folder's path. */
  readonly location: string;
  /** Writes the object whole if the key is free. What is stored wins: an existing object is never touched. */
  create(key: ObjectKey, body: Uint8Array, contentType: string): Promise<"created" | "exists">;
  /**
   * Writes the object whole, whatever stands there (derived objects, state). With `ifMatch`, only over that version
   * (null: only where none stands); answers the new version's etag, or null when another version stood there.
   */
  replace(
    key: ObjectKey,
    body: Uint8Array,
    contentType: string,
    condition?: { readonly ifMatch: string | null },
  ): Promise<string | null>;
  /** Null when there is no such object. */
  read(key: ObjectKey): Promise<StoredObject | null>;
  /** Keys under a prefix, in ascending order of their bytes, after `startAfter`. */
  list(prefix: string, startAfter?: string): AsyncIterable<ObjectKey>;
}

/** The evidence store for whoever only reads it: the evidence commands can write nothing. */
export type EvidenceReader = Pick<EvidenceStore, "location" | "read" | "list">;
