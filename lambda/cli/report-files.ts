import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder, OWNER_ONLY } from "../disk/files.ts";
import { ConfigurationError } from "../domain/errors.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";

/** Hands each rendered report to `take` by its file name, instead of storing it beside the evidence. */
export function reportFiles(take: (name: string, body: Uint8Array) => Promise<void>): Pick<EvidenceStore, "replace"> {
  return {
    replace: async (key, body) => {
      await take(basename(key), body);
      return null;
    },
  };
}

/** Writes a report into the folder of `--out`, and returns its path. Throws `ConfigurationError`. */
export async function writeReport(folder: string, name: string, body: Uint8Array): Promise<string> {
  try {
    await makeFolder(folder);
    await writeFile(join(folder, name), body, { mode: OWNER_ONLY.file });
  } catch (cause) {
    throw new ConfigurationError(`--out: ${JSON.stringify(folder)} cannot be written to.`, { cause });
  }
  return join(folder, name);
}
