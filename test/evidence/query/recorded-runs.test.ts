import { beforeEach, describe, expect, it } from "@jest/globals";
import { audit } from "../../../lambda/audit/audit.ts";
import type { AuditRequest } from "../../../lambda/audit/run.ts";
import { EvidenceError } from "../../../lambda/domain/errors.ts";
import type { OrganizationId, RunId, Timestamp } from "../../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../../lambda/domain/json.ts";
import { ALWAYS, runIdAt } from "../../../lambda/domain/time.ts";
import { runOnDay, runUntil } from "../../../lambda/evidence/query/choose-run.ts";
import { findOrganization } from "../../../lambda/evidence/query/find-organization.ts";
import { stateIn } from "../../../lambda/evidence/query/organization-state.ts";
import { RecordedRuns } from "../../../lambda/evidence/query/recorded-runs.ts";
import { DAY_MS, dependencies, inProcessExecution, recorded, request, TENANT } from "../../support/audit-harness.ts";
import { connection, organizationId } from "../../support/builders.ts";
import { fakeManagementApi } from "../../support/fake-management-api.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../../support/memory-evidence-store.ts";

const SAML = connection("1", "samlp").wire;
const GOOGLE = connection("3", "google-oauth2").wire;
const [A, B] = [organizationId("a"), organizationId("b")];
const NOVEMBER_MS = Date.UTC(2026, 10, 25, 6);
const JANUARY = "2026-01-15T06:00:00.000Z" as Timestamp;
const JANUARY_RUN = "20260115T060000Z" as RunId;

let store: MemoryEvidenceStore;
let tenant: Map<OrganizationId, JsonObject[]>;

beforeEach(() => {
  store = memoryEvidenceStore();
  tenant = new Map([A, B].map((id) => [id, [SAML]]));
});

/** Audits on day `day` after 25 November 2026; each run takes a minute. */
async function run(day: number, asked: Partial<AuditRequest> = {}) {
  let now = NOVEMBER_MS + day * DAY_MS;
  const clock = { now: () => now, sleep: async () => {} };
  const api = fakeManagementApi(tenant, clock.now);
  const slow = {
    ...api,
    enabledConnections: (id: OrganizationId) => {
      now += 30_000;
      return api.enabledConnections(id);
    },
  };
  const full = request(0, { scheduledAt: null, executionId: `execution-${day}`, ...asked });
  return recorded(store, await audit(full, dependencies(store, slow, { clock }), inProcessExecution));
}

const day = (text: string) => {
  const fromMs = Date.parse(`${text}T00:00:00Z`);
  return { kind: "time", range: { fromMs, toMs: fromMs + DAY_MS - 1 } } as const;
};

describe("a run whose scheduled time is far from its start", () => {
  it("is marked in its manifest; others are not", async () => {
    const { manifest } = await run(0, { scheduledAt: JANUARY });
    expect(manifest).toMatchObject({ runId: JANUARY_RUN, scheduledTimeGiven: true });
    expect(store.text(manifest.key)).toMatch(/"scheduled_time_given":true,/);
    const isMarked = async (day: number, scheduledAt: Timestamp | null) =>
      store.text((await run(day, { scheduledAt })).manifest.key).includes("scheduled_time_given");
    expect(await isMarked(1, null)).toBe(false);
    expect(await isMarked(3, "2026-11-27T06:00:00.000Z" as Timestamp)).toBe(false);
    expect(await isMarked(5, "2026-11-29T05:59:59.000Z" as Timestamp)).toBe(true);
  });

  it("does not answer for that time, only for its ID", async () => {
    await run(0, { scheduledAt: JANUARY });
    const runs = await RecordedRuns.read(store, TENANT);
    expect(() => runUntil(runs, day("2026-01-15"), "--at")).toThrow(JANUARY_RUN);
    expect(() => runOnDay(runs, day("2026-01-15"), "--run")).toThrow(JANUARY_RUN);
    for (const choose of [runUntil, runOnDay]) {
      expect(choose(runs, day("2026-11-25"), "--at").runId).toBe(JANUARY_RUN);
      expect(choose(runs, { kind: "run", runId: JANUARY_RUN }, "--at").runId).toBe(JANUARY_RUN);
    }
  });

  it("is between the runs that were made before and after it", async () => {
    await run(0);
    await run(1, { scheduledAt: JANUARY });
    await run(2);
    const runs = await RecordedRuns.read(store, TENANT);
    expect(runs.within(ALWAYS).map(({ runId }) => runId)).toEqual([
      runIdAt(NOVEMBER_MS),
      JANUARY_RUN,
      runIdAt(NOVEMBER_MS + 2 * DAY_MS),
    ]);
  });
});

describe("a run", () => {
  it("does not answer for a time before it was completed", async () => {
    await run(0);
    const { manifest } = await run(1);
    const runs = await RecordedRuns.read(store, TENANT);
    const until = (instantMs: number) =>
      runUntil(runs, { kind: "time", range: { fromMs: instantMs, toMs: instantMs } }, "--at").runId;
    const completedMs = Date.parse(manifest.completedAt);
    expect(until(completedMs - 1)).toBe(runIdAt(NOVEMBER_MS));
    expect(until(completedMs)).toBe(manifest.runId);
  });
});

describe("a manifest that cannot be read", () => {
  const plant = (name: string) =>
    store.objects.set(`v1/manifests/tenant=${TENANT}/dt=${name.slice(0, 10)}/${runIdAt(Date.parse(name))}.json`, {
      body: Buffer.from("{}"),
      contentType: "",
    });

  it("is refused where it could belong to the answer, and nowhere else", async () => {
    await run(0);
    await run(2);
    plant("2026-11-26T06:00:00Z");
    const runs = await RecordedRuns.read(store, TENANT);
    expect(() => runUntil(runs, day("2026-11-26"), "--at")).toThrow(EvidenceError);
    expect(() => runs.within(ALWAYS)).toThrow(EvidenceError);
    const first = runUntil(runs, day("2026-11-25"), "--at");
    expect(await findOrganization(store, runs, A, day("2026-11-25").range)).toBe(A);
    expect(await findOrganization(store, runs, "name-00000b", day("2026-11-25").range)).toBe(B);
    expect((await stateIn(store, runs, first, A)).certainty.kind).toBe("observed");
    expect(runUntil(runs, day("2026-11-27"), "--at").runId).toBe(runIdAt(NOVEMBER_MS + 2 * DAY_MS));
  });
});

describe("the state of an Organization that the newest run does not contain", () => {
  it("is the one of the last run that contains it", async () => {
    const first = await run(0);
    tenant.set(B, [SAML, GOOGLE]);
    await run(1, { organizations: [B] });
    const runs = await RecordedRuns.read(store, TENANT);
    const newest = runUntil(runs, day("2026-11-26"), "--at");
    expect(newest.scope).toBe("list");
    const a = await stateIn(store, runs, newest, A);
    expect(a).toMatchObject({ certainty: { kind: "observed", runId: first.manifest.runId } });
    expect(a.enabledConnections).toHaveLength(1);
    const b = await stateIn(store, runs, newest, B);
    expect(b).toMatchObject({ certainty: { kind: "observed", runId: newest.runId }, organizationName: "name-00000b" });
    expect(b.enabledConnections).toHaveLength(2);
    const unknown = await stateIn(store, runs, newest, organizationId("c"));
    expect(unknown.certainty).toEqual({ kind: "absent", isWholeTenantKnown: true });
  });

  it("has its next observation in a later run, past runs over other Organizations", async () => {
    const first = await run(0);
    await run(1, { organizations: [B] });
    tenant.set(A, [SAML, GOOGLE]);
    const last = await run(2);
    const runs = await RecordedRuns.read(store, TENANT);
    const { next } = await stateIn(store, runs, first.manifest, A);
    expect(next).toMatchObject({ runId: last.manifest.runId, isSame: false });
  });

  it("is unknown when no run covered the whole tenant", async () => {
    const { manifest } = await run(0, { organizations: [B] });
    const runs = await RecordedRuns.read(store, TENANT);
    const { certainty } = await stateIn(store, runs, manifest, A);
    expect(certainty).toEqual({ kind: "absent", isWholeTenantKnown: false });
  });
});
