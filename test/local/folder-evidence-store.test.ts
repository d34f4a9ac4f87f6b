import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderEvidenceStore } from "../../lambda/local/folder-evidence-store.ts";
import { evidenceStoreContract } from "../support/evidence-store-contract.ts";

async function openFolder(options?: Parameters<typeof folderEvidenceStore>[1]) {
  const folder = await mkdtemp(join(tmpdir(), "evidence-"));
  return {
    stores: [folderEvidenceStore(folder, options), folderEvidenceStore(`${folder}/.`, options)] as const,
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

evidenceStoreContract("the folder store", () => openFolder());

evidenceStoreContract("the folder store without hard links", () =>
  openFolder({
    link: async () => {
      throw Object.assign(new Error("link"), { code: "EPERM" });
    },
  }),
);
