import { describe, expect, it } from "@jest/globals";
import type { Change } from "../../../lambda/domain/change.ts";
import type { Timestamp } from "../../../lambda/domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../../lambda/domain/snapshot.ts";
import type { Manifest } from "../../../lambda/evidence/format/manifest.ts";
import { diffAcross } from "../../../lambda/evidence/query/difference.ts";
import { HistoryBuilder } from "../../../lambda/evidence/query/history.ts";
import { organizationState } from "../../../lambda/evidence/query/state.ts";
import { historyJson, historyLines } from "../../../lambda/report/text/history.ts";
import { stateJson, stateLines } from "../../../lambda/report/text/state.ts";
import {
  AT_1,
  AT_2,
  COMPARISON,
  carried,
  connection,
  connectionId,
  deleted,
  failed,
  observed,
  organizationId,
  RUN_1,
  RUN_2,
} from "../../support/builders.ts";
import { expectGolden } from "../../support/golden.ts";
import { briefly, on } from "../../support/run-operations.ts";
import { SITUATIONS, situationOf } from "../../support/situations.ts";

const ID = organizationId("1");
const SAML = connection("1", "samlp");
const OPEN = connection("2", "google-oauth2", {
  assign_membership_on_login: true,
  is_signup_enabled: true,
  show_as_button: false,
});
const ADDED = connection("1", "samlp", { added: true });
const UNTOLD = connection("3", "auth0", { connection: {} });
const ASKED_AT = "2026-03-26T00:00:00.000Z" as Timestamp;
const CHANGED = { isFull: false };
const HOSTILE = "\u202Eevil\u001B[2J";

function manifestOf(runId: typeof RUN_1, other: Partial<Manifest> = {}): Manifest {
  const { manifest } = SITUATIONS.unchanged ?? raise();
  const at = runId === RUN_1 ? AT_1 : AT_2;
  return { ...manifest, runId, startedAt: at, completedAt: at, ...other };
}

function raise(): never {
  throw new Error("The situation is missing.");
}

const changesBetween = (left: OrganizationSnapshot | null, right: OrganizationSnapshot | null): readonly Change[] =>
  diffAcross(left, right, COMPARISON);

describe("the difference across runs", () => {
  const now = { runId: RUN_2, observedAt: AT_2 };

  it("compares what was last seen of an Organization that the newer run could not read", () => {
    const seen = observed("1", [SAML, OPEN], now);
    expect(changesBetween(observed("1", [SAML]), failed("1", carried(seen), now))).toEqual(
      changesBetween(observed("1", [SAML]), seen),
    );
    expect(changesBetween(null, failed("1", carried(seen), now)).map(({ change }) => change)).toEqual([
      "organization_created",
      "connection_enabled",
      "connection_enabled",
    ]);
  });

  it("reports no change of an Organization that was not observed since", () => {
    const seen = observed("1", [SAML]);
    expect(changesBetween(seen, failed("1", carried(seen), now))).toEqual([]);
    expect(changesBetween(seen, failed("1", null, now))).toEqual([]);
    expect(changesBetween(observed("1", [OPEN], now), failed("1", carried(seen), now))).toEqual([]);
  });

  it("reports an Organization that was deleted", () => {
    expect(changesBetween(observed("1", [SAML]), null).map(({ change }) => change)).toEqual([
      "organization_deleted",
      "connection_disabled",
    ]);
  });
});

describe("a history", () => {
  const build = (connection: ReturnType<typeof connectionId> | null) => {
    const builder = new HistoryBuilder(connection);
    const first = observed("1", [SAML]);
    const second = observed("1", [SAML, OPEN, UNTOLD], { runId: RUN_2, observedAt: AT_2, name: HOSTILE });
    const failure = failed("1", carried(second), { runId: RUN_2, observedAt: AT_2 });
    const error = { code: "token_refused", message: "Auth0 refused the token." };
    const run = (
      snapshot: OrganizationSnapshot | null,
      other: Partial<Manifest> = {},
      changes: readonly Change[] = [],
    ) => builder.add({ manifest: manifestOf(RUN_2, other), snapshot, changes, operations: [] });
    run(null, { scope: "list" });
    run(null, { scope: "list" });
    run(null);
    builder.add({ manifest: manifestOf(RUN_1), snapshot: first, changes: [], operations: [] });
    run(observed("1", [SAML], { runId: RUN_2, observedAt: AT_2 }));
    run(second, {}, changesBetween(first, second));
    // What a later Auth0 adds is no change, and yet another state.
    run(observed("1", [ADDED], { runId: RUN_2, observedAt: AT_2 }));
    run(failure);
    run(failure);
    builder.addUncovered({ from: AT_1, until: AT_2 });
    run(null, { status: "failed", error });
    run(null, { status: "failed", error: null });
    run(observed("1", [], { runId: RUN_2, observedAt: AT_2 }));
    run(deleted("1", { runId: RUN_2, observedAt: AT_2 }), {}, changesBetween(second, deleted("1")));
    return { organizationId: ID, connectionId: connection, runs: 7, ...builder.build() };
  };

  it("says each state once, with the changes in between and the runs that did not read it", () => {
    expectGolden("evidence-history/full.txt", `${historyLines(build(null), { isFull: true }).join("\n")}\n`);
    expectGolden("evidence-history/all.txt", `${historyLines(build(null), CHANGED).join("\n")}\n`);
    expectGolden("evidence-history/all.json", historyJson(build(null)));
  });

  it("shows who made each change, and what came and went", () => {
    const { manifest, operations } = situationOf("who");
    const changed = situationOf("who").changes.filter(({ organizationId }) => organizationId === ID);
    const brief = briefly(on("1", "brief", "10:00"), "1", "10:42", { connectionId: connectionId("9") });
    const undoing = on("1", "brief-end", "10:42", { method: "DELETE", connectionId: connectionId("9") });
    const run = {
      manifest,
      snapshot: observed("1", [SAML, OPEN], { runId: RUN_2, observedAt: AT_2 }),
      changes: changed,
      operations: [...operations, brief, undoing].filter(({ organizationId }) => organizationId === ID),
    };
    const history = (logs: Manifest["logs"], connection: ReturnType<typeof connectionId> | null = null) => {
      const builder = new HistoryBuilder(connection);
      builder.add({ ...run, manifest: { ...manifest, logs } });
      return { organizationId: ID, connectionId: connection, runs: 1, ...builder.build() };
    };
    const all = history(manifest.logs);
    expectGolden("evidence-history/who.txt", `${historyLines(all, CHANGED).join("\n")}\n`);
    expectGolden("evidence-history/who.json", historyJson(all));
    expect(historyLines(history(manifest.logs, connectionId("2")), CHANGED).join()).not.toContain("42 minutes");
    expect(historyLines(history(null), CHANGED).join()).not.toContain("read:logs");
  });

  it("of one connection leaves the others out", () => {
    expectGolden("evidence-history/connection.txt", `${historyLines(build(connectionId("2")), CHANGED).join("\n")}\n`);
  });

  it("lists many connections once, and then what differs", () => {
    const many = Array.from({ length: 60 }, (_, index) => connection(String(10 + index), "samlp"));
    const builder = new HistoryBuilder(null);
    for (const connections of [many, [...many, OPEN], many.slice(1)])
      builder.add({ manifest: manifestOf(RUN_1), snapshot: observed("1", connections), changes: [], operations: [] });
    const history = { organizationId: ID, connectionId: null, runs: 3, ...builder.build() };
    const [, first = "", ...later] = historyLines(history, CHANGED);
    expect(first.match(/samlp-\d+ /g)).toHaveLength(60);
    expect(later.map((line) => line.replace(/^.*: (?=\d)/, ""))).toEqual([
      "61 connections; enabled: google-oauth2-2 (google-oauth2, membership on login, sign-up, no button)",
      "59 connections; disabled: samlp-10, google-oauth2-2",
    ]);
    const full = historyLines(history, { isFull: true }).join();
    expect(full.match(/samlp-11 /g)).toHaveLength(3);
  });

  it("of an Organization without a name has its ID", () => {
    const builder = new HistoryBuilder(null);
    builder.add({
      manifest: manifestOf(RUN_1),
      snapshot: observed("1", [], { name: null }),
      changes: [],
      operations: [],
    });
    const told = { organizationId: ID, connectionId: null, runs: 1, ...builder.build() };
    expect(historyLines(told, CHANGED)[0]).toContain(ID);
  });
});

describe("who could sign in", () => {
  const now = { runId: RUN_2, observedAt: AT_2 };
  const known = observed("1", [SAML, OPEN, UNTOLD], { name: HOSTILE });
  const answers: readonly (readonly [
    string,
    OrganizationSnapshot | null,
    Parameters<typeof organizationState>[2],
    Partial<Manifest>,
  ])[] = [
    ["observed", known, observed("1", [SAML, OPEN, UNTOLD], now), {}],
    ["observed-then-changed", known, observed("1", [SAML], now), {}],
    ["observed-then-deleted", known, deleted("1", now), {}],
    ["observed-without-connections", observed("1", []), null, {}],
    ["carried", failed("1", carried(known), now), null, {}],
    ["never-read", failed("1", null), observed("1", [SAML], now), {}],
    ["deleted", deleted("1"), null, {}],
    ["absent", null, null, {}],
    ["out-of-scope", null, null, { scope: "list" }],
  ];

  it.each(answers)("is rendered for an Organization that is %s", (name, snapshot, later, other) => {
    const run = manifestOf(RUN_1, other);
    const line =
      snapshot === null
        ? { run: null, isWholeTenantKnown: run.scope === "all" }
        : {
            run,
            snapshot,
            organizationName: snapshot.organizationName,
            organizationDisplayName: snapshot.organizationDisplayName,
          };
    const state = organizationState(run, line, later);
    expectGolden(`evidence-state/${name}.txt`, `${stateLines(ID, state, ASKED_AT).join("\n")}\n`);
    expectGolden(`evidence-state/${name}.json`, stateJson(ID, state, ASKED_AT));
  });
});
