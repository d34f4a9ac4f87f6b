import { actorName } from "../../attribution/text.ts";
import { CONFIDENCES } from "../../changes/summary.ts";
import { grouped } from "../../domain/text.ts";
import type { ChangeGroup } from "../change-groups.ts";
import type { ReportModel } from "../model.ts";

const NAMED = 3;

/** `by terraform (26 certain, 1 likely), Alice Example (1 likely)`: who made the listed changes of a group; null when unknown. Unescaped. */
export function groupAuthors(
  { changes }: Pick<ChangeGroup, "changes">,
  attributions: ReportModel["attributions"],
): string | null {
  const made = changes.flatMap((change) => {
    const who = attributions.get(change);
    const last = who?.operations.at(-1);
    return who === undefined || last === undefined ? [] : [{ name: actorName(last), sure: who.attribution.confidence }];
  });
  const authors = [...Map.groupBy(made, ({ name }) => name)].sort(([, left], [, right]) => right.length - left.length);
  if (authors.length === 0) return null;
  const named = authors.slice(0, NAMED).map(([name, all]) => {
    const counts = CONFIDENCES.map((one) => [one, all.filter(({ sure }) => sure === one).length] as const);
    return `${name} (${counts.flatMap(([one, count]) => (count > 0 ? [`${grouped(count)} ${one}`] : [])).join(", ")})`;
  });
  const more = authors.length - named.length;
  return `by ${named.join(", ")}${more > 0 ? ` and ${grouped(more)} more` : ""}`;
}
