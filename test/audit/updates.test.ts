import { afterEach, describe, expect, it } from "@jest/globals";
import type { begin } from "../../lambda/audit/begin.ts";
import { decodeHinted, encodeHinted } from "../../lambda/audit/hinted-list.ts";
import { manifestsPrefix } from "../../lambda/evidence/format/keys.ts";
import { MOST_RESULT_BYTES } from "../../lambda/execution/limits.ts";
import { HINT_KINDS } from "../../lambda/hints/hints.ts";
import { notices } from "../../lambda/report/text/notices.ts";
import {
  type Evidence,
  ids,
  inProcessExecution,
  readEvidence,
  request,
  TENANT,
  told,
} from "../support/audit-harness.ts";
import { on, status } from "../support/demo-faults.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";
import { GOOGLE, MINUTE_MS, organization, SSO, START_MS, UpdatedTenant } from "../support/updates.ts";

let tested: UpdatedTenant;
afterEach(() => tested.close());

const [ORG_3 = "", ORG_4 = "", ORG_5 = ""] = ids("3", "4", "5");
const SWEPT = expect.objectContaining({ runId: "20260303T060000Z" });

function alice() {
  return tested.tenant.operator(ALICE);
}

function linesOf({ snapshot }: Evidence): readonly string[] {
  return snapshot.map(({ organizationId, status: is }) => `${organizationId.slice(-3)} ${is}`);
}

/** A time within a minute after the start. */
function within(minutes: number) {
  return expect.stringContaining(
    new Date(START_MS + minutes * MINUTE_MS).toISOString().slice(0, "2026-03-03T06:00".length),
  );
}

async function manifests(): Promise<number> {
  return (await Array.fromAsync(tested.store.list(manifestsPrefix(TENANT)))).length;
}

describe.each([
  ["logs", ["read:logs"]],
  ["events", ["read:events"]],
  ["logs and events", ["read:logs", "read:events"]],
] as const)("an update with %s", (name, scopes) => {
  const kinds = HINT_KINDS.filter((kind) => name.includes(kind));
  const counted = (count: number) => ({
    logs: kinds.includes("logs") ? count : 0,
    events: kinds.includes("events") ? count : 0,
    retries: 0,
  });

  it("reads the one Organization that was changed, with one request", async () => {
    tested = await UpdatedTenant.start({ scopes });
    await tested.recorded("sweep", 0);
    tested.nowMs += MINUTE_MS;
    alice().enable(ORG_3, GOOGLE);
    const [update, requests] = await tested.requests(() => tested.recorded("update", 4));
    expect(requests.organizations).toBe(1);
    expect(requests.hints).toBeLessThanOrEqual(6);
    expect(linesOf(update)).toEqual(["003 observed"]);
    expect(told(update.changes)).toEqual(["high connection_enabled 003 gle"]);
    expect(update.changes[0]?.between).toEqual({ after: within(0), before: within(5) });
    expect(update.manifest).toMatchObject({
      kind: "update",
      status: "complete",
      updates: {
        base: SWEPT,
        hints: counted(1),
        from: within(0),
        until: within(5),
      },
      summary: { organizations: { requested: 1, observed: 1 } },
      warnings: [],
    });
    // The next one is compared with what this one saw.
    alice().disable(ORG_3, "con_google");
    const next = await tested.recorded("update", 5);
    expect(told(next.changes)).toEqual(["medium connection_disabled 003 gle"]);
    expect(next.changes[0]?.between.after).toBe(update.changes[0]?.between.before);
    // Nothing more happened: what is read again of the overlap names nothing.
    const [nothing, after] = await tested.requests(() => tested.run("update", 5));
    expect([nothing.kind, after.organizations]).toEqual(["nothing_hinted", 0]);
  });

  it("tells what was renamed, created and deleted, and nothing of what came and went", async () => {
    tested = await UpdatedTenant.start({ scopes });
    await tested.recorded("sweep", 0);
    const operator = alice();
    tested.nowMs += MINUTE_MS;
    operator.rename(ORG_3, { displayName: "Another" });
    operator.delete(ORG_4);
    operator.create(organization(90, [SSO, GOOGLE]));
    operator.create(organization(91));
    operator.delete(organization(91).id);
    const update = await tested.recorded("update", 4);
    expect(linesOf(update)).toEqual(["003 observed", "004 deleted", "090 observed"]);
    expect(told(update.changes)).toEqual([
      "low organization_renamed 003 -",
      "medium organization_deleted 004 -",
      "medium connection_disabled 004 sso",
      "medium organization_created 090 -",
      "high connection_enabled 090 gle",
      "medium connection_enabled 090 sso",
    ]);
    expect(update.findings.map(({ organizationId, rule }) => `${organizationId.slice(-3)} ${rule}`)).toContain(
      "090 sso-bypass",
    );
    expect((await tested.run("update", 5)).kind).toBe("nothing_hinted");
  });

  it("records nothing when nothing is hinted, moves its place and frees the lease", async () => {
    tested = await UpdatedTenant.start({ scopes });
    await tested.recorded("sweep", 0);
    const until = within(5);
    const [nothing, requests] = await tested.requests(() => tested.run("update", 5));
    expect(nothing).toMatchObject({ kind: "nothing_hinted", until });
    expect(requests.organizations).toBe(0);
    expect(await manifests()).toBe(1);
    expect(JSON.parse(tested.store.text(`v1/state/tenant=${TENANT}/hints.json`))).toMatchObject({ until });
    alice().enable(ORG_3, GOOGLE);
    const update = await tested.recorded("update", 5);
    expect(update.manifest.updates).toMatchObject({ from: until, until: within(10) });
  });

  it("tries Organizations again that the last run could not read, and gives up none", async () => {
    tested = await UpdatedTenant.start({ scopes });
    const broken = status(400);
    tested.tenant.fault = (asked) => asked.id === ORG_3 && broken(asked);
    await tested.recorded("sweep", 0);
    const failed = await tested.recorded("update", 5);
    expect(linesOf(failed)).toEqual(["003 failed"]);
    expect(failed.manifest).toMatchObject({ status: "partial", updates: { hints: { retries: 1 } } });
    tested.tenant.fault = null;
    const read = await tested.recorded("update", 5);
    expect(linesOf(read)).toEqual(["003 observed"]);
    expect((await tested.run("update", 5)).kind).toBe("nothing_hinted");
  });

  it("becomes a sweep when too many are hinted, and says so", async () => {
    tested = await UpdatedTenant.start({ scopes });
    await tested.recorded("sweep", 0);
    for (const number of [1, 2, 3, 4, 5]) alice().enable(organization(number).id, GOOGLE);
    const swept = await tested.recorded("update", 5);
    expect(swept.manifest).toMatchObject({
      kind: "sweep",
      updates: null,
      summary: { organizations: { requested: 40 }, changes: { connection_enabled: 5 } },
      warnings: [expect.stringMatching(/more than 4 Organizations.*a sweep is started instead of an update/)],
    });
    expect((await tested.run("update", 5)).kind).toBe("nothing_hinted");
  });
});

describe("an update", () => {
  it("reads every Organization that has a connection which was deleted in the whole tenant", async () => {
    const organizations = Array.from({ length: 40 }, (_, number) =>
      organization(number + 1, number < 3 ? [SSO, GOOGLE] : [SSO]),
    );
    tested = await UpdatedTenant.start({ organizations });
    await tested.recorded("sweep", 0);
    for (const number of [1, 2, 3]) tested.tenant.organizations.disable(organization(number).id, "con_google");
    tested.tenant.logs.record(TERRAFORM, { method: "DELETE", path: "/api/v2/connections/con_google", statusCode: 204 });
    const [update, requests] = await tested.requests(() => tested.recorded("update", 5));
    expect(requests.organizations).toBe(3);
    expect(told(update.changes)).toEqual(["001", "002", "003"].map((end) => `medium connection_disabled ${end} gle`));
    const [next, after] = await tested.requests(() => tested.run("update", 5));
    expect([next.kind, after.organizations]).toEqual(["nothing_hinted", 0]);
  });

  it("reads the hinted Organizations once, however often the overlap of the logs names them", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    // It changed nothing, and another was refused: both are read again with the overlap.
    alice().update(ORG_4, "con_sso", {});
    const refused = { method: "PATCH", path: `/api/v2/organizations/${ORG_5}`, statusCode: 403 } as const;
    tested.tenant.logs.record(ALICE, refused);
    const [, requests] = await tested.requests(() => tested.recorded("update", 1));
    expect(requests.organizations).toBe(2);
    for (let minutes = 1; minutes <= 15; minutes += 1) {
      const [nothing, none] = await tested.requests(() => tested.run("update", 1));
      expect([nothing.kind, none.organizations]).toEqual(["nothing_hinted", 0]);
      expect(none.hints).toBeLessThanOrEqual(3);
    }
  });

  it("finds an entry of the log that comes late, within the overlap", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    tested.nowMs += MINUTE_MS;
    alice().enable(ORG_3, GOOGLE, { lateMs: 7 * MINUTE_MS });
    expect((await tested.run("update", 4)).kind).toBe("nothing_hinted");
    expect(told((await tested.recorded("update", 5)).changes)).toEqual(["high connection_enabled 003 gle"]);
  });

  it("becomes a sweep when its state has too many runs", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    const execution = {
      ...inProcessExecution,
      step: async <Result>(name: string, work: () => Promise<Result>) => {
        const result = await work();
        // As if so many updates had been recorded.
        if (name !== "begin") return result;
        const { run } = result as Extract<Awaited<ReturnType<typeof begin>>, { kind: "begun" }>;
        return { kind: "begun", run: { ...run, state: Array.from({ length: 1_001 }, () => run.state[0]) } } as Result;
      },
    };
    const swept = await tested.recorded("update", 5, {}, execution);
    expect(swept.manifest).toMatchObject({
      kind: "sweep",
      warnings: [expect.stringMatching(/consists of 1001 runs, more than 1000: a sweep is started/)],
      summary: { organizations: { requested: 40 } },
    });
    expect(told(swept.changes)).toEqual(["high connection_enabled 003 gle"]);
  });

  it("tells in its next record of a time that no hints cover", async () => {
    tested = await UpdatedTenant.start({ scopes: ["read:events"] });
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    await tested.recorded("update", 5);
    alice().enable(ORG_4, GOOGLE);
    tested.tenant.events.forget();
    expect((await tested.run("update", 5)).kind).toBe("nothing_hinted");
    expect((await tested.run("update", 5)).kind).toBe("nothing_hinted");
    alice().enable(ORG_5, GOOGLE);
    const update = await tested.recorded("update", 5);
    expect(linesOf(update)).toEqual(["005 observed"]);
    expect(update.manifest.warnings).toEqual([
      expect.stringMatching(
        /^From 2026-03-03 06:05.* to 2026-03-03 06:10.*no hints show what changed; only a sweep can tell/,
      ),
    ]);
    alice().disable(ORG_5, "con_google");
    expect((await tested.recorded("update", 5)).manifest.warnings).toEqual([]);
    const sweep = await tested.recorded("sweep", 5);
    expect(told(sweep.changes)).toEqual(["high connection_enabled 004 gle"]);
  });

  it("tells of logs that were too short-lived", async () => {
    tested = await UpdatedTenant.start({ logRetentionMs: 25 * 60 * MINUTE_MS });
    await tested.recorded("sweep", 0);
    tested.nowMs += 30 * 60 * MINUTE_MS;
    tested.tenant.rotateToken();
    alice().enable(ORG_3, GOOGLE);
    const update = await tested.recorded("update", 5);
    expect(told(update.changes)).toEqual(["high connection_enabled 003 gle"]);
    expect(update.manifest.warnings).toEqual([
      expect.stringMatching(/only a sweep can tell\. The tenant no longer keeps/),
    ]);
    expect(update.manifest.updates?.from).not.toMatch(/T06:0/);
  });

  it("is refused without a sweep to build on, and without a source of hints, and leaves nothing", async () => {
    tested = await UpdatedTenant.start();
    expect(await tested.run("update", 0)).toMatchObject({
      kind: "refused",
      message: expect.stringMatching(/^There is no sweep of .* Run one first/),
    });
    await tested.close();
    tested = await UpdatedTenant.start({ scopes: [] });
    await tested.recorded("sweep", 0);
    expect(await tested.run("update", 5)).toMatchObject({
      kind: "refused",
      message: expect.stringMatching(/read:logs or read:events/),
    });
    expect(await manifests()).toBe(1);
    // The lease is free.
    await tested.recorded("sweep", 5);
  });

  it("is refused while no logs can be read, and the next one misses nothing", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    tested.tenant.fault = on("logs", status(400));
    expect(await tested.run("update", 5)).toMatchObject({
      kind: "refused",
      message: expect.stringMatching(/^No hints show what changed since 2026-03-03 06:00.* logs could not be read\./),
    });
    tested.tenant.fault = null;
    expect(told((await tested.recorded("update", 5)).changes)).toEqual(["high connection_enabled 003 gle"]);
  });

  it("over a list reads its own Organizations, and leaves the others to the update over the whole tenant", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    alice().enable(ORG_4, GOOGLE);
    const some = await tested.recorded("update", 5, { organizations: ids("3", "7") });
    expect(linesOf(some)).toEqual(["003 observed"]);
    const all = await tested.recorded("update", 5);
    expect(told(all.changes)).toEqual(["high connection_enabled 004 gle"]);
    expect((await tested.run("update", 5)).kind).toBe("nothing_hinted");
  });

  it("builds on the last sweep of the whole tenant, whatever lists were read since", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    tested.nowMs += MINUTE_MS;
    alice().enable(ORG_3, GOOGLE);
    alice().enable(ORG_4, GOOGLE);
    const list = await tested.recorded("sweep", 1, { organizations: ids("3") });
    expect(told(list.changes)).toEqual(["high connection_enabled 003 gle"]);
    const update = await tested.recorded("update", 3);
    expect(told(update.changes)).toEqual(["high connection_enabled 004 gle"]);
    expect(update.manifest.updates).toMatchObject({ base: SWEPT, from: within(0) });
  });

  it("is skipped while a sweep is at work; the next one reads the hints since before it", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    const outcomes: string[] = [];
    const [leaseMs, chunk] = [3_600_000, { ...request(0).chunk, organizations: 10 }];
    const execution = {
      ...inProcessExecution,
      step: async <Result>(name: string, work: () => Promise<Result>) => {
        const result = await work();
        if (name !== "chunk-2") return result;
        // The sweep has read it before.
        alice().enable(ORG_3, GOOGLE);
        outcomes.push((await tested.run("update", 20, { leaseMs })).kind);
        return result;
      },
    };
    const sweep = await tested.recorded("sweep", 5, { chunk, leaseMs }, execution);
    expect(outcomes).toEqual(["skipped"]);
    expect(told(sweep.changes)).toEqual([]);
    const update = await tested.recorded("update", 5);
    expect(told(update.changes)).toEqual(["high connection_enabled 003 gle"]);
    expect(update.manifest.warnings).toEqual([]);
    expect(update.manifest.updates?.from).toBe(sweep.manifest.startedAt);
  });

  it("whose token is refused is a failed run of kind update; the next one reads the same hints", async () => {
    tested = await UpdatedTenant.start();
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    const unauthorized = status(401, '{"statusCode":401,"error":"Unauthorized","message":"Invalid token."}');
    tested.tenant.fault = (asked) => asked.route !== "token" && unauthorized(asked);
    const failed = await tested.recorded("update", 5);
    expect(failed.manifest).toMatchObject({
      kind: "update",
      status: "failed",
      updates: null,
      error: { code: "token_refused" },
    });
    tested.tenant.fault = null;
    expect(told((await tested.recorded("update", 5)).changes)).toEqual(["high connection_enabled 003 gle"]);
  });

  it("that dies before any of its steps, or after it, tells each change once", async () => {
    const died = new Error("The process died.");
    for (let at = 0, isOver = false; !isOver && at < 60; at += 1)
      for (const isResumed of [true, false]) {
        await tested?.close();
        tested = await UpdatedTenant.start({ scopes: ["read:logs", "read:events"] });
        await tested.recorded("sweep", 0);
        alice().enable(ORG_3, GOOGLE);
        const saved = new Map<string, unknown>();
        let steps = 0;
        const execution = (limit: number) => ({
          ...inProcessExecution,
          step: async <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
            if (saved.has(name)) return structuredClone(saved.get(name)) as Result;
            if (steps === limit) throw died;
            const result = await work();
            steps += 1;
            // Half of the times, the process dies before the result is saved.
            if (steps === limit && at % 2 === 0) throw died;
            saved.set(name, result);
            return result;
          },
        });
        const same = { executionId: "the-same" };
        const first = await tested.run("update", 5, same, execution(at)).catch((error: unknown) => {
          if (error !== died) throw error;
          return null;
        });
        isOver = first !== null;
        const scheduledAt = new Date(tested.nowMs).toISOString() as never;
        if (isResumed) await tested.run("update", 0, { ...same, scheduledAt }, execution(Number.POSITIVE_INFINITY));
        // The lease of the dead one has ended; somebody changes something else.
        alice().enable(ORG_4, GOOGLE);
        const next = await tested.recorded("update", 5);
        const changes: string[] = [];
        for await (const key of tested.store.list(manifestsPrefix(TENANT))) {
          const runId = /([^/]+)\.json$/.exec(key)?.[1] ?? "";
          changes.push(...told((await readEvidence(tested.store, runId as never)).changes));
        }
        expect(changes.toSorted()).toEqual(["high connection_enabled 003 gle", "high connection_enabled 004 gle"]);
        expect(next.manifest.warnings).toEqual([]);
      }
  }, 60_000);
});

describe("the hinted Organizations of an update", () => {
  it("fit into a step's result, and come back in order", () => {
    const organizations = Array.from({ length: 5_000 }, (_, number) => ({
      organizationId: ids(String(number).padStart(6, "0"))[0] ?? ("" as never),
      isChanged: number % 3 === 0,
    }));
    const saved = encodeHinted(organizations);
    expect(Buffer.byteLength(JSON.stringify(saved))).toBeLessThan(MOST_RESULT_BYTES * 0.6);
    expect(decodeHinted(saved)).toEqual(organizations);
  });
});

describe("a sweep of a tenant with updates", () => {
  it.each([
    ["logs", ["read:logs"]],
    ["events", ["read:events"]],
  ] as const)("counts the changes that no hint named: %s", async (_name, scopes) => {
    const organizations = Array.from({ length: 40 }, (_, number) =>
      organization(number + 1, number < 2 ? [SSO, GOOGLE] : [SSO]),
    );
    tested = await UpdatedTenant.start({ scopes, organizations });
    const first = await tested.recorded("sweep", 0);
    expect(first.manifest.summary.missedByHints).toBeNull();
    alice().enable(ORG_3, GOOGLE);
    await tested.recorded("update", 5);
    // No hint tells of this one. Of the others the next update would have read.
    const { onChange } = tested.tenant.organizations;
    tested.tenant.organizations.onChange = null;
    tested.tenant.organizations.enable(ORG_4, GOOGLE);
    tested.tenant.organizations.onChange = onChange;
    alice().enable(ORG_5, GOOGLE);
    tested.tenant.organizations.disable(organization(1).id, "con_google");
    tested.tenant.logs.record(TERRAFORM, { method: "DELETE", path: "/api/v2/connections/con_google", statusCode: 204 });
    const sweep = await tested.recorded("sweep", 5);
    expect(told(sweep.changes)).toHaveLength(3);
    expect(sweep.manifest.summary.missedByHints).toBe(1);
    expect(notices(sweep.manifest)).toEqual(["No hint named 1 of these changes: only the sweep found it."]);
    expect((await tested.recorded("sweep", 5)).manifest.summary.missedByHints).toBeNull();
  });

  it("leaves nothing to read again of what an update recorded shortly before it", async () => {
    tested = await UpdatedTenant.start({});
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    expect(linesOf(await tested.recorded("update", 5))).toEqual(["003 observed"]);
    await tested.recorded("sweep", 1);
    const [nothing, requests] = await tested.requests(() => tested.run("update", 2));
    expect([nothing.kind, requests.organizations]).toEqual(["nothing_hinted", 0]);
    // What another update of that time recorded cannot be trusted any more: that is read again.
    const [key = ""] = (await Array.fromAsync(tested.store.list("v1/operations/"))).filter((one) =>
      one.includes("T0605"),
    );
    tested.store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
    expect(linesOf(await tested.recorded("update", 1))).toEqual(["003 observed"]);
  });

  it("goes back to the run before when operations are altered, and says so", async () => {
    tested = await UpdatedTenant.start({});
    await tested.recorded("sweep", 0);
    alice().enable(ORG_3, GOOGLE);
    await tested.recorded("update", 5);
    const [key = ""] = (await Array.fromAsync(tested.store.list("v1/operations/"))).filter((one) =>
      one.includes("T0605"),
    );
    tested.store.objects.set(key, { body: Buffer.from("altered"), contentType: "" });
    const sweep = await tested.recorded("sweep", 5);
    expect(sweep.manifest.status).toBe("complete");
    expect(sweep.manifest.warnings).toEqual([expect.stringContaining("The previous operations cannot be trusted: ")]);
    expect(told(sweep.changes)).toEqual(["high connection_enabled 003 gle"]);
  });
});
