import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { beforeAll, describe, expect, it } from "@jest/globals";
import type { RunId } from "../../lambda/domain/identifiers.ts";
import { ALWAYS } from "../../lambda/domain/time.ts";
import { parseManifestKey } from "../../lambda/evidence/format/keys.ts";
import type { Problem } from "../../lambda/evidence/verify/problem.ts";
import { verifyTenant } from "../../lambda/evidence/verify/verify.ts";
import { type Evidence, readEvidence, TENANT } from "../support/audit-harness.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { factsOf, isEvidence, parseObject, withoutAdditions, withoutAttempt } from "./evidence-records.ts";
import { auditTenantDays } from "./tenant-days.ts";

/**
 * Compares evidence that version 1.0 of the format stored with the evidence of the same runs made by this version.
 *
 * `test/fixtures/evidence-1.0` holds the objects exactly as they were stored. A minor version may add keys and may add
 * a word to the name of a part; everything else stays the same. The fixture is not meant to be written again. If the
 * scenario itself has to change, `UPDATE_STORED_RUN=1 npm test -- test/compatibility` replaces the fixture.
 */
const FIXTURE = join(import.meta.dirname, "../fixtures/evidence-1.0");

let stored: MemoryEvidenceStore;
let current: MemoryEvidenceStore;

beforeAll(async () => {
  current = memoryEvidenceStore();
  await auditTenantDays(current);
  if (process.env.UPDATE_STORED_RUN === "1") saveFixture(current);
  stored = loadFixture();
});

function saveFixture(store: MemoryEvidenceStore): void {
  rmSync(FIXTURE, { recursive: true, force: true });
  for (const key of evidenceKeys(store)) {
    const file = join(FIXTURE, key);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bodyOf(store, key));
  }
}

function loadFixture(): MemoryEvidenceStore {
  const store = memoryEvidenceStore();
  for (const entry of readdirSync(FIXTURE, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const key = relative(FIXTURE, file).replaceAll(sep, "/");
    store.objects.set(key, { body: readFileSync(file), contentType: "" });
  }
  return store;
}

function evidenceKeys(store: MemoryEvidenceStore): readonly string[] {
  return [...store.objects.keys()].filter(isEvidence).sort();
}

function bodyOf(store: MemoryEvidenceStore, key: string): Uint8Array {
  const object = store.objects.get(key);
  if (object === undefined) throw new RangeError(`Nothing is stored as ${key}.`);
  return object.body;
}

/** Every line and manifest as text, by key; those made now without the keys that were added since. */
function compared() {
  const before = recordsOf(stored);
  const now = [...recordsOf(current)].map(([key, records]) => {
    const old = before.get(key) ?? [];
    return [key, records.map((record, index) => withoutAdditions(record, old[index]))] as const;
  });
  return { before: asText(before), now: asText(now) };
}

/** Version 1.1 compares runs over a list, and the runs after them, with the state of the tenant: they have other changes. */
const COMPARED_OTHERWISE = /^v1\/(changes|manifests)\/.*\/dt=2026-03-(09|1\d)\//;

function recordsOf(store: MemoryEvidenceStore) {
  return new Map(
    evidenceKeys(store)
      .filter((key) => !COMPARED_OTHERWISE.test(key))
      .map((key) => {
        const records = parseObject(key, bodyOf(store, key));
        return [withoutAttempt(key), records.map((record) => factsOf(key, record))];
      }),
  );
}

function asText(records: Iterable<readonly [string, readonly unknown[]]>): ReadonlyMap<string, readonly string[]> {
  return new Map(Array.from(records, ([key, lines]) => [key, lines.map((line) => JSON.stringify(line))]));
}

describe("evidence of the same runs, stored by version 1.0 and made now", () => {
  it("has the same objects", () => {
    const keys = evidenceKeys(stored);
    expect(keys).not.toEqual([]);
    expect(evidenceKeys(current).map(withoutAttempt)).toEqual(keys);
  });

  it("has the same snapshots, changes and manifests", () => {
    const { before, now } = compared();
    expect(now).toEqual(before);
  });

  it("is valid as made now", async () => {
    expect(await verify(current)).toMatchObject({ problems: [], unnamedParts: 0 });
  });
});

describe("evidence that version 1.0 stored", () => {
  it("is valid", async () => {
    expect(await verify(stored)).toEqual({
      problems: [],
      unnamedParts: 0,
      runs: 10,
      files: evidenceKeys(stored).length - 10,
      head: "20260312T060000Z",
    });
  });

  it("is read whole, and holds every status, failure code and kind of change", async () => {
    const runs = await Promise.all(storedRuns().map((runId) => readEvidence(stored, runId)));
    expect(runs.map(inShort)).toEqual([
      "all partial 11 0",
      "all partial 13 17",
      "all partial 12 1",
      "all token_refused 0 0",
      "all complete 12 8",
      "all insufficient_scope 0 0",
      "list partial 5 9",
      "list complete 4 5",
      "all complete 11 8",
      "all complete 11 0",
    ]);
    const snapshot = runs.flatMap((run) => run.snapshot);
    const failures = snapshot.flatMap((line) => (line.status === "failed" ? [line] : []));
    expect(distinct(snapshot.map(({ status }) => status))).toEqual(["deleted", "failed", "observed"]);
    expect(distinct(failures.map(({ failure }) => failure.code))).toEqual([
      "forbidden",
      "invalid_request",
      "malformed_response",
      "network",
      "organization_not_found",
      "rate_limited",
      "timeout",
      "unavailable",
    ]);
    expect(distinct(failures.map(({ firstReading, lastObserved }) => firstReading ?? typeof lastObserved))).toEqual([
      "enables_connections",
      "object",
      "sets_baseline",
    ]);
    expect(distinct(runs.flatMap((run) => run.changes.map(({ change }) => change)))).toEqual([
      "connection_disabled",
      "connection_enabled",
      "connection_updated",
      "organization_created",
      "organization_deleted",
      "organization_renamed",
      "scope_added",
      "scope_removed",
    ]);
  });
});

async function verify(store: MemoryEvidenceStore) {
  const problems: Problem[] = [];
  const onProblem = (problem: Problem) => problems.push(problem);
  const asked = {
    tenant: TENANT,
    range: ALWAYS,
    isSignature: null,
    anchors: [],
    notedHead: null,
    nowMs: Date.now(),
    onProblem,
  };
  const { files, head, runs, unnamedParts } = await verifyTenant(store, asked);
  return { problems, files, runs, unnamedParts, head: head?.runId };
}

function storedRuns(): readonly RunId[] {
  return evidenceKeys(stored).flatMap((key) => parseManifestKey(key)?.runId ?? []);
}

/** A run on one line: `all partial 11 1`, the figures being lines of the snapshot and changes. */
function inShort({ changes, manifest, snapshot }: Evidence): string {
  const { error, scope, status } = manifest;
  return `${scope} ${error?.code ?? status} ${snapshot.length} ${changes.length}`;
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)].sort();
}
