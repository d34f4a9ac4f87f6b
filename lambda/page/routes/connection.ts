import type { ConnectionId, OrganizationId } from "../../domain/identifiers.ts";
import { connectionUses } from "../../evidence/query/connection-use.ts";
import type { Answer, Asked } from "../answer.ts";
import { choiceOf, textOf } from "../ask.ts";
import { connectionBody } from "../html/connection.ts";
import { stateRun } from "./state-run.ts";

const MOST_SHOWN = 100;

/** `/connections/ID?at=DATE&after=ORGANIZATION` */
export async function connection({ archive, path, query, signal }: Asked): Promise<Answer> {
  const connectionId = (path[1] ?? "") as ConnectionId;
  const runs = await archive.runs();
  const manifest = stateRun(runs, choiceOf(query, "at"));
  const after = textOf(query, "after");
  const uses = await connectionUses(archive.reader, runs.layersAt(manifest), {
    connectionId,
    after: after === "" ? null : (after as OrganizationId),
    most: MOST_SHOWN,
    signal,
  });
  const title = uses.uses[0]?.connection.name ?? connectionId;
  return { kind: "page", title, body: connectionBody({ connectionId, at: textOf(query, "at"), manifest, uses }) };
}
