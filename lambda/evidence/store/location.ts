import { isObjectKey } from "./object-key.ts";

export interface S3Location {
  readonly bucket: string;
  /** What every key begins with: empty, or ends with a slash. */
  readonly prefix: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** Parses `bucket`, `bucket/prefix` or the same after `s3://`. Null when the text names no bucket or a bad prefix. */
export function parseS3Location(text: string): S3Location | null {
  const [bucket = "", ...rest] = text.replace(/^s3:\/\//, "").split("/");
  const path = rest.join("/").replace(/\/$/, "");
  if (!BUCKET.test(bucket) || (path !== "" && !isObjectKey(path))) return null;
  return { bucket, prefix: path === "" ? "" : `${path}/` };
}
