import { afterEach, describe, expect, it } from "@jest/globals";
import { attribute } from "../../lambda/attribution/attribute.ts";
import { effectsOf } from "../../lambda/attribution/effects.ts";
import { operationsOf } from "../../lambda/attribution/log-entry.ts";
import { LogSearch } from "../../lambda/attribution/search.ts";
import type { ObservedState } from "../../lambda/attribution/steps.ts";
import { undoneText } from "../../lambda/attribution/text.ts";
import { diffOrganization } from "../../lambda/changes/difference.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { OrganizationId, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import type { OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { apiOf } from "../support/audit-harness.ts";
import { COMPARISON, RUN_2 } from "../support/builders.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";

const START = Date.UTC(2026, 10, 24, 6);
const DAY_MS = 86_400_000;
const ACME = "org_AAAAAAAAAAAAAAAA" as OrganizationId;
const BOLT = "org_BBBBBBBBBBBBBBBB" as OrganizationId;
const OKTA = { connection_id: "con_okta", connection: { name: "acme-okta", strategy: "okta" } };
const GOOGLE = { connection_id: "con_google", connection: { name: "google-oauth2", strategy: "google-oauth2" } };

let tenant: DemoTenant;
let nowMs: number;
afterEach(() => tenant.close());

function at(minutes: number): number {
  return START + minutes * 60_000;
}

type Observed = Extract<OrganizationSnapshot, { status: "observed" }>;

function observe(id: OrganizationId, observedAt: Timestamp): Observed {
  const { connections, displayName, name } = tenant.organizations.at(id);
  const enabledConnections = connections.map(enabledConnection);
  const names = { organizationName: name, organizationDisplayName: displayName };
  return { runId: RUN_2, organizationId: id, ...names, observedAt, status: "observed", enabledConnections };
}

function stateOf({
  enabledConnections,
  observedAt,
  organizationDisplayName,
  organizationName,
}: Observed): ObservedState {
  return {
    at: observedAt,
    exists: true,
    name: organizationName,
    displayName: organizationDisplayName,
    connections: enabledConnections,
  };
}

describe("a tenant with known actors, noise, failed, empty and late operations, and more than 1,000 entries a window", () => {
  it("has the operations, effects and attributions of an independent reading, line by line", async () => {
    nowMs = START;
    tenant = await startDemoTenant({
      organizations: [
        { id: ACME, name: "acme", displayName: "Acme", connections: [OKTA] },
        { id: BOLT, name: "bolt", displayName: "Bolt", connections: [OKTA, GOOGLE] },
      ],
      scopes: ["read:logs"],
      bucket: { kind: "drip", limit: 1_000, perSecond: 1_000 },
      now: () => nowMs,
    });
    tenant.logs.add({ type: "seccft" }, at(-30));
    const before = [ACME, BOLT].map((id) => observe(id, timestamp(START)));
    const alice = tenant.operator(ALICE);
    const terraform = tenant.operator(TERRAFORM);
    const path = (id: string, connection: string) => `/api/v2/organizations/${id}/enabled_connections/${connection}`;
    // Noise: entries of other types, and requests about something else.
    for (let index = 0; index < 2_345; index += 1) {
      tenant.logs.record(TERRAFORM, { method: "PATCH", path: `/api/v2/users/${index}`, atMs: at(index / 4) });
      tenant.logs.add({ type: "s", user_name: "someone" }, at(index / 4));
    }
    const opened = alice.enable(ACME, GOOGLE, { atMs: at(10) });
    const closed = alice.disable(ACME, "con_google", { atMs: at(52) });
    const member = terraform.update(
      ACME,
      "con_okta",
      { assign_membership_on_login: true },
      { atMs: at(100), lateMs: 240_000 },
    );
    const empty = terraform.update(ACME, "con_okta", {}, { atMs: at(101) });
    const refused = tenant.logs.record(TERRAFORM, {
      method: "PATCH",
      path: path(ACME, "con_okta"),
      body: { is_signup_enabled: true },
      statusCode: 403,
      atMs: at(102),
    });
    // The connection is deleted in the whole tenant.
    tenant.organizations.disable(BOLT, "con_google");
    const deleted = tenant.logs.record(ALICE, {
      method: "DELETE",
      path: "/api/v2/connections/con_google",
      atMs: at(200),
    });
    nowMs = START + DAY_MS;
    tenant.rotateToken();
    const now = [ACME, BOLT].map((id) => observe(id, timestamp(nowMs)));

    const search = new LogSearch(apiOf(tenant), { from: timestamp(START), until: timestamp(nowMs) });
    const operations: Operation[] = [];
    for await (const entry of search) operations.push(...operationsOf(entry, RUN_2));
    expect(search.coverage).toMatchObject({ complete: true, entries: 2_345 + 6 });
    expect(operations.map(({ actor, logId, organizationId }) => [logId, organizationId, actor.name])).toEqual([
      [opened, ACME, "Alice Example"],
      [closed, ACME, "Alice Example"],
      [member, ACME, "terraform"],
      [empty, ACME, "terraform"],
      [refused, ACME, "terraform"],
      [deleted, null, "Alice Example"],
    ]);

    const read = (index: number, own: readonly Operation[]) => {
      const [previous, current] = [before[index], now[index]];
      if (previous === undefined || current === undefined) throw new RangeError("There is no such Organization.");
      const isShared = () => false;
      const describeConnection = () => GOOGLE.connection;
      const { organizationId, organizationName } = current;
      const ends = { before: stateOf(previous), now: stateOf(current) };
      const subject = { runId: RUN_2, organizationId, organizationName, operations: own, isShared };
      return {
        effects: effectsOf({ ...subject, ...ends, describe: describeConnection }),
        changes: diffOrganization(previous, current, { ...COMPARISON, startedAt: timestamp(nowMs) }),
      };
    };
    const acme = read(0, operations);
    expect(acme.effects.operations.map(({ effect }) => effect)).toEqual([
      "undone",
      "none",
      "change",
      "none",
      "none",
      "none",
    ]);
    expect(acme.effects.undone.map(undoneText)).toEqual([
      "For 42 minutes on 24 November 2026, anyone with a Google account could sign in to acme.",
    ]);
    expect(acme.effects.undone[0]?.change.severity).toBe("high");
    expect(acme.changes.map((change) => attribute(change, operations, search.coverage))).toEqual([
      { confidence: "certain", because: "only_operation", logIds: [member] },
    ]);
    const tenantWide = operations.filter(({ organizationId }) => organizationId !== ACME);
    const bolt = read(1, tenantWide);
    expect(bolt.effects).toMatchObject({ operations: [{ logId: deleted, effect: "change" }], undone: [] });
    expect(bolt.changes.map((change) => attribute(change, operations, search.coverage))).toEqual([
      { confidence: "likely", because: "tenant_wide", logIds: [deleted] },
    ]);
  });
});
