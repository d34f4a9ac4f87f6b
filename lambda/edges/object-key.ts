import { EvidenceStoreError } from "../core/errors.ts";

const KEY = /^[A-Za-z0-9=._-]+(?:\/[A-Za-z0-9=._-]+)*$/;

/** Refuses keys that the contract does not know: a name from outside must never lead out of the store. */
export function checkKey(key: string): void {
  if (!KEY.test(key) || key.split("/").some((segment) => segment === "." || segment === ".."))
    throw new EvidenceStoreError(
      "invalid_location",
      `${JSON.stringify(key)} is not an object key of the evidence store.`,
    );
}
