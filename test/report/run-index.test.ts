import { beforeEach, describe, expect, it } from "@jest/globals";
import { runIdAt, timestamp } from "../../lambda/domain/time.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { indexDataKey, indexKey, manifestKey } from "../../lambda/evidence/format/keys.ts";
import type { Manifest, ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import { encodeManifest } from "../../lambda/evidence/format/manifest.ts";
import { encodeIndex, INDEX_RUNS } from "../../lambda/report/history.ts";
import { publish } from "../../lambda/report/publish.ts";
import { readHistory } from "../../lambda/report/read-history.ts";
import { readIndex } from "../../lambda/report/run-index.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { SITUATIONS } from "../support/situations.ts";

const FIRST_MS = Date.UTC(2026, 0, 1, 6);
const HOUR_MS = 3_600_000;

/** Failed runs, each chained to the one before: a manifest is all that such a run has. */
class Chain {
  readonly store: MemoryEvidenceStore;
  readonly manifests: Manifest[] = [];
  #previous: ManifestReference | null = null;

  constructor(store: MemoryEvidenceStore) {
    this.store = store;
  }

  async add(count: number): Promise<Manifest> {
    for (let added = 0; added < count; added += 1) {
      const base = SITUATIONS.failed?.manifest;
      if (base === undefined) throw new Error("The situation is missing.");
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
    if (last === undefined) throw new RangeError("There is no run.");
    return last;
  }

  at(index: number): Manifest {
    const manifest = this.manifests.at(index);
    if (manifest === undefined) throw new RangeError(`There is no run ${index}.`);
    return manifest;
  }
}

let store: MemoryEvidenceStore;
let chain: Chain;
beforeEach(() => {
  store = memoryEvidenceStore();
  chain = new Chain(store);
});

const manifestReads = () => store.operations.filter(({ kind, key }) => kind === "read" && key.includes("/manifests/"));

describe("the history of a run", () => {
  it("is the run alone for a tenant's first one", async () => {
    const first = await chain.add(1);
    expect(await readHistory(store, first)).toEqual({
      runs: [expect.objectContaining({ runId: first.runId })],
      broken: null,
    });
  });

  it("is the last thirty runs, oldest first, and depends on nothing that came later", async () => {
    await chain.add(40);
    const run = chain.at(34);
    const history = await readHistory(store, run);
    expect(history.runs.map(({ runId }) => runId)).toEqual(chain.manifests.slice(5, 35).map(({ runId }) => runId));
    expect(history.broken).toBeNull();
    await chain.add(3);
    expect(await readHistory(store, run)).toEqual(history);
  });

  it.each([
    ["missing", (key: string) => store.objects.delete(key)],
    ["altered", (key: string) => alter(key, store.text(key).replace("token_refused", "token_refuseD"))],
    // The chain holds for the bytes, whatever they are: an unreadable manifest is only told apart when its hash is right.
    ["altered", (key: string) => alter(key, "{}")],
  ])("ends where a manifest is %s, and says so", async (problem, harm) => {
    const last = await chain.add(6);
    const harmed = chain.at(2);
    harm(harmed.key);
    const history = await readHistory(store, last);
    expect(history.runs).toHaveLength(3);
    expect(history.broken).toMatchObject({ problem, reference: { runId: harmed.runId } });
  });

  it("ends where a manifest of a later format stands", async () => {
    const [key, later] = [
      manifestKey((await chain.add(1)).tenant, runIdAt(FIRST_MS - HOUR_MS)),
      '{"format_version":"2.0"}\n',
    ];
    alter(key, later);
    const previous = { runId: runIdAt(FIRST_MS - HOUR_MS), key, sha256: sha256(later) };
    const history = await readHistory(store, { ...chain.last, previous });
    expect(history).toMatchObject({ runs: [{}], broken: { problem: "unreadable", reference: previous } });
  });
});

describe("the index", () => {
  const published = async (manifest: Manifest) => {
    await publish(store, manifest.key);
    return { page: store.text(indexKey(manifest.tenant)), data: store.text(indexDataKey(manifest.tenant)) };
  };
  const rebuilt = async (manifest: Manifest) => {
    await publish(store, manifest.key, { rebuildIndex: true });
    return { page: store.text(indexKey(manifest.tenant)), data: store.text(indexDataKey(manifest.tenant)) };
  };

  it("lists every run, newest first, with a link beside it that leads to its report", async () => {
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

  it("reads, of the manifests, only those that the last index does not know", async () => {
    await published(await chain.add(50));
    const last = await chain.add(2);
    const before = manifestReads().length;
    const runs = await readIndex(store, last.tenant, { trusted: true });
    expect(manifestReads().length - before).toBe(2);
    expect(runs.map(({ runId }) => runId)).toEqual(chain.manifests.map(({ runId }) => runId).reverse());
  });

  it("holds the last runs alone, whichever way it is made", async () => {
    await published(await chain.add(INDEX_RUNS + 20));
    const last = await chain.add(1);
    const grown = await published(last);
    expect(grown.page.match(/href="dt=/g)).toHaveLength(INDEX_RUNS);
    expect(grown.page).toContain("The last 400 runs");
    expect(await published(last)).toEqual(grown);
    expect(await rebuilt(last)).toEqual(grown);
  });

  it.each([
    ["missing", () => store.objects.delete(indexDataKey(chain.last.tenant))],
    ["none", () => alter(indexDataKey(chain.last.tenant), "not JSON")],
    ["of another version", () => alter(indexDataKey(chain.last.tenant), '{"index_version":"9.0","runs":[]}')],
    ["of fewer runs", () => alter(indexDataKey(chain.last.tenant), encodeIndex([]))],
  ])("is made from all manifests when the last one is %s", async (_what, harm) => {
    const sound = await published(await chain.add(5));
    harm();
    expect(await published(chain.last)).toEqual(sound);
  });

  it("forgets a run whose manifest is gone, and believes no index that says otherwise", async () => {
    await published(await chain.add(5));
    store.objects.delete(chain.at(1).key);
    const runs = await readIndex(store, chain.last.tenant, { trusted: true });
    expect(runs.map(({ runId }) => runId)).not.toContain(chain.at(1).runId);
    expect(runs).toHaveLength(4);
  });

  it("repairs what was altered in it when it is rebuilt", async () => {
    const sound = await published(await chain.add(3));
    const key = indexDataKey(chain.last.tenant);
    alter(key, store.text(key).replaceAll('"status": "failed"', '"status": "complete"'));
    expect(await published(chain.last)).not.toEqual(sound);
    expect(await rebuilt(chain.last)).toEqual(sound);
  });

  it("names a run whose manifest cannot be read, and ignores what is no manifest", async () => {
    const { tenant } = await chain.add(1);
    alter(manifestKey(tenant, runIdAt(FIRST_MS - HOUR_MS)), '{"format_version":"2.0"}');
    alter(manifestKey(tenant, runIdAt(FIRST_MS)).replace(".json", ".json.sig"), "signature");
    const { page, data } = await published(chain.last);
    expect(page.match(/Its manifest cannot be read/g)).toHaveLength(1);
    expect(page.match(/href="dt=/g)).toHaveLength(2);
    expect(data.match(/"run_id"/g)).toHaveLength(1);
  });
});

function alter(key: string, text: string): void {
  store.objects.set(key, { body: Buffer.from(text), contentType: "application/json" });
}
