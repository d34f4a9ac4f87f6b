import { beforeEach, describe, expect, it } from "@jest/globals";
import type { ObjectKey, RunId, Sha256, Tenant, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import {
  firstHintsPlace,
  type HintsPlace,
  moveHintsPlace,
  placeAfter,
  readHintsPlace,
} from "../../lambda/hints/place.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const TENANT = "acme.eu.auth0.com" as Tenant;
const KEY = `v1/state/tenant=${TENANT}/hints.json` as ObjectKey;
const SWEPT_AT = "2026-03-03T06:00:00.000Z" as Timestamp;
const LATER = "2026-03-03T06:05:00.000Z" as Timestamp;

function sweep(runId: string): ManifestReference {
  const key = `v1/manifests/tenant=${TENANT}/dt=2026-03-03/${runId}.json` as ObjectKey;
  return { runId: runId as RunId, key, sha256: "a".repeat(64) as Sha256 };
}
const BASE = sweep("20260303T060000Z");
const PLACE: HintsPlace = { base: BASE, until: LATER, events: '{"offset":"o1"}', logs: null, gap: null };

let store: MemoryEvidenceStore;
beforeEach(() => {
  store = memoryEvidenceStore();
});
const read = (base = BASE, startedAt = SWEPT_AT) => readHintsPlace(store, TENANT, base, startedAt);

describe("the place of the hints", () => {
  it("is the sweep's start before the first update", async () => {
    expect(await read()).toBeNull();
    expect(firstHintsPlace(BASE, SWEPT_AT)).toEqual({
      base: BASE,
      until: SWEPT_AT,
      events: null,
      logs: null,
      gap: null,
    });
  });

  it("is the end of a recorded update that could not move it", () => {
    const gap = { from: SWEPT_AT, until: LATER, because: "It is full." };
    expect(placeAfter({ ...PLACE, until: SWEPT_AT, gap }, LATER)).toEqual(PLACE);
    expect(placeAfter(PLACE, SWEPT_AT)).toBe(PLACE);
    expect(placeAfter(PLACE, null)).toBe(PLACE);
  });

  it("is where the last update moved it", async () => {
    expect(await moveHintsPlace(store, TENANT, PLACE)).toBe(true);
    expect(await read()).toEqual(PLACE);
    expect(store.text(KEY)).toBe(
      `${JSON.stringify({
        base: { run_id: BASE.runId, key: BASE.key, sha256: BASE.sha256 },
        until: LATER,
        events: '{"offset":"o1"}',
        logs: null,
        gap: null,
      })}\n`,
    );
  });

  it("continues past a sweep that started before it, and starts again at a later one", async () => {
    await moveHintsPlace(store, TENANT, PLACE);
    const next = sweep("20260303T060400Z");
    expect(await read(next, LATER)).toEqual({ ...PLACE, base: next });
    const after = "2026-03-03T06:05:00.001Z" as Timestamp;
    expect(await read(next, after)).toBeNull();
  });

  it.each(["", "{", "[]", '{"base":null}', "x".repeat(100_000)])(
    "counts as lost when it is broken: %#",
    async (text) => {
      await store.replace(KEY, Buffer.from(text), "application/json");
      expect(await read()).toBeNull();
      expect(await moveHintsPlace(store, TENANT, PLACE)).toBe(true);
      expect(await read()).toEqual(PLACE);
    },
  );

  it("is not moved back by an update that another one has overtaken", async () => {
    const further = { ...PLACE, until: "2026-03-03T06:10:00.000Z" as Timestamp };
    let isOvertaken = false;
    store.before = async ({ kind }) => {
      if (kind !== "replace" || isOvertaken) return;
      isOvertaken = true;
      await moveHintsPlace(store, TENANT, further);
    };
    expect(await moveHintsPlace(store, TENANT, PLACE)).toBe(false);
    expect(await read()).toEqual(further);
  });
});
