import { beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import type { Problem } from "../../../lambda/evidence/verify/problem.ts";
import { verifyTenant } from "../../../lambda/evidence/verify/verify.ts";
import { TENANT } from "../../support/audit-harness.ts";
import { auditDays, threeDays } from "../../support/audited-days.ts";
import {
  type MemoryEvidenceStore,
  type MemoryObject,
  memoryEvidenceStore,
} from "../../support/memory-evidence-store.ts";

let written: ReadonlyMap<string, MemoryObject>;
beforeAll(async () => {
  const store = memoryEvidenceStore();
  await auditDays(store, [...threeDays(), { connections: new Map(), fails: true }]);
  // Manifests, snapshots and changes: neither reports nor what a run notes beside the evidence.
  written = new Map([...store.objects].filter(([key]) => !/^v1\/(state|reports)\//.test(key)));
});

async function told(store: MemoryEvidenceStore): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const onProblem = (problem: Problem) => problems.push(problem);
  await verifyTenant(store, {
    tenant: TENANT,
    range: ALWAYS,
    isSignature: null,
    anchors: [],
    notedHead: null,
    nowMs: Date.now(),
    onProblem,
  });
  return problems;
}

describe("any single mutation of any stored byte", () => {
  const mutation = fc.oneof(
    fc.record({ kind: fc.constant("replace" as const), by: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant("insert" as const), by: fc.integer({ min: 0, max: 255 }) }),
    fc.record({ kind: fc.constant("remove" as const), by: fc.constant(0) }),
  );

  function mutate(body: Uint8Array, at: number, { kind, by }: { readonly kind: string; readonly by: number }) {
    const bytes = [...body];
    if (kind === "replace") bytes[at] = (bytes[at] ?? 0) ^ by;
    else if (kind === "insert") bytes.splice(at, 0, by);
    else bytes.splice(at, 1);
    return Uint8Array.from(bytes);
  }

  it("of the evidence alone is found, wherever it is", async () => {
    const keys = [...written.keys()];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...keys), fc.nat(), mutation, async (key, place, how) => {
        const store = memoryEvidenceStore(new Map(written));
        const body = written.get(key)?.body ?? new Uint8Array();
        const mutated = mutate(body, place % body.length, how);
        fc.pre(!Buffer.from(mutated).equals(body));
        store.objects.set(key, { body: mutated, contentType: "" });
        expect((await told(store)).length).toBeGreaterThan(0);
      }),
      { numRuns: 1500 },
    );
  }, 60_000);

  it("of the last manifest is found, byte by byte", async () => {
    const [key = "", { body = new Uint8Array() } = {}] =
      [...written].filter(([one]) => /manifests/.test(one)).at(-1) ?? [];
    expect(key).toMatch(/20260306T060000Z\.json$/);
    for (let at = 0; at < body.length; at += 1) {
      const store = memoryEvidenceStore(
        new Map([[key, { body: mutate(body, at, { kind: "replace", by: 1 }), contentType: "" }]]),
      );
      const problems = await told(store);
      expect(problems.some((problem) => problem.key === key && problem.verdict !== "missing")).toBe(true);
    }
  });
});
