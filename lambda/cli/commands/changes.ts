import { type Command, Option } from "commander";
import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { noRun } from "../../evidence/query/choose-run.ts";
import { coversTenant, uncoveredPeriods, usualIntervalMs } from "../../evidence/query/coverage.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { connectionsOf, recordedChanges } from "../../evidence/query/recorded-changes.ts";
import { changeList } from "../../report/change-list.ts";
import { explainedChangeList } from "../../report/explained-change-list.ts";
import { explainedChanges } from "../../report/explained-changes.ts";
import { LIST_FORMATS, type ListFormat } from "../../report/list.ts";
import { recordedChangesFrame } from "../../report/recorded-changes.ts";
import { openRuns, type ReaderOptions, readerCommand, withPeriod } from "../evidence-reader.ts";
import { printList } from "../print-list.ts";
import { type Period, periodOf } from "../times.ts";

interface Options extends ReaderOptions, Period {
  readonly organization?: string;
  readonly connection?: string;
  readonly severity?: Severity;
  readonly format: ListFormat;
  readonly json?: boolean;
}

export function changesCommand(): Command {
  return withPeriod(readerCommand("changes", "Lists every change that the runs of a period recorded."))
    .option("--organization <which>", "only this Organization: its ID (org_...), its name or its display name")
    .option("--connection <which>", "only this connection: its ID (con_...) or its name")
    .addOption(new Option("--severity <severity>", "only changes of this severity").choices(SEVERITIES))
    .addOption(new Option("--format <format>", "the output format").choices(LIST_FORMATS).default("table"))
    .option("--json", "the same as --format json")
    .action(changes);
}

async function changes(options: Options): Promise<void> {
  const { reader, runs } = await openRuns(options);
  const range = periodOf(options, runs);
  const { organization, connection, severity = null } = options;
  const all = runs.within(range);
  if (all.every(({ status }) => status === "failed")) throw noRun(runs, range, "--since");
  const organizationId = organization === undefined ? null : await findOrganization(reader, runs, organization, range);
  const connectionId =
    connection === undefined
      ? null
      : (await connectionsOf(reader, runs)).find(connection, `the evidence of ${runs.tenant}`);
  const covering = all.filter(coversTenant);
  const frame = recordedChangesFrame({
    runs: all,
    uncovered: uncoveredPeriods(covering, range, usualIntervalMs(runs.readable)),
  });
  const asked = { connectionId, organizationId, severity };
  const format = options.json ? "json" : options.format;
  // JSON has the stored lines alone, so that no operation is read.
  await (format === "json"
    ? printList(changeList(format, frame), frame, () => recordedChanges(reader, all, asked))
    : printList(explainedChangeList(format, frame), frame, () => explainedChanges(reader, all, asked)));
}
