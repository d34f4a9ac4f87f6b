import { generateKeyPairSync, sign } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "@jest/globals";
import { changeSweepLock, readSweepLock, type SweepLock } from "../../lambda/audit/lock.ts";
import type { AuditRequest } from "../../lambda/audit/run.ts";
import { EMPTY_SUMMARY } from "../../lambda/changes/summary.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import type { ObjectKey, RunId, Sha256 } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { ALWAYS, runIdAt, timestamp } from "../../lambda/domain/time.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { changesKey, manifestKey, signatureKey, snapshotKey } from "../../lambda/evidence/format/keys.ts";
import { decodeManifest, encodeManifest, type Manifest } from "../../lambda/evidence/format/manifest.ts";
import type { Problem } from "../../lambda/evidence/verify/problem.ts";
import { verifyTenant } from "../../lambda/evidence/verify/verify.ts";
import { checkReports } from "../../lambda/report/check-reports.ts";
import { readEvidence, TENANT } from "../support/audit-harness.ts";
import { CLOCK, GOOGLE, NOW_MS, run, SSO } from "../support/disturbed.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const DAY_MS = 86_400_000;
const runOf = (day: number): RunId => runIdAt(NOW_MS + day * DAY_MS);
const clockOf = (day: number): Clock => ({ ...CLOCK, now: () => NOW_MS + day * DAY_MS });

/** The run of a day, at the time of that day. */
function audit(
  store: MemoryEvidenceStore,
  day: number,
  connections: readonly JsonObject[],
  other: Partial<AuditRequest> = {},
) {
  return run(store, day, connections, other, clockOf(day));
}

/** Two recorded days: all five Organizations have one connection. */
async function twoDays(): Promise<MemoryEvidenceStore> {
  const store = memoryEvidenceStore();
  await audit(store, 0, [SSO]);
  await audit(store, 1, [SSO]);
  return store;
}

function plant(store: MemoryEvidenceStore, key: string, body: string | Uint8Array): void {
  store.objects.set(key, { body: Buffer.from(body), contentType: "" });
}

/** A sound manifest of a run that never was: everything is taken off an earlier one, except what `fields` say. */
function forged(store: MemoryEvidenceStore, day: number, fields: Partial<Manifest>, from = 1): ObjectKey {
  const genuine = manifestKey(TENANT, runOf(from));
  const runId = runOf(day);
  const key = manifestKey(TENANT, runId);
  const counts = { requested: 0, observed: 0, failed: 0, deleted: 0 };
  const manifest = decodeManifest(store.text(genuine), genuine);
  const failed: Manifest = {
    ...manifest,
    runId,
    key,
    status: "failed",
    files: [],
    summary: { ...manifest.summary, organizations: counts, connections: 0, findings: EMPTY_SUMMARY.findings },
    error: { code: "token_refused", message: "Forged." },
    ...fields,
  };
  plant(store, key, encodeManifest(failed));
  return key;
}

function referenceOf(store: MemoryEvidenceStore, day: number) {
  const key = manifestKey(TENANT, runOf(day));
  return { runId: runOf(day), key, sha256: sha256(store.text(key)) };
}

/** What verification finds: `verdict key`, without the tenant and the day. */
async function found(store: MemoryEvidenceStore, day = 9): Promise<readonly string[]> {
  const problems: Problem[] = [];
  const onProblem = (problem: Problem) => problems.push(problem);
  const notedHead = (await readSweepLock(store, TENANT)).head;
  const request = { tenant: TENANT, range: ALWAYS, onProblem };
  await verifyTenant(store, {
    ...request,
    isSignature: null,
    anchors: [],
    notedHead,
    nowMs: NOW_MS + day * DAY_MS,
  });
  await checkReports(store, { ...request, version: "0.0.0" });
  return problems.map(({ key, verdict }) => `${verdict} ${key?.replace(/^v1\/|tenant=[^/]*\/|dt=[^/]*\//g, "")}`);
}

const setLock = (store: MemoryEvidenceStore, change: (lock: SweepLock) => SweepLock) =>
  changeSweepLock(store, TENANT, change);

/** The day's run must find that each of five Organizations has a second connection, and nothing else. */
async function expectTrueRun(store: MemoryEvidenceStore, day: number, previous: RunId): Promise<void> {
  const outcome = await audit(store, day, [SSO, GOOGLE]);
  if (outcome.kind !== "recorded") throw new Error(`The run is ${outcome.kind}.`);
  const { changes, manifest, snapshot } = await readEvidence(store, outcome.runId);
  expect(manifest.previous?.runId).toBe(previous);
  expect(snapshot).toHaveLength(5);
  expect(changes.map(({ change }) => change)).toEqual(Array.from({ length: 5 }, () => "connection_enabled"));
}

describe("parts that are planted at keys that anybody can predict", () => {
  const keys = [0, 1, 2].flatMap((part) => [
    snapshotKey(TENANT, runOf(2), part),
    changesKey(TENANT, runOf(2), part),
    snapshotKey(TENANT, runOf(2), part, "4f9c2a"),
  ]);
  const line = { run_id: runOf(2), organization_id: "org_0000000000000009", status: "observed" };
  const body = gzipSync(`${JSON.stringify(line)}\n`);

  it("before the run are not used, and named", async () => {
    const store = await twoDays();
    for (const key of keys) plant(store, key, body);
    await expectTrueRun(store, 2, runOf(1));
    expect((await found(store)).filter((one) => one.startsWith("unknown"))).toHaveLength(keys.length);
    expect(await found(store)).toHaveLength(keys.length);
  });

  it("during the run are not used, and named", async () => {
    const store = await twoDays();
    store.before = async ({ kind, key }) => {
      if (kind === "create" && key.includes("/snapshots/")) for (const one of keys) plant(store, one, body);
    };
    await expectTrueRun(store, 2, runOf(1));
    expect(await found(store)).toHaveLength(keys.length);
  });
});

describe("a manifest that is planted at the run's key while the run is at work", () => {
  it.each(["sound", "garbage"] as const)("(%s) fails the run, is not signed and is named", async (kind) => {
    const store = await twoDays();
    const key = manifestKey(TENANT, runOf(2));
    store.before = async ({ kind: operation, key: written }) => {
      if (operation !== "create" || !written.includes("/changes/") || store.objects.has(key)) return;
      if (kind === "garbage") plant(store, key, "{}");
      else forged(store, 2, { previous: referenceOf(store, 1), startedAt: timestamp(NOW_MS + 2 * DAY_MS) });
    };
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const signed: string[] = [];
    const signer = {
      sign: async (digest: Uint8Array) => {
        signed.push(Buffer.from(digest).toString("hex"));
        return sign("sha256", digest, privateKey);
      },
    };
    await expect(run(store, 2, [SSO, GOOGLE], {}, clockOf(2), { signer })).rejects.toMatchObject({ code: "altered" });
    expect(signed).toEqual([]);
    expect(store.objects.has(signatureKey(key))).toBe(false);
    store.before = null;
    await expectTrueRun(store, 3, runOf(1));
    expect((await found(store)).filter((one) => one.includes(`manifests/${runOf(2)}`))).toHaveLength(1);
  });
});

describe("a lock that was edited", () => {
  const foreign = {
    runId: runOf(1),
    key: "v1/manifests/tenant=evil/x.json" as ObjectKey,
    sha256: "0".repeat(64) as Sha256,
  };
  const edits: readonly (readonly [string, (store: MemoryEvidenceStore) => Promise<unknown>])[] = [
    ["set back to an older manifest", (store) => setLock(store, (lock) => ({ ...lock, head: referenceOf(store, 0) }))],
    ["that names a foreign key", (store) => setLock(store, (lock) => ({ ...lock, head: foreign, pending: foreign }))],
    [
      "with a lease in the far future",
      (store) =>
        setLock(store, (lock) => ({
          ...lock,
          holder: { runId: runOf(1), executionId: "evil", leaseUntilMs: NOW_MS + 1e4 * DAY_MS },
        })),
    ],
    [
      "that is too large",
      async (store) =>
        plant(store, [...store.objects.keys()].find((key) => key.endsWith("lock.json")) ?? "", " ".repeat(1e6)),
    ],
    [
      "that is garbage",
      async (store) => plant(store, [...store.objects.keys()].find((key) => key.endsWith("lock.json")) ?? "", "[[["),
    ],
  ];

  it.each(edits)("%s neither stops the next run nor forks the chain", async (_what, edit) => {
    const store = await twoDays();
    await edit(store);
    await expectTrueRun(store, 2, runOf(1));
    expect(await found(store)).toEqual([]);
  });
});

describe("a manifest that is planted where a later run is to be recorded", () => {
  it.each([
    ["garbage", (store: MemoryEvidenceStore) => plant(store, manifestKey(TENANT, runOf(2)), "garbage")],
    [
      "a sound one of the future",
      (store: MemoryEvidenceStore) => {
        const at = timestamp(NOW_MS + 3 * DAY_MS);
        forged(store, 2, { previous: referenceOf(store, 1), startedAt: at, completedAt: at });
      },
    ],
  ])("(%s) does not keep the run from being recorded", async (_what, attack) => {
    const store = await twoDays();
    attack(store);
    await expectTrueRun(store, 2, runOf(1));
    expect((await found(store)).filter((one) => one.includes(`manifests/${runOf(2)}`))).toHaveLength(1);
  });

  it("with times before the last run is not continued, with or without a lock, and named", async () => {
    for (const withLock of [true, false]) {
      const store = await twoDays();
      const between = timestamp(NOW_MS + DAY_MS / 2);
      forged(store, 1.5, { previous: referenceOf(store, 1), startedAt: between, completedAt: between });
      if (!withLock)
        for (const key of [...store.objects.keys()]) if (key.startsWith("v1/state/")) store.objects.delete(key);
      await expectTrueRun(store, 2, runOf(1));
      expect(await found(store)).toEqual([`wrong_time manifests/${runOf(1.5)}.json`]);
    }
  });
});

describe("the list of Organizations in state", () => {
  it.each(["discovered", "organizations"])("(%s) that is edited during the run fails it", async (name) => {
    const store = await twoDays();
    let isDone = false;
    store.before = async ({ kind, key }) => {
      if (kind !== "read" || isDone || !key.includes(`/${name}-`)) return;
      isDone = true;
      plant(store, key, gzipSync(`{"organization_id":"org_0000000000000001","name":null,"display_name":null}\n`));
    };
    const outcome = await audit(store, 2, [SSO, GOOGLE]);
    expect([isDone, outcome]).toMatchObject([true, { kind: "recorded", status: "failed" }]);
    store.before = null;
    await expectTrueRun(store, 3, runOf(2));
  });
});

describe("reports that were edited", () => {
  it.each(["report.html", "report.json", "report.md", "changes.csv", "changes.ocsf.ndjson"])(
    "%s: is named",
    async (name) => {
      const store = await twoDays();
      expect(await found(store)).toEqual([]);
      const key = [...store.objects.keys()].find((one) => one.endsWith(`${runOf(1)}/${name}`)) ?? "";
      plant(store, key, `${store.text(key)} `);
      expect(await found(store)).toEqual([`altered reports/${runOf(1)}/${name}`]);
    },
  );

  it("an index that was edited is named, and steers no later report", async () => {
    const store = await twoDays();
    const key = `v1/reports/tenant=${TENANT}/index.html`;
    plant(store, key, "All is well.");
    expect(await found(store)).toEqual(["altered reports/index.html"]);
    await expectTrueRun(store, 2, runOf(1));
    expect(await found(store)).toEqual([]);
  });

  it("an object among them that is no report is named", async () => {
    const store = await twoDays();
    plant(store, `v1/reports/tenant=${TENANT}/dt=2026-03-04/${runOf(1)}/notes.html`, "x");
    plant(store, `v1/reports/tenant=${TENANT}/dt=2026-03-09/${runOf(6)}/report.html`, "x");
    plant(store, `v1/reports/tenant=${TENANT}/other.html`, "x");
    expect(await found(store)).toEqual([
      `unknown reports/${runOf(1)}/notes.html`,
      `unknown reports/${runOf(6)}/report.html`,
      "unknown reports/other.html",
    ]);
  });
});
