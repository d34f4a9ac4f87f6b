import type { Command } from "commander";
import { ALWAYS } from "../../domain/time.ts";
import { stateIn } from "../../evidence/query/answers.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { findRun, type RunChoice } from "../../evidence/query/runs.ts";
import { stateJson, stateLines } from "../../report/text/state.ts";
import { openReader, type ReaderOptions, readerCommand, tenantIn } from "../evidence-reader.ts";
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
    .requiredOption("--organization <which>", "its ID (org_...) or its name")
    .option("--json", "print JSON")
    .action(show);
}

async function show(options: Options): Promise<void> {
  const reader = await openReader(options);
  const tenant = await tenantIn(reader, options);
  const manifest = await findRun(reader, tenant, options.at, "--at");
  const toMs = options.at.kind === "until" ? options.at.instantMs : Date.parse(manifest.startedAt);
  const id = await findOrganization(reader, tenant, options.organization, { ...ALWAYS, toMs });
  const state = await stateIn(reader, manifest, id);
  await (options.json ? write(stateJson(id, state)) : printLines(stateLines(id, state)));
}
