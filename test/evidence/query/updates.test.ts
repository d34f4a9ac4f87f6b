import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ALWAYS, timestamp } from "../../../lambda/domain/time.ts";
import type { Manifest } from "../../../lambda/evidence/format/manifest.ts";
import { runUntil } from "../../../lambda/evidence/query/choose-run.ts";
import { diffRuns } from "../../../lambda/evidence/query/difference.ts";
import { findOrganization } from "../../../lambda/evidence/query/find-organization.ts";
import { findingsAt, judgedAgain } from "../../../lambda/evidence/query/findings.ts";
import { historyOf } from "../../../lambda/evidence/query/organization-history.ts";
import { stateIn } from "../../../lambda/evidence/query/organization-state.ts";
import { recordedChanges } from "../../../lambda/evidence/query/recorded-changes.ts";
import { RecordedRuns } from "../../../lambda/evidence/query/recorded-runs.ts";
import { runEntries } from "../../../lambda/evidence/query/run-entries.ts";
import type { Problem } from "../../../lambda/evidence/verify/problem.ts";
import { verifyTenant } from "../../../lambda/evidence/verify/verify.ts";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../../../lambda/findings/policy.ts";
import { runList } from "../../../lambda/report/run-list.ts";
import { ids, TENANT, told } from "../../support/audit-harness.ts";
import { status } from "../../support/demo-faults.ts";
import { ALICE } from "../../support/demo-logs.ts";
import { GOOGLE, MINUTE_MS, organization, START_MS, UpdatedTenant } from "../../support/updates.ts";

const [ORG_3, ORG_4, ORG_5, ORG_90] = ids("3", "4", "5", "90");

/**
 * 06:00 a sweep; 06:05 an update: 3 is opened, 90 created; 06:10 one: 3 is closed, 4 deleted, 5 unread; 06:15 a failed one;
 * 06:20 one: 5 is read; 07:00 a sweep that finds what no hint named, in 6.
 */
let tested: UpdatedTenant;
let runs: RecordedRuns;
beforeAll(async () => {
  tested = await UpdatedTenant.start();
  const operator = tested.tenant.operator(ALICE);
  await tested.recorded("sweep", 0);
  operator.enable(ORG_3 ?? "", GOOGLE);
  operator.create(organization(90));
  await tested.recorded("update", 5);
  operator.disable(ORG_3 ?? "", "con_google");
  operator.delete(ORG_4 ?? "");
  operator.enable(ORG_5 ?? "", GOOGLE);
  const broken = status(400);
  tested.tenant.fault = (asked) => asked.id === ORG_5 && broken(asked);
  await tested.recorded("update", 5);
  const unauthorized = status(401);
  tested.tenant.fault = (asked) => asked.route !== "token" && unauthorized(asked);
  await tested.recorded("update", 5);
  tested.tenant.fault = null;
  await tested.recorded("update", 5);
  tested.tenant.organizations.enable(organization(6).id, GOOGLE);
  await tested.recorded("sweep", 40);
  runs = await RecordedRuns.read(tested.store, TENANT);
});
afterAll(() => tested.close());

/** The run that an instant so many minutes after the start asks for. */
function at(minutes: number): Manifest {
  const ms = START_MS + minutes * MINUTE_MS;
  return runUntil(runs, { kind: "time", range: { fromMs: ms, toMs: ms } }, "--at");
}

async function enabledAt(minutes: number, id = ORG_3): Promise<readonly string[] | null> {
  if (id === undefined) throw new RangeError("There is no such Organization.");
  const { enabledConnections } = await stateIn(tested.store, runs, at(minutes), id);
  return enabledConnections?.map(({ connectionId }) => connectionId) ?? null;
}

describe("evidence of sweeps and updates", () => {
  it("is valid", async () => {
    const problems: Problem[] = [];
    const { runs: verified, unnamedParts } = await verifyTenant(tested.store, {
      tenant: TENANT,
      range: ALWAYS,
      isSignature: null,
      anchors: [],
      notedHead: null,
      nowMs: tested.nowMs,
      onProblem: (problem) => problems.push(problem),
    });
    expect([problems, verified, unnamedParts]).toEqual([[], 6, 0]);
  });

  it("has the state at a time between two updates", async () => {
    expect(await enabledAt(3)).toEqual(["con_sso"]);
    expect(await enabledAt(7)).toEqual(["con_google", "con_sso"]);
    expect(await enabledAt(12)).toEqual(["con_sso"]);
    expect([await enabledAt(3, ORG_90), await enabledAt(30, ORG_90)]).toEqual([null, ["con_sso"]]);
    expect([await enabledAt(7, ORG_4), await enabledAt(30, ORG_4)]).toEqual([["con_sso"], null]);
    // The last observation, until it could be read again.
    expect([await enabledAt(12, ORG_5), await enabledAt(30, ORG_5)]).toEqual([["con_sso"], ["con_google", "con_sso"]]);
    const { next } = await stateIn(tested.store, runs, at(3), ORG_3 ?? ("" as never));
    expect(next).toMatchObject({ runId: at(7).runId, isSame: false });
  });

  it("has the net difference between any two runs", async () => {
    const difference = async (from: number, to: number) =>
      told(await Array.fromAsync(diffRuns(tested.store, runs, at(from), at(to)))).toSorted();
    expect(await difference(3, 7)).toEqual([
      "high connection_enabled 003 gle",
      "medium connection_enabled 090 sso",
      "medium organization_created 090 -",
    ]);
    expect(await difference(7, 12)).toEqual([
      "medium connection_disabled 003 gle",
      "medium connection_disabled 004 sso",
      "medium organization_deleted 004 -",
    ]);
    expect(await difference(3, 30)).toEqual([
      "high connection_enabled 005 gle",
      "medium connection_disabled 004 sso",
      "medium connection_enabled 090 sso",
      "medium organization_created 090 -",
      "medium organization_deleted 004 -",
    ]);
    expect(await difference(30, 70)).toEqual(["high connection_enabled 006 gle"]);
  });

  it("has an Organization's history from run to run", async () => {
    const { entries } = await historyOf(tested.store, runs, ORG_3 ?? ("" as never), ALWAYS, null);
    expect(entries.map((entry) => (entry.kind === "change" ? entry.change.change : entry.kind))).toEqual([
      "observed",
      "connection_enabled",
      "observed",
      "connection_disabled",
      "observed",
      "run_failed",
      "observed",
    ]);
    const deleted = await historyOf(tested.store, runs, ORG_4 ?? ("" as never), ALWAYS, null);
    expect(deleted.entries.map(({ kind }) => kind)).not.toContain("uncovered");
  });

  it("has the findings of the state, as recorded and as judged again", async () => {
    const open = async (findings: AsyncIterable<{ organizationId: string; rule: string; status: string }>) =>
      (await Array.fromAsync(findings)).map((one) => `${one.organizationId.slice(-3)} ${one.rule} ${one.status}`);
    const bypassed = async (minutes: number) =>
      (await open(findingsAt(tested.store, runs, at(minutes)))).filter((text) => text.includes("sso-bypass"));
    expect(await bypassed(3)).toEqual([]);
    expect(await bypassed(7)).toEqual(["003 sso-bypass open"]);
    expect(await bypassed(12)).toEqual([]);
    expect(await bypassed(30)).toEqual(["005 sso-bypass open"]);
    expect(await bypassed(70)).toEqual(["005 sso-bypass open", "006 sso-bypass open"]);
    const policy = parsePolicy(BUILT_IN_POLICY_TEXT, "the test");
    for (const minutes of [3, 7, 12, 30, 70])
      expect(await open(judgedAgain(tested.store, runs, at(minutes), policy))).toEqual(
        await open(findingsAt(tested.store, runs, at(minutes))),
      );
    const first = async (minutes: number) =>
      (await Array.fromAsync(findingsAt(tested.store, runs, at(minutes)))).find(({ rule }) => rule === "sso-bypass");
    expect((await first(70))?.firstSeen.runId).toBe(at(30).runId);
  });

  it("has every recorded change once, and finds names that an update saw first", async () => {
    const changes = await Array.fromAsync(recordedChanges(tested.store, runs.within(ALWAYS), {}));
    expect(told(changes)).toHaveLength(8);
    expect(await findOrganization(tested.store, runs, "name-90", ALWAYS)).toBe(ORG_90);
    expect(await findOrganization(tested.store, runs, "name-4", ALWAYS)).toBe(ORG_4);
  });

  it("is listed with the kind of each run, and updates make no gaps", () => {
    const entries = runEntries(runs, ALWAYS);
    expect(entries.map(({ gap, manifest }) => [manifest.kind, gap])).toEqual([
      ["sweep", null],
      ["update", null],
      ["update", null],
      ["update", null],
      ["update", null],
      ["sweep", null],
    ]);
    const list = { entries, uncovered: [], usualMs: 86_400_000 };
    expect(JSON.parse(runList("json", list))).toMatchObject(entries.map(({ manifest: { kind } }) => ({ kind })));
    expect(runList("table", list)).toMatch(/^run +completed +kind +scope[\s\S]* update +all +failed/);
    expect(timestamp(Date.parse(entries[5]?.manifest.startedAt ?? ""))).toBe("2026-03-03T07:00:00.000Z");
  });
});
