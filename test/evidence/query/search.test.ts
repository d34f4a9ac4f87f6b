import { beforeAll, describe, expect, it } from "@jest/globals";
import { audit } from "../../../lambda/audit/audit.ts";
import type { ConnectionId, OrganizationId } from "../../../lambda/domain/identifiers.ts";
import { snapshotHead } from "../../../lambda/evidence/format/line-head.ts";
import { decodeSnapshot, encodeSnapshot } from "../../../lambda/evidence/format/lines.ts";
import { brokenLinks } from "../../../lambda/evidence/query/chain-links.ts";
import { connectionUses } from "../../../lambda/evidence/query/connection-use.ts";
import { RecordedRuns } from "../../../lambda/evidence/query/recorded-runs.ts";
import { searchState } from "../../../lambda/evidence/query/search.ts";
import { knownConnections, scanState } from "../../../lambda/evidence/state/scan.ts";
import { readState } from "../../../lambda/evidence/state/state.ts";
import { DAY_MS, dependencies, ids, inProcessExecution, request, TENANT } from "../../support/audit-harness.ts";
import { auditDays, GOOGLE, SSO } from "../../support/audited-days.ts";
import { writeEvidenceYear } from "../../support/evidence-year.ts";
import { fakeManagementApi } from "../../support/fake-management-api.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../../support/memory-evidence-store.ts";
import { HOSTILE } from "../../support/situations.ts";

const SIGNAL = new AbortController().signal;
const ORGANIZATIONS = 3_000;

let store: MemoryEvidenceStore;
let runs: RecordedRuns;

beforeAll(async () => {
  store = memoryEvidenceStore();
  await writeEvidenceYear(store, {
    domain: "acme.eu.auth0.com",
    organizations: ORGANIZATIONS,
    days: 3,
    partOrganizations: 500,
    firstRunMs: Date.UTC(2026, 0, 1, 6),
  });
  runs = await RecordedRuns.read(store, TENANT);
});

function newestLayers() {
  const last = runs.readable.at(-1);
  if (last === undefined) throw new Error("There is no run.");
  return runs.layersAt(last);
}

const search = (text: string, most = 50) => searchState(store, newestLayers(), { text, most, signal: SIGNAL });

describe("the beginning of a snapshot line", () => {
  const line = {
    runId: "20260303T060000Z",
    organizationId: "org_1",
    organizationName: "acme",
    organizationDisplayName: null,
    observedAt: "2026-03-03T06:00:00.000Z",
    status: "observed",
    enabledConnections: [],
  } as never;

  it.each([...HOSTILE, '","status":"deleted"', "\\", '\\"', "", null].map((name) => [name]))(
    "is what the whole line says for %j",
    (name) => {
      for (const text of [
        encodeSnapshot(Object.assign({}, line, { organizationName: name, organizationDisplayName: name })),
        encodeSnapshot(Object.assign({}, line, { organizationId: name ?? "x", organizationName: null })),
      ])
        expectSameHead(text);
    },
  );

  function expectSameHead(text: string): void {
    const { length, ...head } = snapshotHead(text, "line");
    expect(decodeSnapshot(text, "line")).toMatchObject(head);
    expect(text.slice(length)).toBe(text.slice(text.lastIndexOf(',"observed_at"')));
  }

  it("is read from a line with another order of keys too", () => {
    const { run_id, ...rest } = JSON.parse(encodeSnapshot(line));
    expect(snapshotHead(JSON.stringify({ ...rest, run_id }), "line")).toMatchObject({ organizationName: "acme" });
    expect(() => snapshotHead("{}", "line")).toThrow("line");
  });
});

describe("a search of the state", () => {
  it("puts the exact name before those that contain it", async () => {
    const { hasMore, organizations } = await search("customer-1", 5);
    expect(organizations[0]?.organizationName).toBe("customer-1");
    expect([organizations.length, hasMore]).toEqual([5, true]);
  });

  it("finds every name that contains the text, as a search of all lines does", async () => {
    const all = await Array.fromAsync(readState(store, newestLayers()));
    const expected = all.filter(({ known }) => known.organizationDisplayName?.includes("mer 299")).length;
    expect((await search("MER 299")).organizations).toHaveLength(expected);
    expect(expected).toBe(11);
  });

  it("finds connections by name and by ID, also of an Organization that could not be read", async () => {
    const all = await Array.fromAsync(scanState(store, newestLayers(), SIGNAL));
    const unread = all.find(({ head }) => head.status === "failed");
    if (unread === undefined) throw new Error("Every Organization was read.");
    for (const { connectionId, name } of knownConnections(unread.decode())) {
      expect((await search(connectionId)).connections.map((one) => one.connectionId)).toEqual([connectionId]);
      const byName = await search((name ?? "").toUpperCase());
      expect(byName.connections.map((one) => one.name)).toContain(name);
    }
  });

  it("suggests names only when nothing is found", async () => {
    expect((await search("customer-7")).near).toEqual([]);
    const { connections, near, organizations } = await search("custoner-7");
    expect([organizations, connections]).toEqual([[], []]);
    expect(near).toContain("customer-7");
  });

  it("stops when its reader leaves", async () => {
    const asked = { text: "customer", most: 5, signal: AbortSignal.abort(new Error("left")) };
    await expect(searchState(store, newestLayers(), asked)).rejects.toThrow("left");
  });
});

describe("the Organizations of a connection", () => {
  it("are those whose state has it, page by page, whatever other text names it", async () => {
    const shared = memoryEvidenceStore();
    const all = ids(...Array.from({ length: 7 }, (_, index) => String(index)));
    const names = new Map(all.map((id) => [id, '"connection_id":"con_2"']));
    const connections = new Map(all.map((id, index) => [id, index % 2 === 0 ? [SSO, GOOGLE] : [SSO]]));
    await auditDays(shared, [{ connections, names }]);
    const recorded = await RecordedRuns.read(shared, TENANT);
    const page = (after: OrganizationId | null) =>
      connectionUses(shared, recorded.readable, {
        connectionId: "con_2" as ConnectionId,
        after,
        most: 3,
        signal: SIGNAL,
      });
    const first = await page(null);
    expect([first.uses.length, first.before, first.total]).toEqual([3, 0, 4]);
    const second = await page(first.uses.at(-1)?.organization.organizationId ?? null);
    expect([second.uses.length, second.before, second.total]).toEqual([1, 3, 4]);
    const found = [...first.uses, ...second.uses].map(({ organization }) => organization.organizationId);
    expect(found).toEqual(all.filter((_, index) => index % 2 === 0));
  });
});

describe("a state of several runs", () => {
  it("has the newest line of each Organization with the names that an older run knows, as readState has it", async () => {
    const layered = memoryEvidenceStore();
    const [one, two] = ids("1", "2");
    if (one === undefined || two === undefined) throw new Error("No IDs.");
    await auditDays(layered, [
      {
        connections: new Map([
          [one, [SSO]],
          [two, [SSO]],
        ]),
        names: new Map([[one, "acme"]]),
      },
    ]);
    const at = Date.UTC(2026, 2, 3, 6) + DAY_MS;
    const api = fakeManagementApi(new Map([[one, [GOOGLE]]]), () => at);
    const around = dependencies(layered, api, { clock: { now: () => at, sleep: async () => {} } });
    await audit(request(1, { organizations: [one] }), around, inProcessExecution);
    const recorded = await RecordedRuns.read(layered, TENANT);
    const last = recorded.readable.at(-1);
    if (last === undefined) throw new Error("There is no run.");
    const layers = recorded.layersAt(last);
    expect(layers).toHaveLength(2);
    const scanned = await Array.fromAsync(scanState(layered, layers, SIGNAL));
    const states = await Array.fromAsync(readState(layered, layers));
    expect(scanned.map((stored) => stored.decode())).toEqual(states.map(({ known }) => known));
    expect(scanned[0]?.head).toMatchObject({ organizationName: "acme", status: "observed" });
    const found = await searchState(layered, layers, { text: "google", most: 5, signal: SIGNAL });
    expect(found.connections.map(({ connectionId }) => connectionId)).toEqual(["con_2"]);
  });

  it("takes nothing from before a deletion", async () => {
    const revived = memoryEvidenceStore();
    const [one, two] = ids("1", "2");
    if (one === undefined || two === undefined) throw new Error("No IDs.");
    const names = new Map([[one, "acme"]]);
    const having = (all: readonly OrganizationId[]) => ({ connections: new Map(all.map((id) => [id, [SSO]])), names });
    await auditDays(revived, [having([one, two]), having([two])]);
    const at = Date.UTC(2026, 2, 3, 6) + 2 * DAY_MS;
    const api = fakeManagementApi(new Map([[one, [SSO]]]), () => at);
    const around = dependencies(revived, api, { clock: { now: () => at, sleep: async () => {} } });
    await audit(request(2, { organizations: [one] }), around, inProcessExecution);
    const recorded = await RecordedRuns.read(revived, TENANT);
    const last = recorded.readable.at(-1);
    if (last === undefined) throw new Error("There is no run.");
    const layers = recorded.layersAt(last);
    const states = await Array.fromAsync(readState(revived, layers));
    expect(states[0]).toMatchObject({ organizationId: one, known: { organizationName: null }, scope: "list" });
    const scanned = await Array.fromAsync(scanState(revived, layers, SIGNAL));
    expect(scanned.map((stored) => stored.decode())).toEqual(states.map(({ known }) => known));
    expect(scanned[0]?.head.organizationName).toBeNull();
  });
});

describe("runs that are read again", () => {
  it("does not read a manifest that is known, and gives the same", async () => {
    const before = store.operations.length;
    const again = await RecordedRuns.read(store, TENANT, runs);
    expect(store.operations.slice(before).map(({ kind }) => kind)).toEqual(["list"]);
    expect(again.readable).toEqual(runs.readable);
    expect(again.readable.map((run) => again.hashOf(run))).toEqual(runs.readable.map((run) => runs.hashOf(run)));
  });
});

describe("links between manifests", () => {
  it.each(["missing", "altered", "unreadable"] as const)("says that a manifest is %s", async (problem) => {
    const other = memoryEvidenceStore(new Map(store.objects));
    const [key] = [...other.objects.keys()].filter((one) => one.startsWith("v1/manifests/"));
    const object = other.objects.get(key ?? "");
    if (key === undefined || object === undefined) throw new Error("There is no manifest.");
    other.objects.delete(key);
    const text = Buffer.from(object.body).toString();
    const { content_sha256, ...content } = JSON.parse(text);
    expect(content_sha256).toHaveLength(64);
    if (problem === "altered")
      other.objects.set(key, { ...object, body: Buffer.from(`${JSON.stringify({ ...content, warnings: ["x"] })}\n`) });
    if (problem === "unreadable") other.objects.set(key, { ...object, body: Buffer.from("{}") });
    expect(brokenLinks(await RecordedRuns.read(other, TENANT)).map((one) => one.problem)).toEqual([problem]);
    expect(brokenLinks(runs)).toEqual([]);
  });
});
