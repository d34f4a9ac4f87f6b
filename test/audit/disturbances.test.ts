import { describe, expect, it } from "@jest/globals";
import { begin } from "../../lambda/audit/begin.ts";
import { renewLease } from "../../lambda/audit/lease.ts";
import { changeSweepLock, readSweepLock, type SweepLock } from "../../lambda/audit/lock.ts";
import type { Clock } from "../../lambda/domain/clock.ts";
import { EvidenceError, EvidenceStoreError } from "../../lambda/domain/errors.ts";
import type { ObjectKey, RunId, Sha256 } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { runIdAt } from "../../lambda/domain/time.ts";
import { manifestKey, snapshotKey } from "../../lambda/evidence/format/keys.ts";
import { readManifest } from "../../lambda/evidence/store/manifests.ts";
import { readVerified } from "../../lambda/evidence/store/part-reader.ts";
import { dependencies, readEvidence, request, TENANT } from "../support/audit-harness.ts";
import { CLOCK, GOOGLE, NOW_MS, run, SSO, soundChain } from "../support/disturbed.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { type MemoryEvidenceStore, type MemoryObject, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

/**
 * What the manifests record: themselves and the lines of their files, for where one part ends and the next begins may
 * differ after a disturbance. Without figures of what was asked, and so without hashes.
 */
async function record(store: MemoryEvidenceStore): Promise<ReadonlyMap<string, readonly string[]>> {
  const kept = new Map<string, readonly string[]>();
  for (const [key, text] of evidence(store)) {
    if (!key.startsWith("v1/manifests/")) continue;
    kept.set(key, [text.replace(/"files":\[[^\]]*\]/, "")]);
    const stored = await readManifest(store, key as ObjectKey);
    if (stored === null || stored.manifest instanceof EvidenceError) throw new Error(`${key} cannot be read.`);
    for (const role of ["snapshot", "changes"] as const) {
      const files = stored.manifest.files.filter((file) => file.role === role);
      const lines = files.map((file) => Array.fromAsync(readVerified(store, file)));
      kept.set(`${key} ${role}`, (await Promise.all(lines)).flat());
    }
  }
  return kept;
}

/** All that is stored, but for state and for what a disturbance may change. */
function evidence(store: MemoryEvidenceStore): ReadonlyMap<string, string> {
  const kept = [...store.objects].filter(([key]) => !key.startsWith("v1/state/"));
  const text = (body: Uint8Array) =>
    Buffer.from(body)
      .toString("latin1")
      .replace(/"usage":\{[^}]*\}/, "")
      .replace(/,"content_sha256":"[0-9a-f]+"/, "")
      .replaceAll(/(v1\/manifests\/[^"]*","sha256":")[0-9a-f]+/g, "$1");
  return new Map(kept.map(([key, { body }]): [string, string] => [key, text(body)]).sort());
}

describe("a store that fails", () => {
  it.each(["refused", "answer_lost", "cut_off"] as const)(
    "at any one of its calls (%s) leaves the same evidence once the run is done",
    async (fault) => {
      const undisturbed = memoryEvidenceStore();
      await run(undisturbed, 0, [SSO]);
      await run(undisturbed, 1, [SSO, GOOGLE]);
      const calls = undisturbed.operations.length;
      for (let at = 1; at <= calls; at += 1) {
        const store = memoryEvidenceStore();
        let isBroken = false;
        store.fault = ({ count }) => {
          if (isBroken || count !== at) return null;
          isBroken = true;
          return fault;
        };
        for (const [day, connections] of [[SSO], [SSO, GOOGLE]].entries()) {
          const attempt = () => run(store, day, connections);
          await attempt().catch((error: unknown) => {
            expect(error).toBeInstanceOf(EvidenceStoreError);
            return attempt();
          });
        }
        expect(await record(store)).toEqual(await record(undisturbed));
        expect(await soundChain(store)).toEqual(["20260303T060000Z", "20260304T060000Z"]);
      }
    },
    60_000,
  );
});

describe("an attempt that was given up", () => {
  it("left parts under the run's ID, which are never taken for the run's", async () => {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    const stray = snapshotKey(TENANT, runIdAt(Date.UTC(2026, 2, 4, 6)), 0);
    await store.create(stray, Buffer.from("of another scope"), "application/gzip");
    const outcome = await run(store, 1, [SSO, GOOGLE]);
    if (outcome.kind !== "recorded") throw new Error("The run was not recorded.");
    const { manifest, snapshot } = await readEvidence(store, outcome.runId);
    expect(manifest.files.map(({ key }) => key)).not.toContain(stray);
    expect(snapshot).toHaveLength(5);
    expect(await soundChain(store)).toHaveLength(2);
  });
});

describe("a lease that is to be renewed", () => {
  const ASKING = { executionId: "later-process", leaseMs: 60_000, kind: "sweep" as const, scheduledAt: null };
  const RUN_ID = runIdAt(Date.UTC(2026, 2, 4, 6));
  const OTHER = runIdAt(Date.UTC(2026, 2, 5, 6));

  /** The second day's run continues in a later process, with the given lock. */
  async function renew(lock: (head: SweepLock) => SweepLock, isDead: (executionId: string) => boolean = () => false) {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    const beginning = await begin(request(1), around(store));
    if (beginning.kind !== "begun") throw new Error("The run did not begin.");
    await changeSweepLock(store, TENANT, lock);
    await renewLease(beginning.run, ASKING, { ...around(store), isDead });
    return readSweepLock(store, TENANT);
  }
  const around = (store: MemoryEvidenceStore) =>
    dependencies(store, fakeManagementApi(new Map(), CLOCK.now), { clock: CLOCK });
  const heldBy = (executionId: string, runId: RunId) => (lock: SweepLock) => ({
    ...lock,
    holder: { runId, executionId, leaseUntilMs: NOW_MS + 1 },
  });

  it("is renewed if the run's own earlier process, a dead process, or no one holds it", async () => {
    const holder = { runId: RUN_ID, executionId: ASKING.executionId, leaseUntilMs: NOW_MS + ASKING.leaseMs };
    expect((await renew((lock) => lock)).holder).toEqual(holder);
    expect((await renew(heldBy("dead", OTHER), (executionId) => executionId === "dead")).holder).toEqual(holder);
    expect((await renew((lock) => ({ ...lock, holder: null }))).holder).toEqual(holder);
  });

  it("is lost where another one that may be alive holds it, or came and went", async () => {
    await expect(renew(heldBy("alive", OTHER))).rejects.toMatchObject({ code: "superseded" });
    const key = manifestKey(TENANT, OTHER);
    const head = { runId: OTHER, key, sha256: "0".repeat(64) as Sha256 };
    await expect(renew((lock) => ({ ...lock, holder: null, head, pending: null }))).rejects.toMatchObject({
      code: "superseded",
    });
  });
});

describe("the lock", () => {
  it("of a dead execution is taken over once its lease is over, and its run stands back when it wakes", async () => {
    const objects = new Map<string, MemoryObject>();
    const sleeping = memoryEvidenceStore(objects);
    const woken = Promise.withResolvers<void>();
    const asleep = Promise.withResolvers<void>();
    sleeping.before = async ({ kind, key }) => {
      if (kind !== "create" || !key.includes("/snapshots/")) return;
      sleeping.before = null;
      asleep.resolve();
      await woken.promise;
    };
    const first = run(sleeping, 0, [SSO]);
    await asleep.promise;
    const early = await run(memoryEvidenceStore(objects), 1, [SSO]);
    expect(early).toEqual({ kind: "skipped", runId: "20260304T060000Z", holder: "20260303T060000Z" });
    const later: Clock = { now: () => NOW_MS + 60_001, sleep: async () => {} };
    expect(await run(memoryEvidenceStore(objects), 1, [SSO], {}, later)).toMatchObject({ kind: "recorded" });
    woken.resolve();
    expect(await first).toMatchObject({ kind: "skipped" });
    expect(await soundChain(memoryEvidenceStore(objects))).toEqual(["20260304T060000Z"]);
  });

  it.each(["{", "", '{"holder":7}'])("that is no lock (%j) counts as lost, and the chain goes on", async (text) => {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    await run(store, 1, [SSO]);
    const [key, object] = [...store.objects].find(([name]) => name.endsWith("sweep-lock.json")) ?? [];
    if (key === undefined || object === undefined) throw new Error("There is no lock.");
    store.objects.set(key, { ...object, body: Buffer.from(text) });
    expect(await run(store, 2, [SSO, GOOGLE])).toMatchObject({ kind: "recorded", summary: { severity: { high: 5 } } });
    expect(await soundChain(store)).toHaveLength(3);
  });

  it("that is deleted with all state is found again from the manifests, in whatever order their times were", async () => {
    const store = memoryEvidenceStore();
    for (const [index, day] of [3, 1, 2].entries()) {
      await run(store, day, index === 2 ? [SSO, GOOGLE] : [SSO], {}, { ...CLOCK, now: () => NOW_MS + index });
      for (const key of [...store.objects.keys()]) if (key.startsWith("v1/state/")) store.objects.delete(key);
    }
    expect(await soundChain(store)).toEqual(["20260306T060000Z", "20260304T060000Z", "20260305T060000Z"]);
  });
});

describe("a previous snapshot that cannot be trusted", () => {
  const edits: readonly (readonly [string, (store: MemoryEvidenceStore) => void])[] = [
    ["a part that is cut off", (store) => edit(store, /snapshots.*0304.*00001/, (body) => body.subarray(0, -9))],
    [
      "a part of another run",
      (store) => edit(store, /snapshots.*0304.*00001/, () => bodyOf(store, /snapshots.*0304.*00000/)),
    ],
    ["a part that is gone", (store) => remove(store, /snapshots.*0304.*00000/)],
    [
      "a manifest that was edited",
      (store) =>
        edit(store, /manifests.*0304/, (body) => replaced(body, '"partial":0', '"partial":1', '"rows":2', '"rows":3')),
    ],
    ["a manifest that is cut off", (store) => edit(store, /manifests.*0304/, (body) => body.subarray(0, 200))],
    [
      "a manifest of a later format",
      (store) =>
        edit(store, /manifests.*0304/, (body) => replaced(body, '"format_version":"1.1"', '"format_version":"2.0"')),
    ],
    ["a manifest that is gone", (store) => remove(store, /manifests.*0304/)],
  ];
  const forgeries: readonly (readonly [string, (store: MemoryEvidenceStore) => void])[] = [
    ["that names no files", (store) => forge(store, { files: [] })],
    ["of another tenant", (store) => forge(store, { tenant: "other.eu.auth0.com", domain: "other.eu.auth0.com" })],
  ];

  it.each(forgeries)("a manifest %s, without a lock, is skipped with a warning", async (_what, damage) => {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    await run(store, 1, [SSO, GOOGLE]);
    damage(store);
    const outcome = await run(store, 2, [SSO, GOOGLE]);
    expect(outcome).toMatchObject({ kind: "recorded", summary: { severity: { high: 5 } } });
    expect(outcome.kind === "recorded" && outcome.warnings).toHaveLength(1);
  });

  it.each(edits)("%s: the run says so, compares with the one before, and leaves it as it is", async (_what, damage) => {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    await run(store, 1, [SSO, GOOGLE]);
    damage(store);
    const before = evidence(store);
    const outcome = await run(store, 2, [SSO, GOOGLE]);
    if (outcome.kind !== "recorded") throw new Error("The run was not recorded.");
    expect(outcome.warnings.length).toBeGreaterThan(0);
    expect(outcome.summary.severity.high).toBe(5);
    const { manifest } = (await readManifest(store, outcome.manifestKey)) ?? {};
    if (manifest === undefined || manifest instanceof EvidenceError) throw new Error("The manifest cannot be read.");
    expect(manifest.baseline?.runId).toBe("20260303T060000Z");
    expect(manifest.previous?.runId).toBe("20260304T060000Z");
    const after = evidence(store);
    for (const [key, body] of before) if (!key.includes("/reports/")) expect(after.get(key)).toBe(body);
  });

  it("without any other, the run sets a new baseline and says so", async () => {
    const store = memoryEvidenceStore();
    await run(store, 0, [SSO]);
    edit(store, /snapshots.*0303.*00000/, (body) => body.subarray(0, 30));
    const outcome = await run(store, 1, [SSO, GOOGLE]);
    expect(outcome).toMatchObject({ kind: "recorded", summary: { severity: { high: 0, medium: 0 } } });
    expect(outcome.kind === "recorded" && outcome.warnings.at(-1)).toMatch(/sets a new baseline/);
  });

  /** The second day's manifest with other `fields`, and without its digest, as an older version wrote it. */
  function forge(store: MemoryEvidenceStore, fields: JsonObject): void {
    edit(store, /manifests.*0304/, (body) => {
      const manifest: JsonObject = JSON.parse(Buffer.from(body).toString());
      const { content_sha256: _, ...rest } = manifest;
      return Buffer.from(`${JSON.stringify({ ...rest, ...fields })}\n`);
    });
    remove(store, /sweep-lock/);
  }
  function find(store: MemoryEvidenceStore, pattern: RegExp): [string, MemoryObject] {
    const found = [...store.objects].find(([key]) => pattern.test(key));
    if (found === undefined) throw new Error(`Nothing is stored under ${pattern}.`);
    return found;
  }
  function edit(store: MemoryEvidenceStore, pattern: RegExp, change: (body: Uint8Array) => Uint8Array): void {
    const [key, object] = find(store, pattern);
    store.objects.set(key, { ...object, body: change(object.body) });
  }
  function remove(store: MemoryEvidenceStore, pattern: RegExp): void {
    store.objects.delete(find(store, pattern)[0]);
  }
  function bodyOf(store: MemoryEvidenceStore, pattern: RegExp): Uint8Array {
    return find(store, pattern)[1].body;
  }
  function replaced(body: Uint8Array, ...pairs: readonly string[]): Uint8Array {
    let text = Buffer.from(body).toString();
    for (let index = 0; index < pairs.length; index += 2)
      text = text.replace(pairs[index] ?? "", pairs[index + 1] ?? "");
    return Buffer.from(text);
  }
});
