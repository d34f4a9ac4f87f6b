import type { Summary } from "../changes/summary.ts";
import { RunFailure } from "../domain/errors.ts";
import { counted } from "../domain/text.ts";

/** Fewer can be deleted on one day without a doubt. */
const DOUBTFUL_DELETIONS = 10;

/**
 * Refuses a run in which many Organizations are deleted and none could be read: a gateway, or another tenant behind the
 * domain, answers like this. One Organization that can be read shows that the tenant answers, and its deletions count.
 * Throws `RunFailure` (`organizations_unreadable`).
 */
export function refuseVanished({ organizations: { deleted, observed } }: Pick<Summary, "organizations">): void {
  if (observed > 0 || deleted < DOUBTFUL_DELETIONS) return;
  throw new RunFailure(
    "organizations_unreadable",
    `All ${counted(deleted, "known Organization")} are gone from the tenant and none could be read, so the run records no deletion. Check that the domain is still this tenant's and that no gateway answers for it. If all were deleted, the next run that reads at least one Organization records the deletions.`,
  );
}
