import type { ReportProgress } from "../audit/port.ts";
import { fixedToken, managementApiToken } from "../auth0/token/token.ts";
import { DEMO_BUCKET, demoChanges, demoOrganizations } from "../demo/scenario.ts";
import { startDemoTenant } from "../demo/tenant.ts";
import { ConfigurationError } from "../domain/errors.ts";
import { parseDomain } from "../domain/tenant.ts";
import { runIdAt, timestamp } from "../domain/time.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { folderEvidenceStore } from "../evidence/store/folder.ts";
import { readReport } from "../report/publish.ts";
import { terminalLines } from "../report/terminal.ts";
import { localAudit } from "./local-audit.ts";

const DEMO_DOMAIN = "demo.localhost";
const DEMO_RESERVE = 0.25;

interface Demo {
  readonly print: (line: string) => void;
  readonly progress: ReportProgress;
  readonly settle: () => void;
  readonly signal: AbortSignal;
}

/** Audits a built-in tenant twice, with known changes in between, and prints what was found. */
export async function runDemo({ print, progress, settle, signal }: Demo): Promise<void> {
  const startedMs = Date.now();
  const out = `./evidence/demo-${runIdAt(startedMs)}`;
  const store = folderEvidenceStore(out);
  const tenant = await startDemoTenant({ organizations: demoOrganizations(), bucket: DEMO_BUCKET });
  try {
    const domain = parseDomain(DEMO_DOMAIN, "the demo");
    let last = "";
    // A run's ID has the resolution of a second: the two scheduled times are an hour apart.
    for (const scheduledMs of [startedMs - 3_600_000, startedMs]) {
      const outcome = await localAudit({
        domain,
        baseUrl: tenant.url,
        organizations: "all",
        scheduledAt: timestamp(scheduledMs),
        reserve: DEMO_RESERVE,
        store,
        tokenSource: fixedToken(managementApiToken(tenant.token, "The demo")),
        progress,
        signal,
        restart: true,
        stateFolder: `${out}/v1/state`,
      });
      settle();
      if (outcome.kind !== "recorded") throw new ConfigurationError(`The demo's folder ${out} is in use.`);
      const model = await readReport(store, outcome.manifestKey);
      for (const line of terminalLines(model)) print(line);
      print("");
      last = `${out}/${reportKey(model.manifest.tenant, outcome.runId, "report.html")}`;
      if (scheduledMs !== startedMs) {
        demoChanges(tenant);
        print("Now a few things happen in the tenant.");
        print("");
      }
    }
    print(`The report: ${last}`);
    print("On your own tenant: AUTH0_API_TOKEN=... npm start -- --domain YOUR_TENANT.eu.auth0.com --organizations all");
  } finally {
    await tenant.close();
  }
}
