import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { attribute } from "../../lambda/attribution/attribute.ts";
import { effectsOf, strongestEffect } from "../../lambda/attribution/effects.ts";
import type { EffectsInput } from "../../lambda/attribution/steps.ts";
import type { Undone } from "../../lambda/attribution/undone.ts";
import { diffOrganization } from "../../lambda/changes/difference.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import { COMPARISON, connection, connectionId, observed, RUN_2 } from "../support/builders.ts";
import { answered, logged, type ModelRequest, type ModelState, type Moment, waysIn } from "../support/model-tenant.ts";
import {
  AFTER,
  BEFORE,
  COVERED,
  deletingTenantWide,
  disabling,
  enabling,
  minute,
  ORGANIZATION,
  operation,
} from "../support/operations.ts";

const OKTA = connection("9", "okta");
const GOOGLE = connection("1", "google-oauth2");

type State = NonNullable<EffectsInput["before"]>;

function state(at: State["at"], connections: readonly EnabledConnection[], other: Partial<State> = {}): State {
  return { at, exists: true, name: "acme", displayName: "Acme", connections, ...other };
}

/** The effects of `operations` between two lists of connections. */
function effects(
  before: readonly EnabledConnection[],
  now: readonly EnabledConnection[],
  operations: readonly Operation[],
  other: Partial<EffectsInput> = {},
) {
  return effectsOf({
    runId: RUN_2,
    organizationId: ORGANIZATION,
    organizationName: "acme",
    before: state(AFTER, before),
    now: state(BEFORE, now),
    operations,
    isShared: () => false,
    describe: (id) => (id === GOOGLE.connectionId ? { name: "google-oauth2", strategy: "google-oauth2" } : null),
    ...other,
  });
}

const effectList = ({ operations }: ReturnType<typeof effects>) => operations.map(({ effect }) => effect);

describe("the effect of an operation", () => {
  const patched = (requested: Operation["requested"], at = minute(1), logId = "a") =>
    operation(logId, { at, requested });
  const assigning = connection("1", "google-oauth2", { assign_membership_on_login: true });

  it.each<
    [string, readonly EnabledConnection[], readonly EnabledConnection[], readonly Operation[], readonly string[]]
  >([
    ["a connection that was enabled and stayed", [OKTA], [OKTA, GOOGLE], [enabling("a", minute(1))], ["change"]],
    [
      "a connection that came and went",
      [OKTA],
      [OKTA],
      [enabling("a", minute(1)), disabling("b", minute(43))],
      ["undone", "none"],
    ],
    [
      "a connection that came and went twice",
      [OKTA],
      [OKTA],
      [enabling("a", minute(1)), disabling("b", minute(2)), enabling("c", minute(3)), disabling("d", minute(4))],
      ["undone", "none", "undone", "none"],
    ],
    [
      "a connection that came, went and came again",
      [OKTA],
      [OKTA, GOOGLE],
      [enabling("a", minute(1)), disabling("b", minute(2)), enabling("c", minute(3))],
      ["undone", "none", "change"],
    ],
    ["what came, and went unseen", [OKTA], [OKTA], [enabling("a", minute(1))], ["undone"]],
    [
      "a connection that was disabled, and enabled again while the Organization was read",
      [OKTA, GOOGLE],
      [OKTA],
      [disabling("a", minute(1)), enabling("b", minute(24 * 60 - 0.5))],
      ["change", "unknown"],
    ],
    [
      "a connection that was disabled, and enabled again long before the Organization was read",
      [OKTA, GOOGLE],
      [OKTA],
      [disabling("a", minute(1)), enabling("b", minute(24 * 60 - 2))],
      ["undone", "none"],
    ],
    [
      "a connection that came and went just before the Organization was read",
      [OKTA],
      [OKTA],
      [enabling("a", minute(24 * 60 - 0.5)), disabling("b", minute(24 * 60 - 0.4))],
      ["undone", "none"],
    ],
    [
      "a failed operation",
      [OKTA],
      [OKTA],
      [enabling("a", minute(1), "1", { type: "fapi", statusCode: 403 })],
      ["none"],
    ],
    [
      "a failed operation without a status",
      [],
      [],
      [enabling("a", minute(1), "1", { type: "fapi", statusCode: null })],
      ["none"],
    ],
    ["an empty PATCH", [GOOGLE], [GOOGLE], [patched({})], ["none"]],
    ["what was there already", [GOOGLE], [GOOGLE], [patched({ show_as_button: true })], ["none"]],
    ["a flag that stayed", [GOOGLE], [assigning], [patched({ assign_membership_on_login: true })], ["change"]],
    [
      "a flag that was set twice",
      [GOOGLE],
      [assigning],
      [patched({ assign_membership_on_login: true }), patched({ assign_membership_on_login: true }, minute(2), "b")],
      ["change", "none"],
    ],
    ["a PATCH of a connection that is not enabled", [], [], [patched({ assign_membership_on_login: true })], ["none"]],
    ["an operation before the older observation", [], [GOOGLE], [enabling("a", AFTER)], ["none"]],
    ["an operation after the newer observation", [], [], [enabling("a", minute(24 * 60 + 1))], ["unknown"]],
    [
      "a connection deleted in the whole tenant",
      [OKTA, GOOGLE],
      [OKTA],
      [deletingTenantWide("a", minute(1))],
      ["change"],
    ],
    ["a connection of others deleted", [OKTA], [OKTA], [deletingTenantWide("a", minute(1))], ["none"]],
    [
      "an entry that does not say what was done",
      [OKTA],
      [OKTA, GOOGLE],
      [operation("a", { type: "my_organization_api_x" })],
      ["unknown"],
    ],
  ])("%s", (_, before, now, operations, expected) => {
    expect(effectList(effects(before, now, operations))).toEqual(expected);
  });

  it("is unknown for an Organization that was not read, unless the operation failed", () => {
    const operations = [enabling("a", minute(1)), enabling("b", minute(2), "1", { type: "fapi", statusCode: 409 })];
    expect(effectList(effects([], [], operations, { now: null }))).toEqual(["unknown", "none"]);
    expect(effectList(effects([], [], operations, { before: null }))).toEqual(["unknown", "none"]);
  });

  it("is a change for the creation, renaming and deletion of an Organization", () => {
    const path = "/api/v2/organizations";
    const requested = { name: "acme", enabled_connections: [{ connection_id: connectionId("1") }] };
    const created = operation("a", { method: "POST", path, connectionId: null, requested });
    const absent = state(AFTER, [], { exists: false, name: null, displayName: null });
    expect(effectList(effects([], [GOOGLE], [created], { before: absent }))).toEqual(["change"]);
    const own = { path: `${path}/${ORGANIZATION}`, connectionId: null };
    const renamed = operation("a", { ...own, requested: { display_name: "Acme Inc." } });
    const now = state(BEFORE, [], { displayName: "Acme Inc." });
    expect(effectList(effects([], [], [renamed], { now }))).toEqual(["change"]);
    const deleted = operation("a", { ...own, method: "DELETE" });
    const gone = state(BEFORE, [], { exists: false, name: null, displayName: null });
    expect(effects([GOOGLE], [], [deleted], { now: gone })).toMatchObject({
      operations: [{ effect: "change" }],
      undone: [],
    });
  });

  it("of an operation on several Organizations is the strongest", () => {
    expect(strongestEffect("none", "change")).toBe("change");
    expect(strongestEffect("undone", "change")).toBe("undone");
    expect(strongestEffect("unknown", "none")).toBe("unknown");
  });
});

describe("what came and went", () => {
  it("has the severity of what it briefly was, and when", () => {
    const { undone } = effects([OKTA], [OKTA], [enabling("a", minute(1)), disabling("b", minute(43))]);
    expect(undone).toEqual([
      {
        logId: "a",
        undoneBy: "b",
        change: expect.objectContaining({
          change: "connection_enabled",
          connectionId: GOOGLE.connectionId,
          connectionName: "google-oauth2",
          strategy: "google-oauth2",
          severity: "high",
          reasons: [expect.stringContaining("without the customer's identity provider"), "A sign-in method was added."],
          between: { after: minute(1), before: minute(43) },
        }),
      },
    ]);
  });

  it("ends at the observation where no operation undid it", () => {
    const [one] = effects([OKTA], [OKTA], [enabling("a", minute(1))]).undone;
    expect(one).toMatchObject({ undoneBy: null, change: { between: { after: minute(1), before: BEFORE } } });
  });

  it("warns of a connection that nothing else tells of", () => {
    const [one] = effects([OKTA], [OKTA], [enabling("a", minute(1))], { describe: () => null }).undone;
    expect(one?.change).toMatchObject({ severity: "high", connectionName: null, strategy: null });
  });

  it("is a lock-out where the only connection was away", () => {
    const { undone } = effects([OKTA], [OKTA], [disabling("a", minute(1), "9"), enabling("b", minute(2), "9")]);
    expect(undone).toMatchObject([{ logId: "a", change: { change: "connection_disabled", severity: "high" } }]);
  });

  it("is a flag that let people in while the connection itself stayed", () => {
    const operations = [
      enabling("a", minute(1), "1", { requested: { assign_membership_on_login: true } }),
      operation("b", { at: minute(2), requested: { assign_membership_on_login: false } }),
    ];
    const { operations: decided, undone } = effects([OKTA], [OKTA, GOOGLE], operations);
    expect(decided.map(({ effect }) => effect)).toEqual(["undone", "change"]);
    const properties = [{ name: "assign_membership_on_login", previousValue: false, updatedValue: true }];
    expect(undone).toMatchObject([{ logId: "a", undoneBy: "b", change: { change: "connection_updated", properties } }]);
  });

  it("is a name that an Organization had for a while, and an Organization that was there for a while", () => {
    const path = `/api/v2/organizations/${ORGANIZATION}`;
    const named = operation("a", { path, connectionId: null, requested: { name: "other" } });
    expect(effects([], [], [named]).undone).toMatchObject([
      {
        change: {
          change: "organization_renamed",
          properties: [{ name: "name", previousValue: "acme", updatedValue: "other" }],
        },
      },
    ]);
    const absent = { exists: false, name: null, displayName: null };
    const ends = { before: state(AFTER, [], absent), now: state(BEFORE, [], absent) };
    const operations = [
      operation("a", { method: "POST", path: "/api/v2/organizations", connectionId: null }),
      operation("b", { at: minute(3), method: "DELETE", path, connectionId: null }),
    ];
    expect(effects([], [], operations, ends)).toMatchObject({
      operations: [{ effect: "undone" }, { effect: "none" }],
      undone: [{ logId: "a", undoneBy: "b", change: { change: "organization_created", severity: "medium" } }],
    });
  });
});

const settings = fc.record({
  assign_membership_on_login: fc.option(fc.boolean(), { nil: undefined }),
  show_as_button: fc.option(fc.boolean(), { nil: undefined }),
  is_signup_enabled: fc.option(fc.boolean(), { nil: undefined }),
});
const number = fc.nat({ max: 3 });
const request: fc.Arbitrary<ModelRequest> = fc.oneof(
  fc.record({ kind: fc.constant("post" as const), connection: number, settings }),
  fc.record({
    kind: fc.constant("patch" as const),
    connection: number,
    settings,
    is_enabled: fc.option(fc.boolean(), { nil: undefined }),
  }),
  fc.record({ kind: fc.constant("delete" as const), connection: number }),
);
/** An association that is not enabled has settings that no observation shows: here, they are the defaults. */
const start: fc.Arbitrary<ModelState> = fc
  .uniqueArray(fc.tuple(number, fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean()), { selector: ([one]) => one })
  .map(
    (list) =>
      new Map(
        list.map(([one, is_enabled, assign, show, signup]) => [
          one,
          {
            is_enabled,
            assign_membership_on_login: is_enabled && assign,
            show_as_button: !is_enabled || show,
            is_signup_enabled: is_enabled && signup,
          },
        ]),
      ),
  );

const STRATEGIES = ["okta", "google-oauth2", "auth0", "samlp"] as const;

/** What an observation of the model tenant sees. */
function seen(model: ModelState): readonly EnabledConnection[] {
  return [...model].flatMap(([id, { is_enabled, ...flags }]) =>
    is_enabled ? [connection(String(id), STRATEGIES[id] ?? "okta", flags)] : [],
  );
}

/** The ways in that a record of something undone tells of. */
function waysOf({ change }: Undone): readonly string[] {
  if (change.change === "connection_enabled") return ["enabled", "assign_membership_on_login", "is_signup_enabled"];
  return change.properties.filter(({ updatedValue }) => updatedValue === true).map(({ name }) => name);
}

describe("for any sequence of operations on a model tenant", () => {
  function play(begin: ModelState, requests: readonly ModelRequest[]) {
    const moments: Moment[] = [{ at: AFTER, state: begin }];
    const operations: Operation[] = [];
    const alters = new Set<string>();
    let model = begin;
    for (const [index, one] of requests.entries()) {
      const next = answered(model, one);
      const entry = logged(one, index, next !== null);
      operations.push(entry);
      if (next !== null && JSON.stringify(seen(next)) !== JSON.stringify(seen(model))) alters.add(entry.logId);
      model = next ?? model;
      moments.push({ at: entry.at, state: model });
    }
    return { moments, operations, alters, end: model, result: effects(seen(begin), seen(model), operations) };
  }

  it("operations explain the difference of the two states, and every more open state is undone", () => {
    fc.assert(
      fc.property(start, fc.array(request, { maxLength: 14 }), (begin, requests) => {
        const { alters, end, moments, result } = play(begin, requests);
        const [previous, current] = [waysIn(begin), waysIn(end)];
        for (const [index, { at, state: between }] of moments.entries()) {
          const until = moments[index + 1]?.at ?? BEFORE;
          for (const way of waysIn(between)) {
            if (previous.has(way) || current.has(way)) continue;
            const covering = result.undone.filter(
              (one) =>
                waysOf(one).some((name) => way === `${one.change.connectionId} ${name}`) &&
                String(one.change.between.after) <= at &&
                one.change.between.before >= until,
            );
            expect(covering).not.toEqual([]);
            const reporting = result.operations.find(({ logId }) => logId === covering[0]?.logId);
            expect(reporting?.effect).toBe("undone");
          }
        }
        for (const { change, undoneBy } of result.undone) {
          const since = moments.findIndex(({ at }) => at === change.between.after);
          const during = waysIn(moments[since]?.state ?? new Map());
          const own = change.properties.filter(({ updatedValue }) => updatedValue === true).map(({ name }) => name);
          const opened =
            change.change === "connection_enabled" ? ["enabled"] : own.filter((name) => name !== "show_as_button");
          for (const name of opened) {
            expect(during).toContain(`${change.connectionId} ${name}`);
            expect(waysIn(moments[since - 1]?.state ?? new Map())).not.toContain(`${change.connectionId} ${name}`);
          }
          expect(undoneBy).not.toBeNull();
        }
        for (const { connectionId: one, effect, logId } of result.operations) {
          // What an observation could not see at the start may have been set by it.
          const isHidden = [...begin].some(([id, { is_enabled }]) => !is_enabled && connectionId(String(id)) === one);
          if (!alters.has(logId)) expect(isHidden ? ["none", "change"] : ["none"]).toContain(effect);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("each change is explained by an operation with an effect, and none is called certain that is not", () => {
    fc.assert(
      fc.property(start, fc.array(request, { maxLength: 14 }), (begin, requests) => {
        const { alters, end, operations, result } = play(begin, requests);
        const comparison = { ...COMPARISON, startedAt: BEFORE };
        const changes = diffOrganization(
          observed("1", seen(begin), { observedAt: AFTER }),
          observed("1", seen(end), { runId: RUN_2, observedAt: BEFORE }),
          comparison,
        );
        const effective = new Map(result.operations.map(({ effect, logId }) => [logId, effect]));
        for (const change of changes) {
          const explains = result.operations.filter(
            ({ connectionId: one, effect }) =>
              one === change.connectionId && (effect === "change" || effect === "undone"),
          );
          expect(explains).not.toEqual([]);
          const attribution = attribute(change, operations, COVERED);
          expect(attribution.confidence).not.toBe(attribution.because === "no_operation" ? "likely" : "none");
          for (const logId of attribution.confidence === "certain" ? attribution.logIds : []) {
            expect(alters.has(logId)).toBe(true);
            expect(["change", "undone"]).toContain(effective.get(logId));
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
