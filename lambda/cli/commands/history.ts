import type { Command } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import { noRun } from "../../evidence/query/choose-run.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { historyOf } from "../../evidence/query/organization-history.ts";
import { historyJson, historyLines } from "../../report/text/history.ts";
import { openRuns, type ReaderOptions, readerCommand, withPeriod } from "../evidence-reader.ts";
import { printLines, write } from "../program.ts";
import { type Period, periodOf } from "../times.ts";

interface Options extends ReaderOptions, Period {
  readonly organization: string;
  readonly connection?: string;
  readonly full?: boolean;
  readonly json?: boolean;
}

export function historyCommand(): Command {
  return withPeriod(readerCommand("history", "Shows an Organization's connections and their changes over time."))
    .requiredOption("--organization <which>", "its ID (org_...), its name or its display name")
    .option("--connection <which>", "only this connection: its ID (con_...) or its name")
    .option("--full", "show all connections at every read, instead of what differed from the read before")
    .option("--json", "print JSON")
    .action(history);
}

async function history(options: Options): Promise<void> {
  const { reader, runs } = await openRuns(options);
  const range = periodOf(options, runs);
  if (runs.within(range).length === 0) throw noRun(runs, range, "--since");
  const id = await findOrganization(reader, runs, options.organization, range);
  const found = await historyOf(reader, runs, id, range, options.connection ?? null);
  if (found.runs === 0)
    throw new ConfigurationError(
      `--organization: ${id} is in no run of ${runs.tenant} of that time in ${reader.location}.`,
    );
  await (options.json ? write(historyJson(found)) : printLines(historyLines(found, { isFull: options.full === true })));
}
