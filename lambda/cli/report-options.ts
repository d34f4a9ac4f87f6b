import { Command, CommanderError } from "commander";
import { ConfigurationError } from "../domain/errors.ts";
import type { RunId, Tenant } from "../domain/identifiers.ts";
import { parseDomain, tenantOf } from "../domain/tenant.ts";
import { parseRunId } from "../domain/time.ts";

/** What the command line asks for. */
export type ReportCommand =
  | { readonly kind: "shown" }
  | {
      readonly kind: "report";
      /** A folder, or `s3://bucket`. */
      readonly in: string;
      readonly runId: RunId;
      /** Null: the one that has this run. */
      readonly tenant: Tenant | null;
      /** A folder; null: beside the evidence, in place of what stands there. */
      readonly out: string | null;
    };

const HELP = `
Without --out, the run's reports and the tenant's index are replaced where they stand, byte for byte what the audit put
there. Evidence is only read.

Exit status: 0 rendered; 1 bad input, or the evidence cannot be read; 2 the evidence is not what its manifest says.

Examples:
  npm run report -- --in ./evidence --run 20260303T060000Z --out ./report
  npm run report -- --in s3://my-evidence-bucket --run 20260303T060000Z --tenant acme.eu.auth0.com`;

/** Parses the arguments. Throws `ConfigurationError`, one line that names the option. */
export function parseReportCommand(arguments_: readonly string[]): ReportCommand {
  const command = new Command("npm run report --")
    .description("Renders the reports of a recorded run again, from its evidence alone.")
    .requiredOption("--in <where>", "the evidence: a folder, or s3://bucket")
    .requiredOption("--run <run>", "the run's ID, 20260303T060000Z")
    .option("--tenant <domain>", "the tenant's domain, where several have a run of this ID")
    .option("--out <folder>", "write the reports into this folder")
    .allowExcessArguments(false)
    .addHelpText("after", HELP)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  try {
    command.parse([...arguments_], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "shown" };
    throw new ConfigurationError(
      `${error.message.replace(/^error: /, "").replaceAll("\n", " ")} (npm run report -- --help lists the options)`,
    );
  }
  const options = command.opts<{ in: string; run: string; tenant?: string; out?: string }>();
  return {
    kind: "report",
    in: location(options.in),
    runId: runId(options.run),
    tenant: options.tenant === undefined ? null : tenantOf(parseDomain(options.tenant, "--tenant")),
    out: options.out === undefined ? null : folder(options.out),
  };
}

function location(text: string): string {
  if (text.trim() === "") throw new ConfigurationError("--in: it is empty; name a folder, or s3://bucket.");
  if (/^[a-z0-9]+:\/\//i.test(text) && !/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/?$/.test(text))
    throw new ConfigurationError(`--in: ${JSON.stringify(text)} is neither a folder nor s3://bucket.`);
  return text.startsWith("s3://") ? text.replace(/\/$/, "") : text;
}

function runId(text: string): RunId {
  const id = parseRunId(text);
  if (id === null)
    throw new ConfigurationError(`--run: ${JSON.stringify(text)} is not a run's ID such as 20260303T060000Z.`);
  return id;
}

function folder(text: string): string {
  if (text.trim() === "") throw new ConfigurationError("--out: it is empty; name a folder.");
  if (/^[a-z0-9]+:\/\//i.test(text))
    throw new ConfigurationError(
      `--out: ${JSON.stringify(text)} is no folder; without --out, reports go beside the evidence.`,
    );
  return text;
}
