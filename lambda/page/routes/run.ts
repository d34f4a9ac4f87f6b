import type { OrganizationId } from "../../domain/identifiers.ts";
import { parseRunId } from "../../domain/time.ts";
import { scanState } from "../../evidence/state/scan.ts";
import type { UnreadOrganization } from "../../report/model.ts";
import type { Answer, Asked } from "../answer.ts";
import { textOf } from "../ask.ts";
import { happenedIn } from "../happened.ts";
import { runBody } from "../html/run.ts";

const MOST_SHOWN = 100;

/** `/runs/RUN?after=ORGANIZATION` */
export async function run({ archive, path, query, signal }: Asked): Promise<Answer> {
  const runId = parseRunId(path[1] ?? "");
  const runs = await archive.runs();
  const manifest = runs.readable.find((one) => one.runId === runId);
  if (manifest === undefined)
    return { kind: "not_found", message: `There is no run ${path[1]} of ${runs.tenant} in ${runs.location}.` };
  const after = textOf(query, "after") as OrganizationId;
  const unread: UnreadOrganization[] = [];
  let nextUnread: OrganizationId | null = null;
  if (manifest.summary.organizations.failed > 0)
    for await (const one of scanState(archive.reader, [manifest], signal)) {
      if (one.head.status !== "failed" || one.head.organizationId <= after) continue;
      const known = one.decode();
      if (unread.length === MOST_SHOWN) {
        nextUnread = known.organizationId;
        break;
      }
      if (known.status === "failed") unread.push(known);
    }
  const sha256 = runs.hashOf(manifest);
  const happened = await happenedIn(archive.reader, manifest);
  return { kind: "page", title: `Run ${runId}`, body: runBody({ manifest, sha256, happened, unread, nextUnread }) };
}
