import { beforeEach, describe, expect, it } from "@jest/globals";
import { runIdAt, timestamp } from "../../lambda/domain/time.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { indexKey, manifestKey } from "../../lambda/evidence/format/keys.ts";
import type { Manifest, ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import { encodeManifest } from "../../lambda/evidence/format/manifest.ts";
import { publish } from "../../lambda/report/publish.ts";
import { MAX_NEWEST_RUNS, readIndex } from "../../lambda/report/read-index.ts";
import { readRecentRuns } from "../../lambda/report/read-recent-runs.ts";
import { MAX_RECENT_RUNS } from "../../lambda/report/recent-runs.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { situationOf } from "../support/situations.ts";

const FIRST_MS = Date.UTC(2026, 0, 1, 6);
const HOUR_MS = 3_600_000;

/** Failed runs, each chained to the previous one. A failed run stores only its manifest. */
class Chain {
  readonly store: MemoryEvidenceStore;
  readonly manifests: Manifest[] = [];
  #previous: ManifestReference | null = null;

  constructor(store: MemoryEvidenceStore) {
    this.store = store;
  }

  async add(count: number): Promise<Manifest> {
    for (let added = 0; added < count; added += 1) {
      const base = situationOf("failed").manifest;
      const startedMs = FIRST_MS + this.manifests.length * HOUR_MS;
      const runId = runIdAt(startedMs);
      const key = manifestKey(base.tenant, runId);
      const startedAt = timestamp(startedMs);
      const manifest = { ...base, runId, key, startedAt, completedAt: startedAt, previous: this.#previous };
      const bytes = Buffer.from(encodeManifest(manifest));
      await this.store.create(key, bytes, "application/json");
      this.#previous = { runId, key, sha256: sha256(bytes) };
      this.manifests.push(manifest);
    }
    return this.last;
  }

  get last(): Manifest {
    const last = this.manifests.at(-1);
    if (last === undefined) throw new RangeError("The chain has no runs.");
    return last;
  }

  at(index: number): Manifest {
    const manifest = this.manifests.at(index);
    if (manifest === undefined) throw new RangeError(`The chain has no run ${index}.`);
    return manifest;
  }
}

let store: MemoryEvidenceStore;
let chain: Chain;
beforeEach(() => {
  store = memoryEvidenceStore();
  chain = new Chain(store);
});

describe("the recent runs of a run", () => {
  it("are only the run itself for a tenant's first run", async () => {
    const first = await chain.add(1);
    expect(await readRecentRuns(store, first)).toEqual({
      runs: [expect.objectContaining({ runId: first.runId })],
      broken: null,
    });
  });

  it("are the last runs up to it, oldest first, and later runs do not change them", async () => {
    await chain.add(MAX_RECENT_RUNS + 10);
    const run = chain.at(MAX_RECENT_RUNS + 4);
    const recent = await readRecentRuns(store, run);
    const expected = chain.manifests.slice(5, MAX_RECENT_RUNS + 5);
    expect(recent.runs.map(({ runId }) => runId)).toEqual(expected.map(({ runId }) => runId));
    expect(recent.broken).toBeNull();
    await chain.add(3);
    expect(await readRecentRuns(store, run)).toEqual(recent);
  });

  it.each([
    ["missing", (key: string) => store.objects.delete(key)],
    ["altered", (key: string) => alter(key, store.text(key).replace("token_refused", "token_refuseD"))],
    // The hash is checked first: content that is not a manifest is altered, not unreadable.
    ["altered", (key: string) => alter(key, "{}")],
  ])("end at a manifest that is %s", async (problem, harm) => {
    const last = await chain.add(6);
    const harmed = chain.at(2);
    harm(harmed.key);
    const recent = await readRecentRuns(store, last);
    expect(recent.runs).toHaveLength(3);
    expect(recent.broken).toMatchObject({ problem, reference: { runId: harmed.runId } });
  });

  it("end at a manifest of a later format", async () => {
    const [key, later] = [
      manifestKey((await chain.add(1)).tenant, runIdAt(FIRST_MS - HOUR_MS)),
      '{"format_version":"2.0"}\n',
    ];
    alter(key, later);
    const previous = { runId: runIdAt(FIRST_MS - HOUR_MS), key, sha256: sha256(later) };
    const recent = await readRecentRuns(store, { ...chain.last, previous });
    expect(recent).toMatchObject({ runs: [{}], broken: { problem: "unreadable", reference: previous } });
  });
});

describe("the index", () => {
  const published = async ({ key, tenant }: Manifest) => {
    await publish(store, key);
    return store.text(indexKey(tenant));
  };

  it("lists every run, newest first, with a link to its report", async () => {
    await published(await chain.add(3));
    const links = [...store.text(indexKey(chain.last.tenant)).matchAll(/href="(dt=[^"]+)"/g)].map(([, link]) => link);
    expect(links).toEqual([
      "dt=2026-01-01/20260101T080000Z/report.html",
      "dt=2026-01-01/20260101T070000Z/report.html",
      "dt=2026-01-01/20260101T060000Z/report.html",
    ]);
    const page = indexKey(chain.last.tenant).replace("index.html", links[0] ?? "");
    expect(store.objects.has(page)).toBe(true);
  });

  it("reads the newest runs and the last of each day before, and counts the others", async () => {
    const total = MAX_NEWEST_RUNS + 10 * 24;
    await published(await chain.add(total));
    const before = store.operations.length;
    const days = await readIndex(store, chain.last.tenant);
    const read = days.flatMap(({ runs }) => runs);
    expect(read.length).toBe(MAX_NEWEST_RUNS + 11);
    expect(store.operations.slice(before).filter(({ kind }) => kind === "read")).toHaveLength(read.length);
    expect(read.length + days.reduce((sum, { unlisted }) => sum + unlisted, 0)).toBe(total);
    expect(days.at(-1)?.runs.map(({ runId }) => runId)).toEqual([chain.at(17).runId]);
    expect(days.at(-1)?.unlisted).toBe(17);
  });

  it("does not depend on what is stored as the index", async () => {
    const valid = await published(await chain.add(5));
    const key = indexKey(chain.last.tenant);
    for (const name of [key, key.replace(".html", ".json")]) alter(name, "altered");
    expect(await published(chain.last)).toBe(valid);
    expect(store.operations.filter(({ kind, key: read }) => kind === "read" && /\/index\./.test(read))).toEqual([]);
  });

  it("leaves out a run whose manifest was removed, although the stored index has it", async () => {
    await published(await chain.add(5));
    store.objects.delete(chain.at(1).key);
    const runs = (await readIndex(store, chain.last.tenant)).flatMap((day) => day.runs);
    expect(runs.map(({ runId }) => runId)).not.toContain(chain.at(1).runId);
    expect(runs).toHaveLength(4);
  });

  it("lists a run whose manifest cannot be read and ignores other objects", async () => {
    const { tenant } = await chain.add(1);
    alter(manifestKey(tenant, runIdAt(FIRST_MS - HOUR_MS)), '{"format_version":"2.0"}');
    alter(manifestKey(tenant, runIdAt(FIRST_MS)).replace(".json", ".json.sig"), "signature");
    expect((await published(chain.last)).match(/href="dt=/g)).toHaveLength(2);
    const runs = (await readIndex(store, tenant)).flatMap((day) => day.runs);
    expect(runs.map(({ summary }) => summary?.status ?? null)).toEqual(["failed", null]);
  });
});

function alter(key: string, text: string): void {
  store.objects.set(key, { body: Buffer.from(text), contentType: "application/json" });
}
