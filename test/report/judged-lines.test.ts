import { expect, it } from "@jest/globals";
import { manifestKey, reportKey } from "../../lambda/evidence/format/keys.ts";
import { judgedLines } from "../../lambda/report/judged-lines.ts";
import { publish } from "../../lambda/report/publish.ts";
import { readEvidence, TENANT } from "../support/audit-harness.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { connectionId, organizationId } from "../support/builders.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const names = new Map([[organizationId("1"), "=acme"]]);
const displayNames = new Map([[organizationId("1"), "Acme & Sons"]]);
const connections = new Map(
  ["1", "2", "3"].map((end) => [
    organizationId(end),
    ["samlp", "github"].map((strategy, index) => ({
      connection_id: connectionId(`${end}${index}`),
      connection: { name: strategy, strategy },
    })),
  ]),
);

it("a run's findings follow the lines of their Organizations, with the display names of these", async () => {
  const store = memoryEvidenceStore();
  const [runId] = await auditDays(store, [{ connections, names, displayNames }]);
  if (runId === undefined) throw new Error("There is no run.");
  const { findings, manifest, snapshot } = await readEvidence(store, runId);
  const seen: string[] = [];
  for await (const line of judgedLines(store, manifest))
    seen.push("finding" in line ? `${line.finding.organizationId} ${line.displayName}` : line.snapshot.organizationId);
  expect(findings.length).toBeGreaterThanOrEqual(3);
  expect(seen).toEqual(
    snapshot.flatMap(({ organizationId: id, organizationDisplayName: name }) => [
      id,
      ...findings.filter((one) => one.organizationId === id).map(() => `${id} ${name}`),
    ]),
  );
  await publish(store, manifestKey(TENANT, runId));
  const plan = store.text(reportKey(TENANT, runId, "action-plan.csv"));
  expect(plan).toContain(`"${organizationId("1")}","'=acme","Acme & Sons",`);
});

it("a run without findings has its snapshot alone", async () => {
  const store = memoryEvidenceStore();
  const [runId] = await auditDays(store, threeDays());
  if (runId === undefined) throw new Error("There is no run.");
  const { manifest, snapshot } = await readEvidence(store, runId);
  const files = manifest.files.filter(({ role }) => role !== "findings");
  const seen: unknown[] = [];
  for await (const line of judgedLines(store, { files })) seen.push(line);
  expect(seen).toEqual(snapshot.map((line) => ({ snapshot: line })));
});
