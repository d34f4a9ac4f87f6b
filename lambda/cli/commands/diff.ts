import { type Command, Option } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import { diffRuns } from "../../evidence/query/difference.ts";
import { findRun, type RunChoice } from "../../evidence/query/runs.ts";
import { CHANGE_LIST_FORMATS, type ChangeListFormat, changeList } from "../../report/change-list.ts";
import { openReader, type ReaderOptions, readerCommand, tenantIn } from "../evidence-reader.ts";
import { write } from "../program.ts";
import { runChoice } from "../times.ts";

interface Options extends ReaderOptions {
  readonly from: RunChoice;
  readonly to: RunChoice;
  readonly format: ChangeListFormat;
  readonly json?: boolean;
}

export function diffCommand(): Command {
  return readerCommand("diff", "Shows what changed between any two runs.")
    .requiredOption("--from <date>", "the older run", runChoice("--from"))
    .requiredOption("--to <date>", "the newer run", runChoice("--to"))
    .addOption(new Option("--format <format>", "the output format").choices(CHANGE_LIST_FORMATS).default("table"))
    .option("--json", "the same as --format json")
    .action(diff);
}

async function diff(options: Options): Promise<void> {
  const reader = await openReader(options);
  const tenant = await tenantIn(reader, options);
  const from = await findRun(reader, tenant, options.from, "--from");
  const to = await findRun(reader, tenant, options.to, "--to");
  if (from.runId > to.runId)
    throw new ConfigurationError(`--to: run ${to.runId} is before run ${from.runId} of --from; swap them.`);
  const list = changeList(options.json ? "json" : options.format, { from, to });
  await write(list.start());
  let total = 0;
  for await (const change of diffRuns(reader, from, to)) await write(list.row(change, total++));
  await write(list.end(total));
}
