import { describe, expect, it } from "@jest/globals";
import { ALWAYS } from "../../lambda/domain/time.ts";
import { manifestKey } from "../../lambda/evidence/format/keys.ts";
import type { Problem } from "../../lambda/evidence/verify/problem.ts";
import { checkReports, type ReportCheck } from "../../lambda/report/check-reports.ts";
import { TENANT } from "../support/audit-harness.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

/** Nine reports of each run, and the index. */
const REPORTS = 28;

async function check(store: MemoryEvidenceStore, other: Partial<ReportCheck> = {}) {
  const found: Problem[] = [];
  const onProblem = (problem: Problem) => found.push(problem);
  const counts = await checkReports(store, { tenant: TENANT, range: ALWAYS, version: "0.0.0", onProblem, ...other });
  return { ...counts, found };
}

async function threeRuns() {
  const store = memoryEvidenceStore();
  return { store, runs: await auditDays(store, threeDays()) };
}

describe("the stored reports", () => {
  it("are compared with what the evidence renders to", async () => {
    const { store } = await threeRuns();
    expect(await check(store)).toEqual({ compared: REPORTS, notCompared: 0, found: [] });
  });

  it.each(["findings.csv", "findings.ocsf.ndjson", "action-plan.csv", "state.csv"])(
    "that are altered are found: %s",
    async (name) => {
      const { store } = await threeRuns();
      const [key = ""] = [...store.objects.keys()].filter((one) => one.endsWith(`/${name}`));
      store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
      expect((await check(store)).found).toEqual([expect.objectContaining({ verdict: "altered", key })]);
    },
  );

  it("of another version are not compared", async () => {
    const { store } = await threeRuns();
    expect(await check(store, { version: "9.0.0" })).toEqual({ compared: 0, notCompared: REPORTS, found: [] });
  });

  it("of a run whose evidence is not valid are not compared, and neither is an index before the last run", async () => {
    const { runs, store } = await threeRuns();
    const [, , last] = runs;
    if (last === undefined) throw new Error("There is no third run.");
    for (const key of [...store.objects.keys()])
      if (key.includes(`/changes/`) && key.includes(last)) store.objects.delete(key);
    expect(await check(store)).toEqual({ compared: 18, notCompared: 10, found: [] });
    store.objects.set(manifestKey(TENANT, last), { body: Buffer.from("{}"), contentType: "" });
    expect(await check(store)).toEqual({ compared: 18, notCompared: 10, found: [] });
  });

  it("can be deleted, and only those of the period are compared", async () => {
    const { runs, store } = await threeRuns();
    const first = runs[0] ?? "";
    for (const key of [...store.objects.keys()]) if (key.endsWith(`${first}/report.html`)) store.objects.delete(key);
    expect(await check(store)).toEqual({ compared: REPORTS - 1, notCompared: 0, found: [] });
    const range = { fromMs: Number.NEGATIVE_INFINITY, toMs: Date.UTC(2026, 2, 4) };
    expect(await check(store, { range })).toEqual({ compared: 8, notCompared: 1, found: [] });
  });

  it("read each manifest about once", async () => {
    const { store } = await threeRuns();
    const before = store.operations.length;
    await check(store);
    const reads = store.operations
      .slice(before)
      .filter(({ kind, key }) => kind === "read" && key.includes("/manifests/"));
    expect(reads).toHaveLength(3);
  });
});
