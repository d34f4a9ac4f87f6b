import { fixedToken, managementApiToken } from "../../auth0/token/token.ts";
import { RESERVE, SCOPE } from "../../contract.ts";
import { demoPolicyText } from "../../demo/policy.ts";
import { DEMO_BUCKET, demoChanges, demoOrganizations, demoPast, lateDemoChanges } from "../../demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../demo/tenant.ts";
import { asStarted } from "../../domain/commands.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { RunKind } from "../../domain/run.ts";
import { parseDomain } from "../../domain/tenant.ts";
import { runIdAt, timestamp } from "../../domain/time.ts";
import { reportKey } from "../../evidence/format/keys.ts";
import { folderEvidenceStore } from "../../evidence/store/folder.ts";
import { readReport } from "../../report/publish.ts";
import { terminalLines } from "../../report/terminal.ts";
import { demoFolder } from "../demo-folder.ts";
import { localAudit } from "../local-audit.ts";
import { printLines } from "../program.ts";
import { type Watch, watched } from "../progress.ts";

/** An Organization that the demo changes. */
const DEMO_CHANGED = "acme-aerospace";
const DEMO_DOMAIN = "demo.localhost";
/** A run ID has the resolution of a second: the two runs take less, so their scheduled times are set apart. */
const BETWEEN_RUNS_MS = 3_600_000;

/** The demo's events come at once. */
const QUIET_MS = 100;
const SCOPES = [SCOPE.connections, SCOPE.organizations, SCOPE.logs, SCOPE.events];

/**
 * `npm start` without options: audits a built-in tenant twice, with known changes in between, then updates that after two
 * more, and prints the results.
 */
export async function runDemo(): Promise<void> {
  const startedMs = Date.now();
  const folder = demoFolder(startedMs);
  const policyText = demoPolicyText(startedMs);
  const tenant = await startDemoTenant({
    organizations: demoOrganizations(),
    bucket: DEMO_BUCKET,
    scopes: SCOPES,
    events: {},
  });
  demoPast(tenant, startedMs);
  try {
    await watched(async (watch) => {
      const audit = (kind: RunKind, scheduledMs: number | null) =>
        auditDemo(tenant, { folder, policyText, kind, scheduledMs }, watch);
      await audit("sweep", startedMs - BETWEEN_RUNS_MS);
      demoChanges(tenant);
      await printLines(["Now a few things change in the tenant.", ""]);
      const sweepReport = await audit("sweep", startedMs);
      lateDemoChanges(tenant);
      await printLines([
        "Then one Organization is opened to outsiders. An update run reads only what the tenant's logs and events name, and what was unread.",
        "",
      ]);
      const updateReport = await audit("update", null);
      await printLines(
        [
          `The report of the second run: ${folder}/${sweepReport}`,
          `The report of the update: ${folder}/${updateReport}`,
          "",
          "Ask the evidence:",
          `  npm run evidence -- serve --in ${folder}`,
          `  npm run evidence -- verify --in ${folder}`,
          `  npm run evidence -- findings --in ${folder}`,
          `  npm run evidence -- diff --in ${folder} --from ${runIdAt(startedMs - BETWEEN_RUNS_MS)} --to ${runIdAt(startedMs)}`,
          `  npm run evidence -- history --in ${folder} --organization ${DEMO_CHANGED}`,
          `  npm run evidence -- show --in ${folder} --at ${runIdAt(startedMs)} --organization ${DEMO_CHANGED}`,
          "",
          "On your own tenant: AUTH0_API_TOKEN=... npm start -- --domain YOUR_TENANT.eu.auth0.com --organizations all",
        ].map((line) => asStarted(line)),
      );
    });
  } finally {
    await tenant.close();
  }
}

interface DemoRun {
  readonly folder: string;
  readonly policyText: string;
  readonly kind: RunKind;
  /** Null: the run is named by its start. */
  readonly scheduledMs: number | null;
}

/** Returns the key of the report's page. */
async function auditDemo(
  tenant: DemoTenant,
  { folder, kind, policyText, scheduledMs }: DemoRun,
  { progress, settle, signal }: Watch,
): Promise<string> {
  const store = folderEvidenceStore(folder);
  const outcome = await localAudit({
    domain: parseDomain(DEMO_DOMAIN, "the demo"),
    baseUrl: tenant.url,
    kind,
    organizations: "all",
    scheduledAt: scheduledMs === null ? null : timestamp(scheduledMs),
    attribution: "full",
    policy: { source: "file", text: policyText },
    reserve: RESERVE.default,
    store,
    tokenSource: fixedToken(managementApiToken(tenant.token, "The demo")),
    progress,
    signal,
    restart: true,
    stateFolder: `${folder}/v1/state`,
    quietMs: QUIET_MS,
  });
  settle();
  if (outcome.kind !== "recorded")
    throw new ConfigurationError(`The demo's folder ${folder} is in use; start the demo again.`);
  const model = await readReport(store, outcome.manifestKey);
  await printLines([...terminalLines(model), ""]);
  return reportKey(model.manifest.tenant, outcome.runId, "report.html");
}
