import type { Answer, Asked } from "./answer.ts";
import { changes } from "./routes/changes.ts";
import { connection } from "./routes/connection.ts";
import { findings } from "./routes/findings.ts";
import { home } from "./routes/home.ts";
import { organization } from "./routes/organization.ts";
import { run } from "./routes/run.ts";
import { runs } from "./routes/runs.ts";
import { search } from "./routes/search.ts";

/** The page of a path: by its first segment, and by how many there are. */
const ROUTES: Readonly<Record<string, readonly [one: Route | null, two: Route | null]>> = {
  "": [home, null],
  search: [search, null],
  organizations: [null, organization],
  connections: [null, connection],
  findings: [findings, null],
  changes: [changes, null],
  runs: [runs, run],
};

type Route = (asked: Asked) => Promise<Answer>;

/** Answers an address. Throws `ConfigurationError` for what cannot be asked, `EvidenceError`, `EvidenceStoreError`. */
export async function answerTo(url: URL, asked: Pick<Asked, "archive" | "signal">): Promise<Answer> {
  const path = segments(url.pathname);
  const [one, two] = (path !== null && Object.hasOwn(ROUTES, path[0] ?? "") ? ROUTES[path[0] ?? ""] : null) ?? [];
  const route = path === null || path.length > 2 ? null : path.length === 2 ? two : one;
  if (path === null || !route) return { kind: "not_found", message: "There is no such page." };
  return route({ ...asked, path, query: url.searchParams });
}

/** The decoded segments of a path; null when one is badly encoded or empty. */
function segments(pathname: string): readonly string[] | null {
  try {
    const [first = "", ...rest] = pathname.slice(1).split("/").map(decodeURIComponent);
    return rest.includes("") ? null : [first, ...rest];
  } catch {
    return null;
  }
}
