import type { Change } from "../domain/change.ts";
import { counted, duration, grouped, plain } from "../domain/text.ts";
import type { ReportModel } from "./model.ts";
import { changeTitle, lastKnownText, propertyText, verdict } from "./wording.ts";

/** A screen holds so many; the report has more. */
const SHOWN = 20;

/** A run's summary for a terminal, line by line. */
export function terminalLines({ manifest, changes, unread }: ReportModel): readonly string[] {
  const { usage, summary } = manifest;
  const total = Object.values(summary.severity).reduce((sum, count) => sum + count, 0);
  const { failed } = summary.organizations;
  return [
    `Run ${manifest.runId} of ${manifest.domain} is ${manifest.status}.`,
    plain(verdict(manifest)),
    ...manifest.warnings.map((warning) => `warning: ${plain(warning)}`),
    ...changes.slice(0, SHOWN).map((change) => `  ${change.severity.padEnd(6)} ${changeLine(change)}`),
    ...(total > SHOWN ? [`  and ${counted(total - SHOWN, "more change")} in the report`] : []),
    ...unread.slice(0, SHOWN).map((one) => {
      const { code, message } = one.failure;
      return `  unread ${name(one)}: ${code}, ${plain(message)} Last known: ${plain(lastKnownText(one))}`;
    }),
    ...(failed > SHOWN ? [`  and ${counted(failed - SHOWN, "more Organization")} not read`] : []),
    `${counted(usage.requests, "request")} in ${duration(usage.durationMs)}, ${grouped(usage.rateLimited)} answered 429${
      usage.lowestRemaining === null || usage.limit === null
        ? ""
        : `; never fewer than ${grouped(usage.lowestRemaining)} of ${grouped(usage.limit)} left`
    }.`,
  ];
}

function changeLine(change: Change): string {
  const properties = change.properties.map((property) => `, ${propertyText(property)}`).join("");
  return plain(`${name(change)}: ${changeTitle(change)}${properties}`);
}

function name({ organizationId, organizationName }: Pick<Change, "organizationId" | "organizationName">): string {
  return plain(organizationName ?? organizationId);
}
