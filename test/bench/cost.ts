import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as v from "valibot";
import { readConfiguration } from "../../infra/configuration/configuration.ts";
import { AuditorStack } from "../../infra/stack.ts";
import { METRIC, NODE_OPTIONS } from "../../lambda/contract.ts";
import type { ScaleResult } from "./scale-run.ts";
import { table } from "./table.ts";

const ORGANIZATIONS = [100, 1_000, 10_000, 100_000] as const;
/** The most common plan's bucket. */
const READS_PER_MINUTE = 100;
export const DAYS_PER_MONTH = 365 / 12;
const HOURS_PER_MONTH = 24 * DAYS_PER_MONTH;
/** How long the service keeps an execution that is over. */
const EXECUTION_RETENTION_MONTHS = 30 / DAYS_PER_MONTH;
export const FUNCTION_GIGABYTES = 0.25;
const UPDATES_PER_MONTH = 12 * HOURS_PER_MONTH;
/** An update without hints: about twenty requests to S3, and a few to Auth0, one after another. */
const UPDATE_SECONDS = 5;
const DOCUMENT = join(import.meta.dirname, "../../docs/cost.md");

/**
 * List prices in US dollars, us-east-1, without any free tier: https://aws.amazon.com/lambda/pricing/ (arm64, durable
 * functions), https://aws.amazon.com/s3/pricing/, https://aws.amazon.com/secrets-manager/pricing/,
 * https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/eventbridge/pricing/.
 */
export const PRICE = {
  gigabyteSecond: 0.000_013_333_4,
  invocation: 0.2 / 1e6,
  durableOperation: 8 / 1e6,
  durableGigabyteWritten: 0.25,
  durableGigabyteMonth: 0.15,
  s3Write: 0.005 / 1_000,
  s3Read: 0.000_4 / 1_000,
  s3GigabyteMonth: 0.023,
  secretMonth: 0.4,
  /** A custom metric is paid by the hours in which it has data. */
  metricHour: 0.3 / HOURS_PER_MONTH,
  /** An alarm is paid by the metrics that it evaluates. */
  alarmMetricMonth: 0.1,
  event: 1 / 1e6,
} as const;

const alarmSchema = v.object({
  Properties: v.object({ Metrics: v.optional(v.array(v.object({ MetricStat: v.optional(v.unknown()) }))) }),
});

/** What a month of daily runs costs, from runs that were measured; prints it, and writes docs/cost.md. */
export async function bench(): Promise<boolean> {
  const { alarmMetrics, secrets } = await resources({});
  // A run sends all but the metrics of skipped runs and of updates, within one hour.
  const metrics = Object.keys(METRIC).length - 2;
  const metricsMonthly = metrics * DAYS_PER_MONTH * PRICE.metricHour;
  const monthly = alarmMetrics * PRICE.alarmMetricMonth + secrets * PRICE.secretMonth + metricsMonthly;
  const rows: string[][] = [
    [
      "Organizations",
      "time",
      "GB-seconds",
      "operations",
      "S3 writes",
      "S3 reads",
      "stored",
      "runs, a month",
      "a year's evidence, a month",
      "all, a month",
    ],
  ];
  let updates: Updates | null = null;
  for (const organizations of ORGANIZATIONS) {
    const measured = await measure(organizations);
    updates = (await costOfUpdates(measured, alarmMetrics)) ?? updates;
    const runs = DAYS_PER_MONTH * costOfRun(measured);
    const evidence = ((365 * measured.storedMegabytes) / 1024) * PRICE.s3GigabyteMonth;
    rows.push([
      organizations.toLocaleString("en"),
      duration(measured.virtualHours),
      gigabyteSeconds(measured).toLocaleString("en", { maximumFractionDigits: 0 }),
      String(measured.operations),
      measured.storeRequests.writes.toLocaleString("en"),
      (measured.storeRequests.reads + measured.storeRequests.lists).toLocaleString("en"),
      `${measured.storedMegabytes.toFixed(2)} MB`,
      dollars(runs),
      dollars(evidence),
      dollars(monthly + runs + evidence),
    ]);
  }
  process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(
    `${dollars(monthly)} of each month: ${metrics} metrics, ${alarmMetrics} alarm metrics, ${secrets} secrets.\n`,
  );
  if (updates === null) throw new Error("No update was measured.");
  await writeFile(DOCUMENT, document(rows, { monthly, metrics, metricsMonthly, alarmMetrics, secrets }, updates));
  return true;
}

export async function measure(organizations: number): Promise<ScaleResult> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    NODE_OPTIONS,
    join(import.meta.dirname, "scale-run.ts"),
    JSON.stringify({ organizations, readsPerMinute: READS_PER_MINUTE, hasLogs: true }),
  ]);
  return JSON.parse(stdout);
}

/** What updates every five minutes add to a month, in which nothing is hinted. */
interface Updates {
  readonly operations: number;
  readonly storeRequests: ScaleResult["storeRequests"];
  readonly running: number;
  readonly durable: number;
  readonly store: number;
  /** An alarm, and a metric that has data in each hour. */
  readonly watching: number;
}

async function costOfUpdates({ update }: ScaleResult, alarmMetrics: number): Promise<Updates | null> {
  if (update === null) return null;
  const { checkpointMegabytes, invocations, operations, storeRequests } = update;
  const more = (await resources({ updates: "rate(5 minutes)" })).alarmMetrics - alarmMetrics;
  return {
    operations,
    storeRequests,
    running:
      UPDATES_PER_MONTH * (UPDATE_SECONDS * FUNCTION_GIGABYTES * PRICE.gigabyteSecond + invocations * PRICE.invocation),
    durable: UPDATES_PER_MONTH * (operations * PRICE.durableOperation + checkpointCost(checkpointMegabytes)),
    store: UPDATES_PER_MONTH * storeCost(storeRequests),
    watching: more * PRICE.alarmMetricMonth + HOURS_PER_MONTH * PRICE.metricHour,
  };
}

function checkpointCost(megabytes: number): number {
  return (megabytes / 1024) * (PRICE.durableGigabyteWritten + EXECUTION_RETENTION_MONTHS * PRICE.durableGigabyteMonth);
}

function storeCost({ lists, reads, writes }: ScaleResult["storeRequests"]): number {
  // A list is priced as a write.
  return (writes + lists) * PRICE.s3Write + reads * PRICE.s3Read;
}

function gigabyteSeconds({ virtualHours }: ScaleResult): number {
  return virtualHours * 3_600 * FUNCTION_GIGABYTES;
}

export function costOfRun(measured: ScaleResult): number {
  const { invocations, operations, checkpointMegabytes, storeRequests } = measured;
  return (
    gigabyteSeconds(measured) * PRICE.gigabyteSecond +
    invocations * PRICE.invocation +
    operations * PRICE.durableOperation +
    checkpointCost(checkpointMegabytes) +
    storeCost(storeRequests) +
    PRICE.event
  );
}

/** What is paid for whether it runs or not, counted in the template of one tenant. */
async function resources(
  context: Readonly<Record<string, unknown>>,
): Promise<{ readonly alarmMetrics: number; readonly secrets: number }> {
  const outdir = await mkdtemp(join(tmpdir(), "cost-"));
  try {
    const app = new App({
      context: { "aws:cdk:bundling-stacks": [], domain: "acme.eu.auth0.com", ...context },
      outdir,
    });
    const template = Template.fromStack(
      new AuditorStack(app, "Auditor", { configuration: readConfiguration(app.node) }),
    );
    const alarms = Object.values(template.findResources("AWS::CloudWatch::Alarm"));
    const alarmMetrics = alarms.reduce((sum, alarm) => sum + metricsOf(alarm), 0);
    return { alarmMetrics, secrets: Object.keys(template.findResources("AWS::SecretsManager::Secret")).length };
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

/** The metrics that an alarm evaluates: one, or those that its expression uses. */
function metricsOf(alarm: unknown): number {
  const { Properties } = v.parse(alarmSchema, alarm);
  return Properties.Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
}

function duration(hours: number): string {
  return hours < 1 ? `${(60 * hours).toFixed(1)} min` : `${hours.toFixed(1)} h`;
}

export function dollars(amount: number): string {
  return amount < 0.01 ? "< $0.01" : `$${amount.toFixed(2)}`;
}

function document(
  rows: readonly (readonly string[])[],
  fixed: Readonly<Record<"monthly" | "metrics" | "metricsMonthly" | "alarmMetrics" | "secrets", number>>,
  updates: Updates,
): string {
  const [heading = [], ...body] = rows;
  const { durable, operations, running, store, storeRequests, watching } = updates;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `# What it costs

\`npm run bench -- cost\` writes this page: it runs a day's audit in virtual time at ${READS_PER_MINUTE} reads a minute with the real
pipeline, counts what it does, and multiplies by AWS's list prices (us-east-1, US dollars, no free tier). One tenant,
one run a day, one changed Organization in a hundred, and one open finding in each Organization, which is a bad case.

${[line(heading), line(heading.map((_, index) => (index === 0 ? "---" : "---:"))), ...body.map(line)].join("\n")}

**${dollars(fixed.monthly)} of each month does not depend on the size of the tenant**: ${fixed.alarmMetrics} alarm metrics at ${dollars(PRICE.alarmMetricMonth)}, ${fixed.secrets} secrets at
${dollars(PRICE.secretMonth)}, and ${dollars(fixed.metricsMonthly)} for ${fixed.metrics} metrics. CloudWatch bills an alarm by the metrics that it evaluates: 8 for each
tenant and 1 for each stack. It bills a custom metric by the hours in which it has data: one hour a day here, and up to
24 times as much for hourly runs.

- *GB-seconds* are the run's time at 256 MB. The time in which the function waits for the rate limit between two reads
  is paid for. Waits between two chunks and pauses of minutes are durable waits and cost nothing. The rate limit decides
  the time: a plan with ten times the limit needs a tenth of it.
- *operations* are the steps and waits of the durable execution. What it writes, and keeps for 30 days, is included in
  the cost of the runs.
- *stored* is what one run adds: evidence, reports and the list of Organizations. The last column but one is the storage
  of 365 such days in S3 Standard. Reports move to cheaper storage after 30 days, and state expires after 60.
- Not included, because it is small: log lines, access logs, e-mails, requests to your own KMS keys, Athena queries, and
  transfer, which is inbound.
- For the tenant, an audit costs requests: one for each Organization, one for each 100 Organizations to list them, and
  with \`read:logs\`, one for each 100 log entries and two more.

## Updates

Updates every five minutes add **${dollars(running + durable + store + watching)} a month**, whatever the size of the tenant, as long as nothing is hinted:

| what | a month |
| --- | ---: |
| ${Math.round(UPDATES_PER_MONTH).toLocaleString("en")} invocations of about ${UPDATE_SECONDS} seconds | ${dollars(running)} |
| ${operations} durable operations each, kept for 30 days | ${dollars(durable)} |
| ${storeRequests.writes} S3 writes, ${storeRequests.lists} list and ${storeRequests.reads} reads each | ${dollars(store)} |
| one more alarm, and a metric with data in every hour | ${dollars(watching)} |

- An update with hints is a small run: it costs a request and a few hundredths of a second for each Organization that it
  reads, and what a run of that size writes. Its metrics have data in that hour.
- Hourly updates cost a twelfth of the first three lines. With \`read:events\`, an update waits for up to 5 seconds for
  further events, which can double its time.
- Pseudonyms need a secret: ${dollars(PRICE.secretMonth)} a month.
- For the tenant, an update without hints costs 2 requests for logs, and 1 for events, from rate limits of their own.
`;
}
