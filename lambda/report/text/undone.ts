import { undoneText } from "../../attribution/text.ts";
import { counted } from "../../domain/text.ts";
import type { UndoneChange, UndoneModel } from "../undone.ts";
import { bySeverity } from "./finding.ts";
import { madeText } from "./who.ts";

/** The name of what the evidence calls `undone`, for people, and what it means. */
export const UNDONE_TITLE = "Temporary changes";
export const UNDONE_NOTE =
  "These changes were made and undone between two audits. The tenant's logs show them, the recorded states do not.";

/** What came and went, how severe it was, who did it and who undid it. Unescaped. */
export function undoneFacts(one: UndoneChange): {
  readonly text: string;
  readonly who: string;
  readonly undoneBy: string;
} {
  const { operation, undoing, undoneBy } = one;
  return {
    text: undoneText(one),
    who: madeText(operation),
    undoneBy:
      undoing !== null
        ? madeText(undoing)
        : undoneBy === null
          ? "The logs do not show who undid it. It was undone when the Organization was read."
          : `Log entry ${undoneBy}`,
  };
}

/** `Temporary changes: 1 high, 2 low.`; null when there are none. */
export function undoneSummary({ bySeverity: counts, total }: UndoneModel): string | null {
  return total === 0 ? null : `${UNDONE_TITLE}: ${bySeverity(counts)}.`;
}

/** The worst temporary change of high or medium severity, and how many more there are; null when there is none. Unescaped. */
export function undoneVerdict({ bySeverity: { high, medium }, shown: [worst] }: UndoneModel): string | null {
  const serious = high + medium;
  if (serious === 0 || worst === undefined) return null;
  const more = serious === 1 ? "" : ` ${counted(serious - 1, "more temporary change")} of high or medium severity.`;
  return `${undoneText(worst)}${more}`;
}
