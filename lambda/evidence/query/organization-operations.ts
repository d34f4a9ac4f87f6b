import type { OrganizationId } from "../../domain/identifiers.ts";
import type { Operation } from "../../domain/operation.ts";
import { decodeOperation } from "../format/lines.ts";
import type { Manifest } from "../format/manifest.ts";
import { fetchParts } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";

const OF_THE_TENANT = '"organization_id":null';

/**
 * The stored operations of a run on an Organization, and on connections of the whole tenant, in the order of time. Throws
 * `EvidenceError`.
 */
export async function operationsIn(
  store: EvidenceReader,
  { files }: Pick<Manifest, "files">,
  id: OrganizationId,
): Promise<readonly Operation[]> {
  const operations: Operation[] = [];
  const quoted = JSON.stringify(id);
  const parts = files.filter(({ role, rows }) => role === "operations" && rows > 0);
  for await (const { file, lines } of fetchParts(store, parts))
    for await (const some of lines)
      for (const line of some) {
        if (!line.includes(quoted) && !line.includes(OF_THE_TENANT)) continue;
        const operation = decodeOperation(line, file.key);
        if (operation.organizationId === null || operation.organizationId === id) operations.push(operation);
      }
  return operations;
}
