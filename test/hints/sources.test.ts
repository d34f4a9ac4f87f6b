import { describe, expect, it } from "@jest/globals";
import type { EventsReading, EventsStart, TenantEvent } from "../../lambda/auth0/port.ts";
import type { ConnectionId, OrganizationId, RunId, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Json } from "../../lambda/domain/json.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { EVENT_TYPES, eventHints } from "../../lambda/hints/events.ts";
import { HintCollector, MOST_HINTED } from "../../lambda/hints/hints.ts";
import { logHints } from "../../lambda/hints/logs.ts";

const SINCE = "2026-03-03T06:00:00.000Z" as Timestamp;
const NOW = "2026-03-03T06:05:00.000Z" as Timestamp;
const READ: EventsReading = {
  ok: true,
  offset: "o7",
  startedAt: NOW,
  isCaughtUp: true,
  gap: null,
  because: null,
  requests: 1,
};

describe("hints from events", () => {
  const asked: EventsStart[] = [];
  const source = (reading: EventsReading, events: readonly TenantEvent[] = []) =>
    eventHints({
      read: async (start, types, onEvent) => {
        expect(types).toBe(EVENT_TYPES);
        asked.push(start);
        for (const event of events) onEvent(event);
        return reading;
      },
    });
  const event = (type: string, object: TenantEvent["object"]): TenantEvent => ({ type, object });

  it("name each Organization once, and connections that changed tenant-wide", async () => {
    const both = { organization: { id: "org_2", name: "x" }, connection: { id: "con_1" } };
    const events = [
      event("organization.connection.added", both),
      event("organization.connection.updated", both),
      event("organization.connection.removed", { organization: { id: "org_1" }, connection: { id: "con_1" } }),
      event("organization.created", { id: "org_4", name: "new" }),
      event("organization.updated", { id: "org_2" }),
      event("organization.deleted", { id: "org_3" }),
      event("connection.updated", { id: "con_9" }),
      event("connection.deleted", { id: "con_8" }),
    ];
    expect(await source(READ, events).read(null, SINCE)).toEqual({
      kind: "events",
      organizationIds: ["org_1", "org_2", "org_3", "org_4"],
      changedIds: ["org_2", "org_3", "org_4"],
      connectionIds: ["con_8", "con_9"],
      covers: { from: SINCE, until: NOW },
      complete: true,
      because: null,
      place: JSON.stringify({ offset: "o7", until: NOW }),
    });
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
  });

  it.each<Json>([null, 7, "org_1", [], {}, { id: 7 }, { id: "" }, { id: "x".repeat(51) }])(
    "are incomplete when an event names nothing: %j",
    async (object) => {
      const hints = await source(READ, [event("organization.updated", object)]).read(null, SINCE);
      expect(hints).toMatchObject({
        complete: false,
        organizationIds: [],
        because: expect.stringMatching(/^1 events/),
      });
    },
  );

  it("continue at their place", async () => {
    const later = "2026-03-03T06:09:00.000Z" as Timestamp;
    const first = await source(READ).read(null, SINCE);
    expect(asked.at(-1)).toMatchObject({ offset: null, timestamp: SINCE });
    const place = "place" in first ? first.place : "";
    const second = await source({ ...READ, startedAt: later }).read(place, SINCE);
    expect(asked.at(-1)).toMatchObject({ offset: "o7", timestamp: NOW });
    expect(second).toMatchObject({ covers: { from: NOW, until: later } });
  });

  it.each(["", "{", "null", '{"offset":7,"until":"2026-03-03T06:05:00.000Z"}', '{"offset":"a","until":"soon"}'])(
    "start at a time when their place is broken: %s",
    async (place) => {
      await source(READ).read(place, SINCE);
      expect(asked.at(-1)).toMatchObject({ offset: null, timestamp: SINCE });
    },
  );

  it("reach no further when they have not caught up, and lose nothing", async () => {
    const hints = await source({ ...READ, isCaughtUp: false, because: "Late." }).read(null, SINCE);
    expect(hints).toMatchObject({
      covers: { from: SINCE, until: SINCE },
      complete: true,
      because: "Late.",
      place: JSON.stringify({ offset: "o7", until: SINCE }),
    });
  });

  it("have a gap that ends when the reading began", async () => {
    const hints = await source({ ...READ, isCaughtUp: false, gap: "Gone.", because: "Late." }).read(null, SINCE);
    expect(hints).toMatchObject({ covers: { from: SINCE, until: NOW }, complete: false, because: "Gone." });
  });

  it.each([
    ["not_granted", "not_granted"],
    ["rate_limited", "unavailable"],
    ["token_refused", "unavailable"],
  ] as const)("are missing when they cannot be read: %s", async (reason, missing) => {
    const failed: EventsReading = { ok: false, reason, message: "No.", requests: 1 };
    const because = "The tenant's events could not be read: No.";
    expect(await source(failed).read(null, SINCE)).toEqual({ kind: "events", missing, because });
  });
});

describe("hints from logs", () => {
  const operation = (given: Partial<Operation>): Operation => ({
    runId: "20260303T060000Z" as RunId,
    logId: "1",
    at: SINCE,
    type: "sapi",
    method: "PATCH",
    path: "/api/v2/organizations/org_1",
    organizationId: null,
    connectionId: null,
    statusCode: 200,
    requested: {},
    actor: { kind: "unknown", id: null, name: null, email: null },
    clientId: null,
    clientName: null,
    ip: null,
    userAgent: null,
    channel: null,
    effect: "unknown",
    undone: [],
    ...given,
  });
  const organization = (number: number, given: Partial<Operation> = {}) =>
    operation({ organizationId: `org_${number}` as OrganizationId, ...given });
  const logs = { from: SINCE, until: NOW, complete: true, because: null, entries: 3 };
  const connectionId = "con_1" as ConnectionId;

  it("name Organizations, and connections that changed tenant-wide", async () => {
    const operations = [
      organization(2, { connectionId, path: "/api/v2/organizations/org_2/enabled_connections/con_1" }),
      organization(1, { type: "my_organization_api_update", statusCode: null }),
      organization(1),
      operation({ connectionId, method: "DELETE", path: "/v2/connections/con_1" }),
    ];
    expect(await logHints(operations, logs, "here")).toEqual({
      kind: "logs",
      organizationIds: ["org_1", "org_2"],
      changedIds: ["org_1"],
      connectionIds: ["con_1"],
      covers: { from: SINCE, until: NOW },
      complete: true,
      because: null,
      place: "here",
    });
  });

  it("do not name what the tenant refused, and name what failed after it may have been done", async () => {
    const operations = [400, 403, 404, 429, 500, 504].map((statusCode) =>
      organization(statusCode, { statusCode, type: "fapi" }),
    );
    expect((await logHints(operations, logs, null)).organizationIds).toEqual(["org_500", "org_504"]);
  });

  it("are incomplete when the logs are, or when a new Organization has no ID", async () => {
    const created = operation({ method: "POST", path: "/api/v2/organizations", statusCode: 201 });
    expect(await logHints([created], logs, null)).toMatchObject({
      complete: false,
      because: expect.stringMatching(/^1 log/),
    });
    expect(await logHints([{ ...created, statusCode: 409 }], logs, null)).toMatchObject({ complete: true });
    const full = { ...logs, complete: false, because: "The logs are too full." };
    expect(await logHints([], full, null)).toMatchObject({ complete: false, because: "The logs are too full." });
  });
});

describe("what a source names", () => {
  it("is bounded: one more than an update reads is enough to see that there are too many", () => {
    const collector = new HintCollector();
    for (let number = 0; number < 3 * MOST_HINTED; number += 1) {
      collector.organization(`org_${number}` as OrganizationId);
      collector.connection(`con_${number}` as ConnectionId);
    }
    expect(collector.result.organizationIds).toHaveLength(MOST_HINTED + 1);
    expect(collector.result.connectionIds).toHaveLength(MOST_HINTED + 1);
  });
});
