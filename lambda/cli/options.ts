import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ConfigurationError } from "../domain/errors.ts";
import type { Domain, OrganizationId, Timestamp } from "../domain/identifiers.ts";
import { parseOrganizationFile, parseOrganizationIds } from "../domain/organization-ids.ts";
import { parseDomain } from "../domain/tenant.ts";
import { parseInstant, timestamp } from "../domain/time.ts";
import { PRODUCER } from "../producer.ts";

const HIGHEST_RESERVE = 0.9;
const DEFAULT_RESERVE = 0.25;

/** What the command line asks for. */
export type LocalCommand =
  | { readonly kind: "demo" }
  | { readonly kind: "shown"; readonly exitCode: number }
  | ({ readonly kind: "audit" } & LocalAudit);

export interface LocalAudit {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  readonly out: string;
  readonly scheduledAt: Timestamp | null;
  readonly reserve: number;
  readonly restart: boolean;
}

const HELP = `
Without any option: a demo, with nothing set up. A built-in tenant is audited twice, with changes in between.

Environment:
  AUTH0_API_TOKEN                          the Management API token, or
  AUTH0_CLIENT_ID + AUTH0_CLIENT_SECRET    an application that gets one (client credentials grant)
  NODE_EXTRA_CA_CERTS                      further certificate authorities, a PEM file

Scopes: read:organization_connections, and read:organizations for --organizations all.

Exit status: 0 the run is complete; 2 it is partial: evidence is written, some Organizations were not read;
1 it failed: bad configuration, token refused, store unreachable.

Examples:
  npm start
  npm start -- --domain acme.eu.auth0.com --organizations all --out ./evidence
  npm start -- --domain acme.eu.auth0.com --organizations @customers.txt --out s3://my-evidence-bucket`;

/** Parses the arguments. Throws `ConfigurationError`, one line that names the option. */
export function parseCommand(arguments_: readonly string[], environment: NodeJS.ProcessEnv): LocalCommand {
  if (arguments_.length === 0 && !environment.AUTH0_DOMAIN) return { kind: "demo" };
  const command = new Command("npm start --")
    .description("Audits the enabled connections of a tenant's Organizations from this machine.")
    .addOption(new Option("--domain <host>", "the tenant's domain, acme.eu.auth0.com").env("AUTH0_DOMAIN"))
    .option("--organizations <which>", "all, IDs separated by commas, or @FILE with one ID a line", "all")
    .option("--out <where>", "a folder, or s3://bucket", "./evidence")
    .option("--scheduled-time <time>", "an ISO 8601 time that names the run (default: now)")
    .option("--reserve <share>", "the share of the rate limit left to others, 0 to 0.9", reserve, DEFAULT_RESERVE)
    .option("--restart", "begin anew instead of going on with an interrupted run", false)
    .version(`${PRODUCER.name} ${PRODUCER.version}`)
    .addHelpText("after", HELP)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
  try {
    command.parse([...arguments_], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: "shown", exitCode: 0 };
    throw new ConfigurationError(
      `${error.message.replace(/^error: /, "").replaceAll("\n", " ")} (npm start -- --help lists the options)`,
    );
  }
  if (command.args.length > 0)
    throw new ConfigurationError(`${JSON.stringify(command.args[0])} is no option; npm start -- --help lists them.`);
  const options = command.opts<Record<"domain" | "organizations" | "out" | "scheduledTime", string | undefined>>();
  const { reserve: share, restart } = command.opts<{ reserve: number; restart: boolean }>();
  if (!options.domain) throw new ConfigurationError("--domain: it is missing; name the tenant, acme.eu.auth0.com.");
  return {
    kind: "audit",
    domain: parseDomain(options.domain, "--domain"),
    organizations: organizations(options.organizations ?? "all"),
    out: out(options.out ?? "./evidence"),
    scheduledAt: scheduledTime(options.scheduledTime),
    reserve: share,
    restart,
  };
}

function reserve(text: string): number {
  const share = text.trim() === "" ? Number.NaN : Number(text);
  if (!(share >= 0 && share <= HIGHEST_RESERVE)) throw new InvalidArgumentError("It must be 0 to 0.9.");
  return share;
}

function organizations(text: string): LocalAudit["organizations"] {
  if (text === "all") return "all";
  if (!text.startsWith("@")) return parseOrganizationIds(text, "--organizations");
  const file = text.slice(1);
  try {
    return parseOrganizationFile(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    throw new ConfigurationError(`--organizations: the file ${JSON.stringify(file)} cannot be read.`, { cause: error });
  }
}

function out(text: string): string {
  if (text.trim() === "") throw new ConfigurationError("--out: it is empty; name a folder, or s3://bucket.");
  if (!/^[a-z0-9]+:\/\//i.test(text)) return text;
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/?$/.test(text))
    throw new ConfigurationError(`--out: ${JSON.stringify(text)} is neither a folder nor s3://bucket.`);
  return text.replace(/\/$/, "");
}

function scheduledTime(text: string | undefined): Timestamp | null {
  if (text === undefined) return null;
  const instant = parseInstant(text);
  if (instant === null)
    throw new ConfigurationError(
      `--scheduled-time: ${JSON.stringify(text)} is not an ISO 8601 time with its zone, such as 2026-03-03T06:00:00Z.`,
    );
  return timestamp(instant);
}
