import { type Command, Option } from "commander";
import { noRun } from "../../evidence/query/choose-run.ts";
import { usualIntervalMs } from "../../evidence/query/coverage.ts";
import { runEntries } from "../../evidence/query/run-entries.ts";
import { RUN_LIST_FORMATS, type RunListFormat, runList } from "../../report/run-list.ts";
import { openRuns, type ReaderOptions, readerCommand, withPeriod } from "../evidence-reader.ts";
import { write } from "../program.ts";
import { type Period, periodOf } from "../times.ts";

interface Options extends ReaderOptions, Period {
  readonly format: RunListFormat;
  readonly json?: boolean;
  readonly csv?: boolean;
}

export function runsCommand(): Command {
  return withPeriod(readerCommand("runs", "Lists runs: coverage, gaps in the schedule, cost, and manifest hashes."))
    .addOption(new Option("--format <format>", "the output format").choices(RUN_LIST_FORMATS).default("table"))
    .option("--json", "the same as --format json")
    .option("--csv", "the same as --format csv")
    .action(listRuns);
}

async function listRuns(options: Options): Promise<void> {
  const { runs } = await openRuns(options);
  const range = periodOf(options, runs);
  const entries = runEntries(runs, range);
  if (entries.length === 0) throw noRun(runs, range, "--since");
  const format = options.json ? "json" : options.csv ? "csv" : options.format;
  await write(runList(format, entries, usualIntervalMs(runs.readable)));
}
