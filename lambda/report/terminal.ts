import { counted, plain } from "../domain/text.ts";
import type { ReportModel } from "./model.ts";
import { changesIn } from "./recent-runs.ts";
import { changeLine } from "./text/change.ts";
import { notices } from "./text/notices.ts";
import { failureText, lastKnownText, organizationLabel } from "./text/organization.ts";
import { usageText } from "./text/usage.ts";
import { verdict } from "./text/verdict.ts";

/** At most this many changes and unread Organizations; the report lists more. */
const SHOWN = 20;

/** The result of a run for a terminal, line by line. */
export function terminalLines({ manifest, changes, unread }: ReportModel): readonly string[] {
  const hiddenChanges = changesIn(manifest.summary.severity) - SHOWN;
  const hiddenUnread = manifest.summary.organizations.failed - SHOWN;
  return [
    `Run ${manifest.runId} of ${manifest.domain} is ${manifest.status}.`,
    verdict(manifest),
    ...notices(manifest).map((warning) => `warning: ${warning}`),
    ...changes
      .slice(0, SHOWN)
      .map((change) => `  ${change.severity.padEnd(6)} ${organizationLabel(change)}: ${changeLine(change)}`),
    ...(hiddenChanges > 0 ? [`  and ${counted(hiddenChanges, "more change")}: see the report`] : []),
    ...unread
      .slice(0, SHOWN)
      .map(
        (one) => `  unread ${organizationLabel(one)}: ${failureText(one.failure)} Last known: ${lastKnownText(one)}`,
      ),
    ...(hiddenUnread > 0 ? [`  and ${counted(hiddenUnread, "more unread Organization")}: see the report`] : []),
    usageText(manifest.usage),
  ].map(plain);
}
