import { homedir } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Attribution } from "../../audit/run.ts";
import { ATTRIBUTIONS, RESERVE } from "../../contract.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { Domain, ObjectKey, OrganizationId, Timestamp } from "../../domain/identifiers.ts";
import { tenantOf } from "../../domain/tenant.ts";
import { readValidManifest } from "../../evidence/store/manifests.ts";
import { openStore } from "../../evidence/store/open.ts";
import { BUILT_IN_POLICY_TEXT } from "../../findings/policy.ts";
import { PRODUCER } from "../../producer.ts";
import { nothingHintedResult } from "../../report/run-result.ts";
import { localPseudonymKey, nothingHintedText } from "../attribution.ts";
import { exitReason, exitStatus, FAIL_ON, type FailOn } from "../exit-status.ts";
import { localAudit } from "../local-audit.ts";
import { domain, location, organizations, type PolicyFile, policyFile, reserve } from "../options.ts";
import { type Output, printRun } from "../print-run.ts";
import { newCommand, printLines, write } from "../program.ts";
import { type Watch, watched } from "../progress.ts";
import { scheduledTime } from "../times.ts";
import { localTokenSource } from "../token-source.ts";

const HELP = `
Without options and AUTH0_ variables: a demo that needs no setup. It audits a built-in tenant twice, with changes in
between, and ends with an update.

Environment:
  AUTH0_DOMAIN                             the default of --domain
  AUTH0_API_TOKEN                          the Management API token, or
  AUTH0_CLIENT_ID + AUTH0_CLIENT_SECRET    an application that gets one (client credentials grant)
  AUTH0_PSEUDONYM_KEY                      for --attribution pseudonyms: 32 random bytes or more, as hex or base64
  NODE_EXTRA_CA_CERTS                      additional certificate authorities, a PEM file

Scopes: read:organization_connections, and read:organizations for --organizations all. Optional: read:logs, to say who
made each change; read:logs or read:events, for --update.

Exit status: 0 the run is complete; 3 it is complete, and an open finding has the severity of --fail-on or a worse one;
2 the run is partial: the evidence is written, some Organizations could not be read; 1 the run failed: bad configuration,
token refused, or evidence store unreachable. An update with nothing to read records nothing, and exits with 0.

Examples:
  npm start
  npm start -- --domain acme.eu.auth0.com --organizations all --out ./evidence
  npm start -- --domain acme.eu.auth0.com --organizations @customers.txt --out s3://my-evidence-bucket
  npm start -- --domain acme.eu.auth0.com --policy policy.json --fail-on high
  npm start -- --domain acme.eu.auth0.com --update`;

interface Options extends Output {
  readonly domain: Domain;
  readonly organizations: "all" | readonly OrganizationId[];
  readonly out: string;
  readonly scheduledTime?: Timestamp;
  readonly reserve: number;
  readonly policy?: PolicyFile;
  readonly failOn?: FailOn;
  readonly attribution: Attribution;
  readonly update?: boolean;
  readonly restart?: boolean;
}

const DEFAULT_OUT = "./evidence";

/** `npm start`: audits a tenant from this machine. */
export function auditCommand(): Command {
  const { default: usual, highest, lowest } = RESERVE;
  return newCommand("npm start --", "Audits the enabled connections of a tenant's Organizations from this machine.")
    .addOption(
      new Option("--domain <host>", "the tenant's domain, acme.eu.auth0.com").env("AUTH0_DOMAIN").argParser(domain),
    )
    .option(
      "--organizations <which>",
      "all, IDs separated by commas, or @FILE with one ID per line",
      organizations,
      "all",
    )
    .option("--out <where>", "a folder, or s3://bucket[/prefix]", location("--out"), DEFAULT_OUT)
    .option("--scheduled-time <time>", "an ISO 8601 time that names the run (default: now)", scheduledTime)
    .option("--reserve <share>", `the share of the rate limit left to others, ${lowest} to ${highest}`, reserve, usual)
    .option(
      "--policy <file>",
      "a policy in JSON: rules, waivers, rules of your own (default: the built-in rules)",
      policyFile,
    )
    .addOption(
      new Option("--fail-on <severity>", "exit with 3 if an open finding has this severity or a worse one").choices(
        FAIL_ON,
      ),
    )
    .addOption(
      new Option("--attribution <what>", "what to keep of the tenant's logs about who made a change")
        .choices(ATTRIBUTIONS)
        .default("full"),
    )
    .option("--update", "read only what the tenant's logs or events say has changed since the last run")
    .option("--restart", "start over instead of resuming an interrupted run")
    .option("--json", "print the result as one JSON object")
    .option("--quiet", "print errors only, and the JSON object with --json")
    .version(`${PRODUCER.name} ${PRODUCER.version}`)
    .addHelpText("after", HELP)
    .action(async ({ domain: named, ...options }: Omit<Options, "domain"> & Partial<Options>) => {
      if (named === undefined)
        throw new ConfigurationError("--domain: it is missing; name the tenant's domain, or set AUTH0_DOMAIN.");
      process.exitCode = await watched((watch) => auditTenant({ ...options, domain: named }, watch), options);
    });
}

/** Exit status: nothing went wrong, though nothing is recorded. */
const NOTHING_FAILED = 0;

/** Returns the exit status. */
async function auditTenant(options: Options, { progress, settle, signal }: Watch): Promise<number> {
  const { attribution, out, failOn = null, policy = null, restart = false, update = false } = options;
  const { scheduledTime: scheduledAt = null } = options;
  const pseudonymKey = localPseudonymKey(process.env, attribution);
  const tokenSource = localTokenSource(process.env, options.domain, { nowMs: Date.now(), signal });
  const store = await openStore(out);
  const outcome = await localAudit({
    ...options,
    ...(pseudonymKey === null ? {} : { pseudonymKey }),
    kind: update ? "update" : "sweep",
    policy:
      policy === null ? { source: "built-in", text: BUILT_IN_POLICY_TEXT } : { source: "file", text: policy.text },
    restart,
    scheduledAt,
    store,
    tokenSource,
    progress,
    signal,
    stateFolder: stateFolder(out),
  });
  settle();
  const isText = !options.json && !options.quiet;
  const ended = async (key: ObjectKey) => {
    const { status, summary } = await readValidManifest(store, key);
    const run = { status, open: summary.findings.open };
    if (isText) await printLines(exitReason(run, failOn));
    return exitStatus(run, failOn);
  };
  switch (outcome.kind) {
    case "recorded":
      await printRun(store, outcome.manifestKey, options);
      return ended(outcome.manifestKey);
    case "already_recorded":
      await printRun(store, outcome.manifestKey, options, [
        `Run ${outcome.runId} is already recorded: ${store.location}/${outcome.manifestKey}`,
      ]);
      return ended(outcome.manifestKey);
    case "nothing_hinted":
      if (options.json) await write(nothingHintedResult(tenantOf(options.domain)));
      else if (isText) await printLines([nothingHintedText(outcome.until)]);
      return NOTHING_FAILED;
    case "refused":
      throw new ConfigurationError(refusalText(outcome.message, options));
    case "skipped":
      throw new ConfigurationError(
        outcome.holder === null
          ? `Run ${outcome.runId} of ${options.domain} lost its lock to another run and is not recorded; start it again.`
          : `Run ${outcome.holder} of ${options.domain} is in progress in ${store.location}; try again when it has ended.`,
      );
    default:
      return outcome satisfies never;
  }
}

/** A command that the message ends with gets the store of this run. */
function refusalText(message: string, { domain: named, out }: Pick<Options, "domain" | "out">): string {
  const isDefault = out === DEFAULT_OUT;
  return isDefault || !message.endsWith(`npm start -- --domain ${named}`) ? message : `${message} --out ${out}`;
}

/** Where executions are saved: in the evidence folder, or in the user's state folder when the evidence is in a bucket. */
function stateFolder(out: string): string {
  if (!out.startsWith("s3://")) return join(out, "v1", "state");
  const home = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
  return join(home, PRODUCER.name, out.slice("s3://".length));
}
