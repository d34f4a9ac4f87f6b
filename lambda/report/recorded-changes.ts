import { counted, moment } from "../domain/text.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { Uncovered } from "../evidence/query/coverage.ts";
import type { ListFrame } from "./list.ts";
import { uncoveredTexts } from "./text/coverage.ts";
import { givenTimeText } from "./text/notices.ts";

/** The runs whose changes are listed, at least one, oldest first, and what they do not cover. */
export interface ListedRuns {
  readonly runs: readonly Manifest[];
  readonly uncovered: readonly Uncovered[];
}

/** What surrounds the changes that runs recorded. Its JSON is the array of change lines alone. */
export function recordedChangesFrame({ runs, uncovered }: ListedRuns): ListFrame {
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("There is no run whose changes could be listed.");
  const failed = runs.filter(({ status }) => status === "failed").length;
  const partial = runs.filter(({ status }) => status === "partial").length;
  return {
    tenant: first.tenant,
    heading: `Changes in ${first.domain} that ${counted(runs.length, "run")} recorded (${moment(first.completedAt)} to ${moment(last.completedAt)})`,
    notes: () => [
      ...(failed === 0 ? [] : [`${counted(failed, "run")} failed and recorded no changes.`]),
      ...(partial === 0
        ? []
        : [`${counted(partial, "run")} could not read every Organization: the command runs says how many.`]),
      ...runs.flatMap((run) => givenTimeText(run) ?? []),
      ...uncoveredTexts(uncovered),
    ],
    json: { before: "", after: () => "" },
  };
}
