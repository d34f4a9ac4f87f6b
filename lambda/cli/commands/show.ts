import type { Command } from "commander";
import { timestamp } from "../../domain/time.ts";
import { stateIn } from "../../evidence/query/answers.ts";
import { askedMs, type RunChoice, runUntil } from "../../evidence/query/choose-run.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { timeOf } from "../../evidence/query/recorded-runs.ts";
import { stateJson, stateLines } from "../../report/text/state.ts";
import { openRuns, type ReaderOptions, readerCommand } from "../evidence-reader.ts";
import { printLines, write } from "../program.ts";
import { runChoice } from "../times.ts";

interface Options extends ReaderOptions {
  readonly at: RunChoice;
  readonly organization: string;
  readonly json?: boolean;
}

export function showCommand(): Command {
  return readerCommand("show", "Shows who could sign in to an Organization at a time, and how certain that is.")
    .requiredOption("--at <date>", "the time", runChoice("--at"))
    .requiredOption("--organization <which>", "its ID (org_...), its name or its display name")
    .option("--json", "print JSON")
    .action(show);
}

async function show(options: Options): Promise<void> {
  const { reader, runs } = await openRuns(options);
  const manifest = runUntil(runs, options.at, "--at");
  const asked = askedMs(options.at);
  const instantMs = asked ?? timeOf(manifest);
  const id = await findOrganization(reader, runs, options.organization, { fromMs: instantMs, toMs: instantMs });
  const state = await stateIn(reader, runs, manifest, id);
  const at = asked === null ? null : timestamp(asked);
  await (options.json ? write(stateJson(id, state, at)) : printLines(stateLines(id, state, at)));
}
