import { type Command, Option } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import { askedMs, nearestRuns, type RunChoice, runUntil } from "../../evidence/query/choose-run.ts";
import { coversTenant, uncoveredPeriods, usualIntervalMs } from "../../evidence/query/coverage.ts";
import { diffRuns, runsBetween } from "../../evidence/query/difference.ts";
import { NetBalance } from "../../evidence/query/net-balance.ts";
import { recordedChanges } from "../../evidence/query/recorded-changes.ts";
import { timeOf } from "../../evidence/query/recorded-runs.ts";
import { changeList } from "../../report/change-list.ts";
import { LIST_FORMATS, type ListFormat } from "../../report/list.ts";
import { netDifferenceFrame } from "../../report/net-difference.ts";
import { openRuns, type ReaderOptions, readerCommand } from "../evidence-reader.ts";
import { printList } from "../print-list.ts";
import { runChoice } from "../times.ts";

interface Options extends ReaderOptions {
  readonly from: RunChoice;
  readonly to: RunChoice;
  readonly format: ListFormat;
  readonly json?: boolean;
}

export function diffCommand(): Command {
  return readerCommand("diff", "Shows the net difference between any two runs.")
    .requiredOption("--from <date>", "the older run", runChoice("--from"))
    .requiredOption("--to <date>", "the newer run", runChoice("--to"))
    .addOption(new Option("--format <format>", "the output format").choices(LIST_FORMATS).default("table"))
    .option("--json", "the same as --format json")
    .action(diff);
}

async function diff(options: Options): Promise<void> {
  const { reader, runs } = await openRuns(options);
  const from = runUntil(runs, options.from, "--from");
  const to = runUntil(runs, options.to, "--to");
  const asked = { fromMs: askedMs(options.from) ?? timeOf(from), toMs: askedMs(options.to) ?? timeOf(to) };
  if (timeOf(from) > timeOf(to) || asked.fromMs > asked.toMs)
    throw new ConfigurationError(`--to: run ${to.runId} was completed before run ${from.runId} of --from; swap them.`);
  const between = runsBetween(runs, from, to);
  if (between.length === 0)
    throw new ConfigurationError(
      `--to: no run in the period: --from and --to both select run ${to.runId}. ${nearestRuns(runs, asked)}`,
    );
  const balance = new NetBalance();
  for await (const change of recordedChanges(reader, between, {})) balance.record(change);
  const covering = between.filter(coversTenant);
  const uncovered = uncoveredPeriods(
    covering,
    { fromMs: timeOf(from), toMs: asked.toMs },
    usualIntervalMs(runs.readable),
  );
  const frame = netDifferenceFrame({ from, to, asked, balance, uncovered });
  await printList(changeList(options.json ? "json" : options.format, frame), frame, async function* () {
    for await (const change of diffRuns(reader, runs, from, to)) {
      balance.net(change);
      yield change;
    }
  });
}
