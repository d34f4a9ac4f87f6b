import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseDomain, tenantOf } from "../../../lambda/domain/tenant.ts";
import { runIdAt } from "../../../lambda/domain/time.ts";
import {
  changesKey,
  indexKey,
  manifestKey,
  manifestsPrefix,
  parseManifestKey,
  parsePartKey,
  partsPrefix,
  reportKey,
  runStateKey,
  signatureKey,
  snapshotKey,
  tenantOfKey,
  tenantStateKey,
} from "../../../lambda/evidence/format/keys.ts";
import { RUN_1 } from "../../support/builders.ts";

const TENANT = tenantOf(parseDomain("localhost:8443", "--domain"));

it("keys are those of the contract", () => {
  expect([
    snapshotKey(TENANT, RUN_1, 0),
    changesKey(TENANT, RUN_1, 12),
    manifestKey(TENANT, RUN_1),
    reportKey(TENANT, RUN_1, "report.md"),
    indexKey(TENANT),
    tenantStateKey(TENANT, "sweep-lock.json"),
    runStateKey(TENANT, RUN_1, "organizations-00000.ndjson.gz"),
  ]).toEqual([
    "v1/snapshots/tenant=localhost_8443/dt=2026-03-03/20260303T060000Z/part-00000.ndjson.gz",
    "v1/changes/tenant=localhost_8443/dt=2026-03-03/20260303T060000Z/part-00012.ndjson.gz",
    "v1/manifests/tenant=localhost_8443/dt=2026-03-03/20260303T060000Z.json",
    "v1/reports/tenant=localhost_8443/dt=2026-03-03/20260303T060000Z/report.md",
    "v1/reports/tenant=localhost_8443/index.html",
    "v1/state/tenant=localhost_8443/sweep-lock.json",
    "v1/state/tenant=localhost_8443/runs/20260303T060000Z/organizations-00000.ndjson.gz",
  ]);
});

it("a manifest's key is read back as what it was built from, and ascends with the run", () => {
  const second = fc.integer({ min: 0, max: Date.UTC(9999, 0, 1) / 1000 });
  fc.assert(
    fc.property(second, second, (one, other) => {
      const [earlier, later] = [Math.min(one, other), Math.max(one, other)].map((at) => runIdAt(at * 1000));
      if (earlier === undefined || later === undefined) throw new Error("Two runs are made of two instants.");
      expect(parseManifestKey(manifestKey(TENANT, earlier))).toEqual({ tenant: TENANT, runId: earlier });
      expect(manifestKey(TENANT, earlier) <= manifestKey(TENANT, later)).toBe(true);
      expect(manifestKey(TENANT, later).startsWith(manifestsPrefix(TENANT))).toBe(true);
    }),
  );
});

it.each([
  "v1/manifests/tenant=a/dt=2026-03-03/20260304T060000Z.json",
  "v1/manifests/tenant=a/dt=2026-03-03/20260303T060000Z.json.sig",
  "v1/manifests/tenant=a/dt=2026-03-03/latest.json",
  "v1/snapshots/tenant=a/dt=2026-03-03/20260303T060000Z.json",
])("%s is no manifest's key", (key) => {
  expect(parseManifestKey(key)).toBeNull();
});

it("the key of a part has its run, number and attempt, under the prefix of its tenant", () => {
  fc.assert(
    fc.property(fc.nat({ max: 200_000 }), fc.constantFrom(null, "4f9c2a"), (part, word) => {
      for (const [role, keyOf] of [
        ["snapshot", snapshotKey],
        ["changes", changesKey],
      ] as const) {
        const key = keyOf(TENANT, RUN_1, part, word);
        expect(parsePartKey(key)).toEqual({ runId: RUN_1, part, word });
        expect(key.startsWith(partsPrefix(role, TENANT))).toBe(true);
      }
    }),
  );
  for (const key of [manifestKey(TENANT, RUN_1), snapshotKey(TENANT, "now" as typeof RUN_1, 0), ""])
    expect(parsePartKey(key)).toBeNull();
});

it("a signature has a prefix of its own, and is not parsed as a manifest", () => {
  const key = signatureKey(manifestKey(TENANT, RUN_1));
  expect(key).toBe("v1/signatures/tenant=localhost_8443/dt=2026-03-03/20260303T060000Z.json.sig");
  expect(parseManifestKey(key)).toBeNull();
});

it("every key has its tenant", () => {
  for (const key of [manifestKey(TENANT, RUN_1), snapshotKey(TENANT, RUN_1, 0), tenantStateKey(TENANT, "lock")])
    expect(tenantOfKey(key)).toBe(TENANT);
  for (const key of ["", "v1/manifests/", "v2/manifests/acme/x"]) expect(tenantOfKey(key)).toBeNull();
});
