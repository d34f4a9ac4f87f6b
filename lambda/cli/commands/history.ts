import type { Command } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import type { ConnectionId } from "../../domain/identifiers.ts";
import { historyOf } from "../../evidence/query/answers.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { historyJson, historyLines } from "../../report/text/history.ts";
import { openReader, type ReaderOptions, readerCommand, tenantIn, withPeriod } from "../evidence-reader.ts";
import { printLines, write } from "../program.ts";
import { type Period, rangeOf } from "../times.ts";

interface Options extends ReaderOptions, Period {
  readonly organization: string;
  readonly connection?: ConnectionId;
  readonly json?: boolean;
}

export function historyCommand(): Command {
  return withPeriod(readerCommand("history", "Shows an Organization's connections and their changes over time."))
    .requiredOption("--organization <which>", "its ID (org_...) or its name")
    .option("--connection <id>", "only this connection (con_...)")
    .option("--json", "print JSON")
    .action(history);
}

async function history(options: Options): Promise<void> {
  const reader = await openReader(options);
  const tenant = await tenantIn(reader, options);
  const range = rangeOf(options);
  const id = await findOrganization(reader, tenant, options.organization, range);
  const found = await historyOf(reader, tenant, id, range, options.connection ?? null);
  if (found.runs === 0)
    throw new ConfigurationError(`--organization: ${id} is in no run of ${tenant} of that time in ${reader.location}.`);
  await (options.json ? write(historyJson(found)) : printLines(historyLines(found)));
}
