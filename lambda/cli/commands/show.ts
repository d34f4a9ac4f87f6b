import { type Command, Option } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import { timestamp } from "../../domain/time.ts";
import type { Manifest } from "../../evidence/format/manifest.ts";
import { askedMs, newestRun, type RunChoice, runUntil } from "../../evidence/query/choose-run.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { stateIn } from "../../evidence/query/organization-state.ts";
import { timeOf } from "../../evidence/query/recorded-runs.ts";
import { readState } from "../../evidence/state/state.ts";
import type { EvidenceReader } from "../../evidence/store/port.ts";
import { STATE_FORMATS, type StateFormat, stateList } from "../../report/state-list.ts";
import { stateRows } from "../../report/state-rows.ts";
import { stateJson, stateLines } from "../../report/text/state.ts";
import { openRuns, type ReaderOptions, readerCommand } from "../evidence-reader.ts";
import { printLines, write } from "../program.ts";
import { runChoice } from "../times.ts";

interface Options extends ReaderOptions {
  readonly at?: RunChoice;
  readonly organization?: string;
  readonly all?: boolean;
  readonly format?: StateFormat;
  readonly json?: boolean;
}

export function showCommand(): Command {
  return readerCommand(
    "show",
    "Shows who could sign in to an Organization, or to all, at a time, and how certain that is.",
  )
    .option("--at <date>", "the time; default: the newest run with a snapshot", runChoice("--at"))
    .addOption(
      new Option("--organization <which>", "its ID (org_...), its name or its display name").conflicts([
        "all",
        "format",
      ]),
    )
    .option("--all", "every Organization, with one row for each enabled connection")
    .addOption(new Option("--format <format>", "with --all: the output format; default: csv").choices(STATE_FORMATS))
    .option("--json", "print JSON")
    .action(show);
}

async function show(options: Options): Promise<void> {
  const { organization } = options;
  if (organization === undefined && options.all !== true)
    throw new ConfigurationError("--organization: name one, or use --all for every Organization.");
  const { reader, runs } = await openRuns(options);
  const run = options.at === undefined ? newestRun(runs, "--at") : runUntil(runs, options.at, "--at");
  if (organization === undefined) return showAll(reader, runs.layersAt(run), options.json ? "json" : options.format);
  const asked = options.at === undefined ? null : askedMs(options.at);
  const instantMs = asked ?? timeOf(run);
  const id = await findOrganization(reader, runs, organization, { fromMs: instantMs, toMs: instantMs });
  const state = await stateIn(reader, runs, run, id);
  const at = asked === null ? null : timestamp(asked);
  await (options.json ? write(stateJson(id, state, at)) : printLines(stateLines(id, state, at)));
}

/** The rows of state.csv at any time, written while the evidence is read. */
async function showAll(store: EvidenceReader, layers: readonly Manifest[], format: StateFormat = "csv"): Promise<void> {
  const list = stateList(format);
  await write(list.start());
  let total = 0;
  for await (const { known } of readState(store, layers))
    for (const row of stateRows(known)) await write(list.row(row, total++));
  await write(list.end());
}
