import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { makeFolder } from "../disk/files.ts";
import { ConfigurationError, EvidenceError, EvidenceStoreError } from "../domain/errors.ts";
import type { ObjectKey, RunId, Tenant } from "../domain/identifiers.ts";
import { plain } from "../domain/text.ts";
import { manifestKey, reportKey } from "../evidence/format/keys.ts";
import { tenantsIn } from "../evidence/query/runs.ts";
import { openStore } from "../evidence/store/open.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { PRODUCER } from "../producer.ts";
import { publish } from "../report/publish.ts";
import { parseReportCommand } from "./report-options.ts";

const RENDERED = 0;
const FAILED = 1;
const NOT_VALID = 2;

/** The tenant that has this run. Throws `ConfigurationError` when none or several do. */
async function tenantOfRun(store: EvidenceStore, runId: RunId): Promise<Tenant> {
  const tenants: Tenant[] = [];
  for (const tenant of await tenantsIn(store)) if (await store.exists(manifestKey(tenant, runId))) tenants.push(tenant);
  const [only, ...others] = tenants;
  if (only === undefined) throw new ConfigurationError(`--run: ${store.location} has no run ${runId}.`);
  if (others.length > 0)
    throw new ConfigurationError(`--tenant: several tenants have run ${runId}; name one of ${tenants.join(", ")}.`);
  return only;
}

/** Puts a run's reports into a folder by their file names; the index is of all runs and stays where it is. */
function intoFolder(folder: string, tenant: Tenant, runId: RunId): Pick<EvidenceStore, "replace"> {
  const ofRun = reportKey(tenant, runId, "");
  return {
    replace: async (key: ObjectKey, body: Uint8Array) => {
      if (!key.startsWith(ofRun)) return null;
      try {
        await makeFolder(folder);
        await writeFile(join(folder, basename(key)), body);
      } catch (cause) {
        throw new ConfigurationError(`--out: ${JSON.stringify(folder)} cannot be written to.`, { cause });
      }
      return null;
    },
  };
}

/** Answers the exit status. */
async function main(): Promise<number> {
  const command = parseReportCommand(process.argv.slice(2));
  if (command.kind === "shown") return RENDERED;
  const { runId, out } = command;
  const store = await openStore(command.in);
  const tenant = command.tenant ?? (await tenantOfRun(store, runId));
  const target = out === null ? store : intoFolder(out, tenant, runId);
  await publish(store, manifestKey(tenant, runId), { target, rebuildIndex: true });
  const page = out === null ? `${store.location}/${reportKey(tenant, runId, "report.html")}` : join(out, "report.html");
  process.stdout.write(`The report: ${page}\n`);
  return RENDERED;
}

/** One line for what a person can mend; anything else is a defect, and says where. */
function explain(error: unknown): string {
  const isExpected =
    error instanceof ConfigurationError || error instanceof EvidenceStoreError || error instanceof EvidenceError;
  if (isExpected) return plain(error.message);
  return error instanceof Error ? `unexpected: ${error.stack ?? error.message}` : "unexpected: no error was given";
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${PRODUCER.name}: ${explain(error)}\n`);
  return error instanceof EvidenceError && error.code !== "missing" ? NOT_VALID : FAILED;
});
