import { relative, resolve } from "node:path";
import { type Command, Option } from "commander";
import { ConfigurationError } from "../../domain/errors.ts";
import { type RunChoice, runOnDay } from "../../evidence/query/choose-run.ts";
import { renderReports } from "../../report/publish.ts";
import { openRuns, type ReaderOptions, readerCommand } from "../evidence-reader.ts";
import { folder } from "../options.ts";
import { printLines, write } from "../program.ts";
import { reportFiles, writeReport } from "../report-files.ts";
import { runChoice } from "../times.ts";

const FORMATS = ["md", "json", "csv", "html"] as const;

interface Options extends ReaderOptions {
  readonly run: RunChoice;
  readonly out?: string;
  readonly format: (typeof FORMATS)[number];
}

export function reportCommand(): Command {
  return readerCommand("report", "Renders a run's reports again, outside the evidence.")
    .requiredOption("--run <date>", "the run: the last one of that day", runChoice("--run"))
    .option("--out <folder>", "write all reports to this folder, instead of printing one", folder)
    .addOption(new Option("--format <format>", "the report to print").choices(FORMATS).default("md"))
    .action(report);
}

async function report(options: Options): Promise<void> {
  const { reader, runs } = await openRuns(options);
  const { out, format } = options;
  if (out !== undefined) refuseInside(options.in, out);
  const { key } = runOnDay(runs, options.run, "--run");
  await renderReports(
    reader,
    key,
    reportFiles(async (name, body) => {
      if (out !== undefined) await printLines([await writeReport(out, name, body)]);
      else if (name.endsWith(`.${format}`)) await write(Buffer.from(body).toString());
    }),
  );
}

/** Reports in the evidence folder could be mistaken for those that the audit wrote. */
function refuseInside(evidence: string, out: string): void {
  if (evidence.startsWith("s3://")) return;
  const path = relative(resolve(evidence), resolve(out));
  if (!path.startsWith("..") && resolve(path) !== path)
    throw new ConfigurationError(`--out: ${JSON.stringify(out)} is inside the evidence; name another folder.`);
}
