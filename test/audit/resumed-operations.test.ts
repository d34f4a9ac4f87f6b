import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { Execution } from "../../lambda/execution/port.ts";
import { inProcessExecution, request } from "../support/audit-harness.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";
import { DAY_0, GOOGLE, LoggedTenant, organizationOf, orgId, withOperations } from "../support/logged-tenant.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

let logged: LoggedTenant;
let before: MemoryEvidenceStore;
/** The run of day 1, which is made again and again, begins with the same time and the same token. */
const START_MS = DAY_0 + 86_400_000;

beforeEach(async () => {
  logged = await LoggedTenant.start(["A", "B", "C"].map((letter) => organizationOf(letter)));
  before = memoryEvidenceStore();
  await logged.evidence(0, before);
  const [alice, terraform] = [logged.tenant.operator(ALICE), logged.tenant.operator(TERRAFORM)];
  const at = (minutes: number) => ({ atMs: DAY_0 + minutes * 60_000 });
  alice.enable(orgId("A"), GOOGLE, at(10));
  alice.disable(orgId("A"), "con_google", at(52));
  terraform.update(orgId("B"), "con_saml_B", { assign_membership_on_login: true }, at(60));
  terraform.rename(orgId("C"), { name: "gamma" }, at(70));
  logged.tenant.organizations.disable(orgId("C"), "con_saml_C");
  logged.tenant.logs.record(ALICE, { method: "DELETE", path: "/api/v2/connections/con_saml_C", ...at(80) });
  logged.nowMs = START_MS;
  logged.tenant.rotateToken();
});
afterEach(() => logged.tenant.close());

/** Keeps the results of its steps, as they are saved. */
function saving(): Execution {
  const results = new Map<string, string | undefined>();
  return {
    ...inProcessExecution,
    step: async (name, work) => {
      if (!results.has(name)) results.set(name, JSON.stringify(await work()));
      const saved = results.get(name);
      return saved === undefined ? undefined : JSON.parse(saved);
    },
  };
}

/** In chunks of one Organization, and in steps of one log entry. */
async function run(store: MemoryEvidenceStore, execution: Execution) {
  const chunk = { ...request(1).chunk, organizations: 1, usualMs: () => 0 };
  // The logs end when the run reads them; the time of its requests is no part of what is compared.
  const clock = { now: () => START_MS, sleep: async () => {} };
  const api = { ...logged.api({ clock }), concurrency: () => 1 };
  return logged.run(1, store, { chunk }, { clock, managementApi: api }, execution);
}

/** Evidence by key; the words of attempts follow from a secret that each execution has for itself. */
function evidence({ objects }: MemoryEvidenceStore): ReadonlyMap<string, string> {
  const plain = (key: string) => key.replace(/-[0-9a-f]{16}(?=\.ndjson)/, "");
  return new Map(
    [...objects]
      .filter(([key]) => /^v1\/(snapshots|changes|operations)\//.test(key))
      .map(([key, { body }]) => [plain(key), Buffer.from(body).toString("base64")] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
}

describe("the operations of an execution that is resumed", () => {
  it("are the same bytes wherever it died, each once", async () => {
    const whole = memoryEvidenceStore(new Map(before.objects));
    const steps: string[] = [];
    const noting = saving();
    const { operations } = await withOperations(
      whole,
      await run(whole, {
        ...noting,
        step: (name, work) => {
          steps.push(name);
          return noting.step(name, work);
        },
      }),
    );
    expect(operations.map(({ effect }) => effect)).toEqual(["undone", "none", "change", "change", "change"]);
    // The logs were read in several steps, and compared in several.
    expect(steps.filter((name) => /^logs-\d/.test(name)).length).toBeGreaterThan(3);
    expect(steps.filter((name) => name.startsWith("compare-"))).toHaveLength(3);
    const all = evidence(whole);
    for (let at = 1; at <= whole.operations.length; at += 1) {
      const died = memoryEvidenceStore(new Map(before.objects));
      const execution = saving();
      died.before = async ({ count }) => {
        if (count === at) throw new Error("The process died.");
      };
      await run(died, execution).catch(() => {});
      died.before = null;
      const { kind } = await run(died, execution);
      expect([at, ["recorded", "already_recorded"].includes(kind)]).toEqual([at, true]);
      expect([at, evidence(died)]).toEqual([at, all]);
    }
  }, 120_000);

  it.each([
    ["what it read of the logs, before facts are found", "facts", /\/logs-00000/],
    ["what it read of the logs, before it is compared", "compare-0", /\/logs-00001/],
    ["what it knows of connections", "compare-0", /described-connections/],
    ["what it decided", "operations", /\/decided-0000/],
  ])("end as a failed run when somebody altered %s", async (_what, step, pattern) => {
    for (const change of ["alter", "delete"]) {
      logged.nowMs = START_MS;
      const store = memoryEvidenceStore(new Map(before.objects));
      const execution = saving();
      const dying: Execution = {
        ...execution,
        step: (name, work) => {
          if (name === step) throw new Error("The process died.");
          return execution.step(name, work);
        },
      };
      await run(store, dying).catch(() => {});
      const key = [...store.objects.keys()].find((one) => pattern.test(one) && !before.objects.has(one));
      expect(key).toBeDefined();
      if (change === "delete") store.objects.delete(String(key));
      else store.objects.set(String(key), { body: Buffer.from("altered"), contentType: "" });
      const { manifest } = await withOperations(store, await run(store, execution));
      expect(manifest).toMatchObject({
        status: "failed",
        error: { code: "evidence_unreadable" },
        files: [],
        logs: null,
      });
      expect(manifest.error?.message).toContain(String(key));
    }
  });
});
