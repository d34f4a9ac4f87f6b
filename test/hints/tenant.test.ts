import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { tenantEvents } from "../../lambda/auth0/events.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { SCOPE } from "../../lambda/contract.ts";
import { BRIEFLY_OPEN, demoChanges, demoOrganizations } from "../../lambda/demo/scenario.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import type { Domain } from "../../lambda/domain/identifiers.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { eventHints } from "../../lambda/hints/events.ts";
import { heldClock } from "../support/held-clock.ts";

const SINCE_MS = Date.UTC(2026, 2, 3, 6);

let tenant: DemoTenant;
let nowMs: number;
beforeEach(async () => {
  nowMs = SINCE_MS + 60_000;
  const held: Parameters<DemoTenant["events"]["emit"]>[] = [];
  tenant = await startDemoTenant({
    organizations: demoOrganizations(),
    scopes: [SCOPE.events],
    now: () => nowMs,
    // Each event comes twice, the second time after the next one.
    events: {
      *deliver(event) {
        yield event;
        const [late] = held.splice(0, 1, [event.type, event.object, event.time]);
        if (late !== undefined) yield { type: late[0], object: late[1], time: event.time };
      },
    },
  });
});
afterEach(() => tenant.close());

function source() {
  return eventHints(
    tenantEvents({
      domain: tenant.domain as Domain,
      baseUrl: tenant.url,
      tokenSource: fixedToken(managementApiToken(tenant.token, "test")),
      clock: heldClock(SINCE_MS),
      version: "1.2.3",
    }),
  );
}

describe("hints from the events of a tenant", () => {
  it("name exactly the Organizations that something happened to, though events come twice and out of order", async () => {
    const before = new Map(tenant.organizations.inOrder().map((one) => [one.id, JSON.stringify(one)]));
    demoChanges(tenant);
    // It is as it was: something came and went.
    const brief = tenant.organizations
      .inOrder()
      .flatMap(({ displayName, id }) => (displayName === BRIEFLY_OPEN ? [id] : []));
    const after = new Map(tenant.organizations.inOrder().map((one) => [one.id, JSON.stringify(one)]));
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter((id) => before.get(id) !== after.get(id));
    nowMs += 60_000;
    const hints = await source().read(null, timestamp(SINCE_MS));
    expect(brief).toHaveLength(1);
    expect(hints).toMatchObject({
      organizationIds: [...changed, ...brief].sort(),
      connectionIds: [],
      complete: true,
      covers: { from: timestamp(SINCE_MS), until: timestamp(nowMs) },
    });
  });

  it("continue after the last event, and report a gap when it is too long ago", async () => {
    tenant.organizations.rename("org_demo000000000001", { name: "a" });
    nowMs += 60_000;
    const first = await source().read(null, timestamp(SINCE_MS));
    const place = "place" in first ? first.place : null;
    tenant.organizations.rename("org_demo000000000002", { name: "b" });
    nowMs += 60_000;
    const second = await source().read(place, timestamp(SINCE_MS));
    expect(second).toMatchObject({ organizationIds: ["org_demo000000000001", "org_demo000000000002"], complete: true });
    tenant.events.forget();
    tenant.organizations.rename("org_demo000000000003", { name: "c" });
    nowMs += 60_000;
    const third = await source().read(place, timestamp(SINCE_MS));
    expect(third).toMatchObject({ complete: false, because: expect.stringMatching(/no longer keeps/) });
  });
});
