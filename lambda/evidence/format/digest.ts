import { createHash } from "node:crypto";
import type { Sha256 } from "../../domain/identifiers.ts";

/** SHA-256 of `content` in lower-case hex. */
export function sha256(content: string | Uint8Array): Sha256 {
  return createHash("sha256").update(content).digest("hex") as Sha256;
}
