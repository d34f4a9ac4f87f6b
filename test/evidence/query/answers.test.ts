import { describe, expect, it } from "@jest/globals";
import type { ObjectKey } from "../../../lambda/domain/identifiers.ts";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { decodeManifest, encodeManifest } from "../../../lambda/evidence/format/manifest.ts";
import { historyOf, stateIn } from "../../../lambda/evidence/query/answers.ts";
import { findOrganization } from "../../../lambda/evidence/query/find-organization.ts";
import { findRun, runKeys, tenantsIn } from "../../../lambda/evidence/query/runs.ts";
import { ids, TENANT } from "../../support/audit-harness.ts";
import { auditDays, threeDays } from "../../support/audited-days.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../../support/memory-evidence-store.ts";

const [ONE, TWO, THREE, FOUR] = ids("1", "2", "3", "4");
const DAY_2 = "20260304T060000Z";
const UNTIL = { kind: "until", instantMs: ALWAYS.toMs } as const;

async function audited(): Promise<MemoryEvidenceStore> {
  const store = memoryEvidenceStore();
  await auditDays(store, [...threeDays(), { connections: new Map(), fails: true }]);
  return store;
}

function find(store: MemoryEvidenceStore, pattern: RegExp): string {
  const key = [...store.objects.keys()].find((one) => pattern.test(one));
  if (key === undefined) throw new Error(`Nothing is stored under ${pattern}.`);
  return key;
}

/** Parts read since the store was opened, without the tenant. */
function partsRead({ operations }: MemoryEvidenceStore): readonly string[] {
  return operations
    .filter(({ key, kind }) => kind === "read" && key.endsWith(".gz"))
    .map(({ key }) => key.replace(/^v1\/|tenant=[^/]*\/dt=[^/]*\//g, ""));
}

describe("the tenants of a store", () => {
  it("are found by one listing each, also when one name begins with another", async () => {
    const { objects } = await audited();
    const store = memoryEvidenceStore(new Map(objects));
    for (const name of ["acme.eu.auth0.com.au", "acme.eu.auth0.com_8443", "acme", "b-1"])
      store.objects.set(`v1/manifests/tenant=${name}/dt=2026-03-03/20260303T060000Z.json`, {
        body: new Uint8Array(),
        contentType: "",
      });
    const names = ["acme", "acme.eu.auth0.com", "acme.eu.auth0.com.au", "acme.eu.auth0.com_8443", "b-1"];
    expect(await tenantsIn(store)).toEqual(names);
    expect(await tenantsIn(memoryEvidenceStore())).toEqual([]);
  });

  it("are all found past keys of no tenant, which are named", async () => {
    const store = memoryEvidenceStore();
    const foreign = [
      "v1/manifests/0",
      "v1/manifests/tenant=a",
      "v1/manifests/x/y",
      "v1/snapshots/tenant=/x",
      "v1/state/x",
    ];
    const known = ["v1/manifests/tenant=a.eu.auth0.com/dt=0", "v1/manifests/tenant=b.eu.auth0.com/dt=0"];
    for (const key of [...foreign, ...known]) await store.create(key as ObjectKey, Buffer.from("x"), "");
    const unknown: string[] = [];
    expect(await tenantsIn(store, (key) => unknown.push(key))).toEqual(["a.eu.auth0.com", "b.eu.auth0.com"]);
    expect(unknown.sort()).toEqual(foreign);
  });
});

describe("the runs of a tenant", () => {
  it("are those of the range; no others are read", async () => {
    const store = await audited();
    const range = { fromMs: Date.UTC(2026, 2, 4), toMs: Date.UTC(2026, 2, 5) - 1 };
    const keys = await Array.fromAsync(runKeys(store, TENANT, range));
    expect(keys.map((key) => key.replace(/.*\//, ""))).toEqual([`${DAY_2}.json`]);
  });

  it("are skipped when they failed and the last one with a snapshot is asked for", async () => {
    expect((await findRun(await audited(), TENANT, UNTIL, "--at")).runId).toBe("20260305T060000Z");
  });

  it("are refused when one is altered", async () => {
    const store = await audited();
    const key = find(store, /manifests.*0305/);
    for (const body of [Buffer.from(store.text(key).replace('"requests":', '"requests":1')), Buffer.from([0xff])]) {
      store.objects.set(key, { body, contentType: "" });
      await expect(findRun(store, TENANT, UNTIL, "--at")).rejects.toMatchObject({ code: "altered" });
    }
  });
});

describe("an Organization", () => {
  it("is found by its ID, by its name in the last snapshot, or by its name in the changes when it was deleted", async () => {
    const store = await audited();
    expect(await findOrganization(store, TENANT, String(ONE), ALWAYS)).toBe(ONE);
    expect(await findOrganization(store, TENANT, "org_NotInAnyRun00000", ALWAYS)).toBe("org_NotInAnyRun00000");
    expect(await findOrganization(store, TENANT, "name-000001", ALWAYS)).toBe(ONE);
    expect(await findOrganization(store, TENANT, "name-000003", ALWAYS)).toBe(THREE);
    await expect(findOrganization(store, TENANT, "name-000009", ALWAYS)).rejects.toMatchObject({
      name: "ConfigurationError",
    });
  });

  it.each(["org_acme", "org_AcmeAcmeAcmeAcme"])("is found by the name %s, which looks like an ID", async (name) => {
    const store = memoryEvidenceStore();
    await auditDays(store, [{ connections: new Map([[id(TWO), []]]), names: new Map([[id(TWO), name]]) }]);
    expect(await findOrganization(store, TENANT, name, ALWAYS)).toBe(TWO);
  });

  it("is found by its ID when another one has that ID as its name, even after it was deleted", async () => {
    const store = memoryEvidenceStore();
    const names = new Map([[id(TWO), String(ONE)]]);
    const both = new Map([id(ONE), id(TWO)].map((one) => [one, []]));
    await auditDays(store, [{ connections: both, names }]);
    expect(await findOrganization(store, TENANT, String(ONE), ALWAYS)).toBe(ONE);
    for (const first of [1, 2]) await auditDays(store, [{ connections: new Map([[id(TWO), []]]), names }], { first });
    expect(await findOrganization(store, TENANT, String(ONE), ALWAYS)).toBe(ONE);
  });

  it("whose name several have is refused, with their IDs", async () => {
    const store = memoryEvidenceStore();
    const [one, other] = ["org_a000000000000001", "org_b000000000000001"] as const;
    const both = new Map([one, other].map((id) => [id as typeof ONE & string, []]));
    await auditDays(store, [{ connections: both }]);
    await expect(findOrganization(store, TENANT, "name-000001", ALWAYS)).rejects.toThrow(`${one}, ${other}`);
  });

  it("has a history from the parts that can have it, and no others", async () => {
    const store = memoryEvidenceStore((await audited()).objects);
    const told = await historyOf(store, TENANT, id(TWO), ALWAYS, null);
    expect(told.entries.map(({ kind }) => kind)).toEqual(["observed", "not_read", "observed", "run_failed"]);
    expect(partsRead(store).every((part) => part.includes("/part-00000"))).toBe(true);
    expect(partsRead(store).filter((part) => part.startsWith("snapshots/"))).toHaveLength(3);
  });

  it("has the same history when manifests do not say which Organizations their parts have", async () => {
    const store = await audited();
    const told = await historyOf(store, TENANT, id(TWO), ALWAYS, null);
    for (const [key, { body }] of store.objects)
      if (/manifests.*Z\.json$/.test(key)) {
        const manifest = decodeManifest(Buffer.from(body).toString(), key);
        const files = manifest.files.map((file) => ({ ...file, firstOrganizationId: null, lastOrganizationId: null }));
        const untold = Buffer.from(encodeManifest({ ...manifest, files }));
        store.objects.set(key, { body: untold, contentType: "" });
      }
    expect(await historyOf(store, TENANT, id(TWO), ALWAYS, null)).toEqual(told);
  });

  it("is never answered from a part that is altered or missing", async () => {
    const store = await audited();
    const key = find(store, /snapshots.*0304.*00000/);
    store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
    await expect(historyOf(store, TENANT, id(TWO), ALWAYS, null)).rejects.toMatchObject({ code: "truncated" });
    store.objects.delete(key);
    await expect(historyOf(store, TENANT, id(TWO), ALWAYS, null)).rejects.toMatchObject({ code: "missing" });
  });

  it("has its state at a run, with the next observation", async () => {
    const store = await audited();
    const run = await findRun(store, TENANT, { kind: "run", runId: DAY_2 as never }, "--at");
    const of = async (organization: typeof ONE) => {
      const { certainty, next } = await stateIn(store, run, id(organization));
      return [certainty.kind, next?.isSame];
    };
    expect(await of(ONE)).toEqual(["observed", false]);
    expect(await of(TWO)).toEqual(["carried", true]);
    expect(await of(THREE)).toEqual(["observed", false]);
    expect(await of(FOUR)).toEqual(["observed", true]);
    const first = await findRun(store, TENANT, { kind: "until", instantMs: Date.UTC(2026, 2, 4) }, "--at");
    expect(await stateIn(store, first, id(FOUR))).toMatchObject({
      certainty: { kind: "absent" },
      next: { isSame: null },
    });
    const last = await findRun(store, TENANT, UNTIL, "--at");
    expect(await stateIn(store, last, id(THREE))).toMatchObject({ certainty: { kind: "deleted" }, next: null });
    expect(await stateIn(store, last, id(ONE))).toMatchObject({ certainty: { kind: "observed" }, next: null });
  });
});

function id(organization: typeof ONE) {
  if (organization === undefined) throw new Error("There is no such ID.");
  return organization;
}
