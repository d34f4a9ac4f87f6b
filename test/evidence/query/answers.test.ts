import { describe, expect, it } from "@jest/globals";
import type { ObjectKey, OrganizationId } from "../../../lambda/domain/identifiers.ts";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { decodeManifest, encodeManifest } from "../../../lambda/evidence/format/manifest.ts";
import { historyOf, stateIn } from "../../../lambda/evidence/query/answers.ts";
import { type RunChoice, runUntil } from "../../../lambda/evidence/query/choose-run.ts";
import { findOrganization } from "../../../lambda/evidence/query/find-organization.ts";
import { RecordedRuns } from "../../../lambda/evidence/query/recorded-runs.ts";
import { tenantsIn } from "../../../lambda/evidence/query/runs.ts";
import type { EvidenceReader } from "../../../lambda/evidence/store/port.ts";
import { ids, TENANT } from "../../support/audit-harness.ts";
import { auditDays, threeDays } from "../../support/audited-days.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../../support/memory-evidence-store.ts";

const [ONE, TWO, THREE, FOUR] = ids("1", "2", "3", "4");
const DAY_2 = "20260304T060000Z";
const UNTIL = { kind: "time", range: ALWAYS } as const;

const runsOf = (store: EvidenceReader) => RecordedRuns.read(store, TENANT);
const findRun = async (store: EvidenceReader, choice: RunChoice) => runUntil(await runsOf(store), choice, "--at");
const find = async (store: EvidenceReader, text: string, range = ALWAYS) =>
  findOrganization(store, await runsOf(store), text, range);
const history = async (store: EvidenceReader, organization: OrganizationId, connection: string | null = null) =>
  historyOf(store, await runsOf(store), organization, ALWAYS, connection);

async function audited(): Promise<MemoryEvidenceStore> {
  const store = memoryEvidenceStore();
  await auditDays(store, [...threeDays(), { connections: new Map(), fails: true }]);
  return store;
}

function keyOf(store: MemoryEvidenceStore, pattern: RegExp): string {
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
  it("are those of the range", async () => {
    const store = await audited();
    const range = { fromMs: Date.UTC(2026, 2, 4), toMs: Date.UTC(2026, 2, 5) - 1 };
    expect((await runsOf(store)).within(range).map(({ runId }) => runId)).toEqual([DAY_2]);
  });

  it("are skipped when they failed and the last one with a snapshot is asked for", async () => {
    expect((await findRun(await audited(), UNTIL)).runId).toBe("20260305T060000Z");
  });

  it("are refused when one is altered", async () => {
    const store = await audited();
    const key = keyOf(store, /manifests.*0305/);
    for (const body of [Buffer.from(store.text(key).replace('"requests":', '"requests":1')), Buffer.from([0xff])]) {
      store.objects.set(key, { body, contentType: "" });
      await expect(findRun(store, UNTIL)).rejects.toMatchObject({ code: "altered" });
    }
  });
});

describe("an Organization", () => {
  it("is found by its ID, by its name in the last snapshot, or by its name in the changes when it was deleted", async () => {
    const store = await audited();
    expect(await find(store, String(ONE))).toBe(ONE);
    expect(await find(store, "org_NotInAnyRun00000")).toBe("org_NotInAnyRun00000");
    expect(await find(store, "name-000001")).toBe(ONE);
    expect(await find(store, "name-000003")).toBe(THREE);
    await expect(find(store, "name-000009")).rejects.toMatchObject({
      name: "ConfigurationError",
    });
  });

  it("is found by a name that begins like an ID", async () => {
    const store = memoryEvidenceStore();
    await auditDays(store, [{ connections: new Map([[id(TWO), []]]), names: new Map([[id(TWO), "org_acme"]]) }]);
    expect(await find(store, "org_acme")).toBe(TWO);
  });

  it("is not taken for another one whose ID is its name", async () => {
    const store = memoryEvidenceStore();
    const name = "org_AcmeAcmeAcmeAcme";
    await auditDays(store, [{ connections: new Map([[id(TWO), []]]), names: new Map([[id(TWO), name]]) }]);
    await expect(find(store, name)).rejects.toThrow(id(TWO));
  });

  it("is found by its ID when another one has that ID as its name, even after it was deleted", async () => {
    const store = memoryEvidenceStore();
    const names = new Map([[id(TWO), String(ONE)]]);
    const both = new Map([id(ONE), id(TWO)].map((one) => [one, []]));
    await auditDays(store, [{ connections: both, names }]);
    expect(await find(store, String(ONE))).toBe(ONE);
    for (const first of [1, 2]) await auditDays(store, [{ connections: new Map([[id(TWO), []]]), names }], { first });
    expect(await find(store, String(ONE))).toBe(ONE);
  });

  it("whose name several have is refused, with their IDs", async () => {
    const store = memoryEvidenceStore();
    const [one, other] = ["org_a000000000000001", "org_b000000000000001"] as const;
    const both = new Map([one, other].map((id) => [id as typeof ONE & string, []]));
    await auditDays(store, [{ connections: both }]);
    await expect(find(store, "name-000001")).rejects.toThrow(new RegExp(`${one}.*${other}`));
  });

  it("has a history from the parts that can have it, and no others", async () => {
    const store = memoryEvidenceStore((await audited()).objects);
    const told = await history(store, id(TWO));
    expect(told.entries.map(({ kind }) => kind)).toEqual(["observed", "not_read", "observed", "run_failed"]);
    expect(partsRead(store).every((part) => part.includes("/part-00000"))).toBe(true);
    expect(partsRead(store).filter((part) => part.startsWith("snapshots/"))).toHaveLength(3);
  });

  it("has the same history when manifests do not say which Organizations their parts have", async () => {
    const store = await audited();
    const told = await history(store, id(TWO));
    for (const [key, { body }] of store.objects)
      if (/manifests.*Z\.json$/.test(key)) {
        const manifest = decodeManifest(Buffer.from(body).toString(), key);
        const files = manifest.files.map((file) => ({ ...file, firstOrganizationId: null, lastOrganizationId: null }));
        const untold = Buffer.from(encodeManifest({ ...manifest, files }));
        store.objects.set(key, { body: untold, contentType: "" });
      }
    expect(await history(store, id(TWO))).toEqual(told);
  });

  it("is never answered from a part that is altered or missing", async () => {
    const store = await audited();
    const key = keyOf(store, /snapshots.*0304.*00000/);
    store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
    await expect(history(store, id(TWO))).rejects.toMatchObject({ code: "truncated" });
    store.objects.delete(key);
    await expect(history(store, id(TWO))).rejects.toMatchObject({ code: "missing" });
  });

  it("has its state at a run, with the next observation", async () => {
    const store = await audited();
    const run = await findRun(store, { kind: "run", runId: DAY_2 as never });
    const of = async (organization: typeof ONE) => {
      const { certainty, next } = await stateIn(store, await runsOf(store), run, id(organization));
      return [certainty.kind, next?.isSame];
    };
    expect(await of(ONE)).toEqual(["observed", false]);
    expect(await of(TWO)).toEqual(["carried", true]);
    expect(await of(THREE)).toEqual(["observed", false]);
    expect(await of(FOUR)).toEqual(["observed", true]);
    const first = await findRun(store, { kind: "time", range: { ...ALWAYS, toMs: Date.UTC(2026, 2, 4) } });
    expect(await stateIn(store, await runsOf(store), first, id(FOUR))).toMatchObject({
      certainty: { kind: "absent" },
      next: { isSame: null },
    });
    const last = await findRun(store, UNTIL);
    expect(await stateIn(store, await runsOf(store), last, id(THREE))).toMatchObject({
      certainty: { kind: "deleted" },
      next: null,
    });
    expect(await stateIn(store, await runsOf(store), last, id(ONE))).toMatchObject({
      certainty: { kind: "observed" },
      next: null,
    });
  });
});

function id(organization: typeof ONE) {
  if (organization === undefined) throw new Error("There is no such ID.");
  return organization;
}
