import { Command, CommanderError, Option } from "commander";
import { ConfigurationError } from "../domain/errors.ts";
import type { ConnectionId, Domain, Sha256, Tenant } from "../domain/identifiers.ts";
import { parseDomain, tenantOf } from "../domain/tenant.ts";
import type { InstantRange } from "../domain/time.ts";
import type { RunChoice } from "../evidence/query/runs.ts";
import { CHANGE_LIST_FORMATS, type ChangeListFormat } from "../report/change-list.ts";
import { parseChoice, parseRange } from "./times.ts";

export const REPORT_FORMATS = ["md", "json", "csv", "html"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

interface Where {
  /** A folder, or `s3://bucket`. */
  readonly in: string;
  /** Null: the only one there is; `verify` takes all there are. */
  readonly tenant: Tenant | null;
}

/** What the evidence command line asks for. */
export type EvidenceCommand =
  | { readonly kind: "shown" }
  | (Where & {
      readonly kind: "verify";
      readonly range: InstantRange;
      /** A file in PEM or DER. */
      readonly publicKey: string | null;
      readonly anchors: readonly Sha256[];
      readonly json: boolean;
    })
  | (Where & {
      readonly kind: "diff";
      readonly from: RunChoice;
      readonly to: RunChoice;
      readonly format: ChangeListFormat;
    })
  | (Where & {
      readonly kind: "history";
      readonly organization: string;
      readonly connection: ConnectionId | null;
      readonly range: InstantRange;
      readonly json: boolean;
    })
  | (Where & {
      readonly kind: "show";
      readonly organization: string;
      readonly at: RunChoice;
      readonly json: boolean;
    })
  | (Where & {
      readonly kind: "report";
      readonly run: RunChoice;
      /** A folder; null: it is printed. */
      readonly out: string | null;
      readonly format: ReportFormat;
    });

const HELP = `
Times: DATE is a day in UTC, 2026-03-03; it may also be an ISO 8601 time with its zone, or a run's ID, 20260303T060000Z.
A DATE stands for the last run up to the end of that day that has a snapshot.

Exit status: 0 answered, and for verify: everything is valid; 1 bad input, or the evidence cannot be read at all;
2 the evidence is not valid: what was read is altered, missing, or written in a later major format.

Nothing is ever written to the evidence.

Examples:
  npm run evidence -- verify --in s3://my-evidence-bucket
  npm run evidence -- diff --from 2026-03-01 --to 2026-03-31 --format csv
  npm run evidence -- history --organization acme
  npm run evidence -- show --at 2026-03-03 --organization acme
  npm run evidence -- report --run 2026-03-03 --out ./report`;

/** Parses the arguments. Throws `ConfigurationError`, one line that names the option. */
export function parseEvidenceCommand(arguments_: readonly string[]): EvidenceCommand {
  let parsed: EvidenceCommand = { kind: "shown" };
  const program = new Command("npm run evidence --")
    .description("Checks, compares and asks the evidence that audits left, on this machine or another.")
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .addHelpText("after", HELP);
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .allowExcessArguments(false)
      .option("--in <where>", "the evidence: a folder, or s3://bucket", "./evidence")
      .option("--tenant <tenant>", "the tenant's domain, where the evidence is of several");

  range(command("verify", "Checks every stored byte against the chain of manifests."))
    .option("--public-key <file>", "check every manifest's signature with this public key, a PEM or DER file")
    .option("--anchor <sha256...>", "a manifest's hash that was noted elsewhere: the chain must still hold it")
    .option("--json", "print JSON for programs", false)
    .action((options: Options) => {
      const { anchor = [], json = false, publicKey = null } = options;
      const anchors = anchor.map((text) => sha256(text, "--anchor"));
      parsed = { kind: "verify", ...where(options), range: parseRange(options), publicKey, anchors, json };
    });

  command("diff", "Tells what changed between any two runs.")
    .requiredOption("--from <date>", "the older run")
    .requiredOption("--to <date>", "the newer run")
    .addOption(new Option("--format <format>", "how it is printed").choices(CHANGE_LIST_FORMATS).default("table"))
    .option("--json", "the same as --format json", false)
    .action((options: Options) => {
      const format = options.json ? "json" : chosen(options.format, CHANGE_LIST_FORMATS);
      const from = parseChoice(options.from, "--from");
      parsed = { kind: "diff", ...where(options), from, to: parseChoice(options.to, "--to"), format };
    });

  range(command("history", "Tells an Organization's states and changes over time."))
    .requiredOption("--organization <which>", "its ID, org_..., or its name")
    .option("--connection <id>", "of this connection alone, con_...")
    .option("--json", "print JSON for programs", false)
    .action((options: Options) => {
      const { connection, json = false, organization = "" } = options;
      const connectionId = connection === undefined ? null : (connection as ConnectionId);
      const asked = { organization, connection: connectionId, range: parseRange(options), json };
      parsed = { kind: "history", ...where(options), ...asked };
    });

  command("show", "Tells who could sign in to an Organization at a time, and how sure that is.")
    .requiredOption("--at <date>", "when")
    .requiredOption("--organization <which>", "its ID, org_..., or its name")
    .option("--json", "print JSON for programs", false)
    .action((options: Options) => {
      const { json = false, organization = "" } = options;
      parsed = { kind: "show", ...where(options), organization, at: parseChoice(options.at, "--at"), json };
    });

  command("report", "Renders a run's reports again, outside the evidence.")
    .requiredOption("--run <date>", "which run")
    .option("--out <folder>", "write all of them into this folder; without, one is printed")
    .addOption(new Option("--format <format>", "which one is printed").choices(REPORT_FORMATS).default("md"))
    .action((options: Options) => {
      const { out = null } = options;
      const format = chosen(options.format, REPORT_FORMATS);
      parsed = { kind: "report", ...where(options), run: parseChoice(options.run, "--run"), out, format };
    });

  try {
    program.parse(arguments_.length === 0 ? ["--help"] : [...arguments_], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "shown" };
    const problem = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    throw new ConfigurationError(`${problem} (npm run evidence -- --help lists the commands)`);
  }
  return parsed;
}

/** What commander leaves; every value is text until it is parsed here. */
interface Options {
  readonly in?: string;
  readonly tenant?: string;
  readonly since?: string;
  readonly until?: string;
  readonly publicKey?: string;
  readonly anchor?: readonly string[];
  readonly json?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly at?: string;
  readonly run?: string;
  readonly format?: string;
  readonly organization?: string;
  readonly connection?: string;
  readonly out?: string;
}

function range(command: Command): Command {
  return command
    .option("--since <date>", "no run before it")
    .option("--until <date>", "no run after it; a day counts whole");
}

function where({ in: text = "", tenant }: Options): Where {
  if (text.trim() === "") throw new ConfigurationError("--in: it is empty; name a folder, or s3://bucket.");
  if (/^[a-z0-9]+:\/\//i.test(text) && !/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/?$/.test(text))
    throw new ConfigurationError(`--in: ${JSON.stringify(text)} is neither a folder nor s3://bucket.`);
  return {
    in: text.startsWith("s3://") ? text.replace(/\/$/, "") : text,
    tenant: tenant === undefined ? null : parseTenant(tenant),
  };
}

/** A tenant as its domain is written, or as keys name it: `localhost:8443` or `localhost_8443`. */
function parseTenant(text: string): Tenant {
  const domain: Domain = parseDomain(text.replace(/_(\d+)$/, ":$1"), "--tenant");
  return tenantOf(domain);
}

function chosen<Choice extends string>(text: string | undefined, choices: readonly [Choice, ...Choice[]]): Choice {
  return choices.find((choice) => choice === text) ?? choices[0];
}

function sha256(text: string, option: string): Sha256 {
  const digest = text.trim().toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new ConfigurationError(`${option}: ${JSON.stringify(text)} is no SHA-256: 64 hexadecimal digits.`);
  return digest as Sha256;
}
