import { EvidenceStoreError } from "../../domain/errors.ts";
import type { ObjectKey } from "../../domain/identifiers.ts";

const KEY = /^[A-Za-z0-9=._-]+(?:\/[A-Za-z0-9=._-]+)*$/;
/** The limit of S3 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html); ASCII, so also in bytes. */
const LONGEST_KEY_CHARACTERS = 1024;

/** Whether `text` is a key of the evidence store. Objects with other names are never listed. */
export function isObjectKey(text: string): text is ObjectKey {
  return (
    text.length <= LONGEST_KEY_CHARACTERS &&
    KEY.test(text) &&
    text.split("/").every((segment) => segment !== "." && segment !== "..")
  );
}

/**
 * Refuses other keys, because a name from outside must not lead out of the store. Throws `EvidenceStoreError`
 * (`invalid_location`).
 */
export function checkKey(key: string): void {
  if (!isObjectKey(key))
    throw new EvidenceStoreError(
      "invalid_location",
      `${JSON.stringify(key)} is not an object key of the evidence store: it may hold A-Z a-z 0-9 = . _ / - only, and no empty, "." or ".." segment.`,
    );
}
