import { beforeEach, describe, expect, it } from "@jest/globals";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import { ALWAYS } from "../../lambda/domain/time.ts";
import { partKey, reportKey } from "../../lambda/evidence/format/keys.ts";
import { encodeChange, encodeFinding, encodeOperation, encodeSnapshot } from "../../lambda/evidence/format/lines.ts";
import { type EvidenceFile, encodeManifest, type Manifest } from "../../lambda/evidence/format/manifest.ts";
import { historyOf } from "../../lambda/evidence/query/organization-history.ts";
import { RecordedRuns } from "../../lambda/evidence/query/recorded-runs.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../../lambda/evidence/store/part-writer.ts";
import { renderEvent } from "../../lambda/report/event.ts";
import { explainedChangeList } from "../../lambda/report/explained-change-list.ts";
import { explainedChanges } from "../../lambda/report/explained-changes.ts";
import { publish, readEventModel } from "../../lambda/report/publish.ts";
import { recordedChangesFrame } from "../../lambda/report/recorded-changes.ts";
import { historyJson } from "../../lambda/report/text/history.ts";
import { organizationId, RUN_2 } from "../support/builders.ts";
import { expectGolden } from "../support/golden.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { type Situation, situationOf } from "../support/situations.ts";

const LOCATION = "memory";

/** Stores a situation as the evidence of a tenant's first run. */
async function stored(store: MemoryEvidenceStore, one: Situation): Promise<Manifest> {
  const { changes, findings, operations, snapshot } = one;
  const { tenant } = one.manifest;
  const part = async (
    role: EvidenceFile["role"],
    lines: readonly (readonly [id: OrganizationId | null, line: string])[],
  ) => {
    const writer = new PartWriter(role, partKey(role, tenant, { runId: RUN_2, part: 0, word: null }));
    for (const [id, line] of lines) await writer.add(id, line);
    const { body, file } = await writer.finish();
    await store.create(file.key, body, PART_CONTENT_TYPE);
    return file;
  };
  const files = [
    await part(
      "snapshot",
      snapshot.map((line) => [line.organizationId, encodeSnapshot(line)]),
    ),
    await part(
      "changes",
      changes.map((line) => [line.organizationId, encodeChange(line)]),
    ),
    await part(
      "findings",
      findings.map((line) => [line.organizationId, encodeFinding(line)]),
    ),
    await part(
      "operations",
      operations.map((line) => [null, encodeOperation(line)]),
    ),
  ];
  const manifest = { ...one.manifest, files, previous: null, baseline: null };
  const { policy } = manifest;
  if (policy === null) throw new RangeError("The situation was judged by no policy.");
  await store.create(policy.key, Buffer.from(one.policy), "application/json");
  await store.create(manifest.key, Buffer.from(encodeManifest(manifest)), "application/json");
  return manifest;
}

describe("the reports of a stored run with operations", () => {
  let store: MemoryEvidenceStore;
  let manifest: Manifest;
  const text = (name: string) =>
    Buffer.from(store.objects.get(reportKey(manifest.tenant, manifest.runId, name))?.body ?? "").toString();

  beforeEach(async () => {
    store = memoryEvidenceStore();
    manifest = await stored(store, situationOf("who"));
    await publish(store, manifest.key);
  });

  it("say who made each change", () => {
    const rows = text("changes.csv").trim().split("\r\n").slice(1);
    expect(rows.map((row) => row.split('","').slice(13, 15))).toEqual([
      ["certain", "only_operation"],
      ["likely", "one_of_several"],
      ["likely", "tenant_wide"],
      ["likely", "organization_only"],
      ["none", "no_operation"],
    ]);
    expect(text("report.html")).toContain("terraform");
  });

  it("have an event for each temporary change before those of the changes", () => {
    const events = text("changes.ocsf.ndjson")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ unmapped }) => unmapped.undone ?? false)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(events.map(({ metadata }) => metadata.original_event_uid ?? null)).toEqual([
      "undone-1",
      "undone-2",
      "certain",
      "several-2",
      "tenant-wide",
      "organization-only",
      null,
    ]);
  });

  it("list temporary changes with who undid them, in the event too", async () => {
    const { undone } = JSON.parse(text("report.json"));
    expect(undone).toMatchObject({ total: 2, by_severity: { high: 1, medium: 0, low: 1, info: 0 } });
    expect(undone.worst[0].undone_by_operation).toMatchObject({ log_id: "undone-1-end", client_name: "terraform" });
    const { detail } = renderEvent(await readEventModel(store, manifest.key), LOCATION);
    expect(JSON.parse(detail).undone).toEqual({ summary: "Temporary changes: 1 high, 1 low.", ...undone });
  });

  it.each(["table", "md", "csv"] as const)("agree with the list of recorded changes as %s", async (format) => {
    const frame = recordedChangesFrame({ runs: [manifest], uncovered: [] });
    const list = explainedChangeList(format, frame);
    const changes = await Array.fromAsync(explainedChanges(store, [manifest], { severity: "high" }));
    const rows = changes.map((one, index) => list.row(one, index));
    expectGolden(`change-list/who.${format}`, [list.start(), ...rows, list.end(rows.length)].join(""));
    if (format === "csv") for (const row of rows) expect(text("changes.csv")).toContain(row);
  });

  it("agree with the history of an Organization", async () => {
    const runs = await RecordedRuns.read(store, manifest.tenant);
    const { changes } = JSON.parse(text("report.json"));
    for (const end of ["1", "2", "3", "4", "5", "6"]) {
      const id = organizationId(end);
      const { history } = JSON.parse(historyJson(await historyOf(store, runs, id, ALWAYS, null)));
      const ofKind = (kind: string) => history.filter((entry: { kind: string }) => entry.kind === kind);
      expect(ofKind("change").map(({ kind: _kind, ...change }: { kind: string }) => change)).toEqual(
        changes.filter((change: { organization_id: string }) => change.organization_id === id),
      );
      expect(ofKind("undone")).toHaveLength(end === "4" || end === "6" ? 1 : 0);
    }
  });
});
