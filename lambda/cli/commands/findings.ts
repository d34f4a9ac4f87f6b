import { type Command, Option } from "commander";
import { SEVERITIES, type Severity } from "../../domain/change.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import { FINDING_STATUSES, type FindingStatus } from "../../domain/finding.ts";
import { askedMs, newestRun, type RunChoice, runUntil } from "../../evidence/query/choose-run.ts";
import { findOrganization } from "../../evidence/query/find-organization.ts";
import { customRulesAt, findingsAt, judgedAgain, matching } from "../../evidence/query/findings.ts";
import { timeOf } from "../../evidence/query/recorded-runs.ts";
import { BUILT_IN_RULE_IDS } from "../../findings/rules.ts";
import { findingList, findingsFrame } from "../../report/finding-list.ts";
import { LIST_FORMATS, type ListFormat } from "../../report/list.ts";
import { openRuns, type ReaderOptions, readerCommand } from "../evidence-reader.ts";
import { type PolicyFile, policyFile } from "../options.ts";
import { printList } from "../print-list.ts";
import { runChoice } from "../times.ts";

interface Options extends ReaderOptions {
  readonly at?: RunChoice;
  readonly rule?: string;
  readonly severity?: Severity;
  readonly organization?: string;
  readonly status?: FindingStatus;
  /** A policy on trial. */
  readonly policy?: PolicyFile;
  readonly format: ListFormat;
  readonly json?: boolean;
}

export function findingsCommand(): Command {
  return readerCommand("findings", "Lists what was wrong at a time, as recorded or by another policy.")
    .option("--at <date>", "the time; default: the newest run with a snapshot", runChoice("--at"))
    .option("--policy <file>", "judge the state of that time again by this policy", policyFile)
    .option("--rule <id>", "only findings of this rule")
    .addOption(new Option("--severity <severity>", "only findings of this severity").choices(SEVERITIES))
    .addOption(new Option("--status <status>", "only findings of this status").choices(FINDING_STATUSES))
    .option("--organization <which>", "only this Organization: its ID (org_...), its name or its display name")
    .addOption(new Option("--format <format>", "the output format").choices(LIST_FORMATS).default("table"))
    .option("--json", "the same as --format json")
    .action(findings);
}

async function findings(options: Options): Promise<void> {
  const { reader, runs } = await openRuns(options);
  const { organization, policy = null, rule = null, severity = null, status = null } = options;
  const run = options.at === undefined ? newestRun(runs, "--at") : runUntil(runs, options.at, "--at");
  const all = policy === null ? findingsAt(reader, runs, run) : judgedAgain(reader, runs, run, policy.policy);
  if (rule !== null && !BUILT_IN_RULE_IDS.some((id) => id === rule))
    refuseUnknown(rule, policy?.policy.custom.map(({ id }) => id) ?? (await customRulesAt(reader, runs, run)));
  const instantMs = (options.at === undefined ? null : askedMs(options.at)) ?? timeOf(run);
  const at = { fromMs: instantMs, toMs: instantMs };
  const organizationId = organization === undefined ? null : await findOrganization(reader, runs, organization, at);
  const layers = runs.layersAt(run).length;
  const frame = findingsFrame({ run, layers, policyFile: policy?.name ?? null });
  const list = findingList(options.json ? "json" : options.format, frame);
  await printList(list, frame, () => matching(all, { organizationId, rule, severity, status }));
}

/** A typing error must not look like a tenant without findings. */
function refuseUnknown(rule: string, custom: Iterable<string>): void {
  const known = [...BUILT_IN_RULE_IDS, ...custom];
  if (!known.includes(rule))
    throw new ConfigurationError(
      `--rule: ${JSON.stringify(rule)} is no rule of the policy; expected ${known.join(", ")}.`,
    );
}
