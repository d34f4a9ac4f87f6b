import { afterEach, describe, expect, it } from "@jest/globals";
import { SCOPE } from "../../lambda/contract.ts";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";

const ORGANIZATION = { id: "org_1", name: "acme", displayName: "Acme", connections: [] };
const CONNECTION = { connection_id: "con_1", show_as_button: true, connection: { name: "c", strategy: "samlp" } };

let tenant: DemoTenant;
async function start(options: Parameters<typeof startDemoTenant>[0] = {}): Promise<void> {
  tenant = await startDemoTenant({
    scopes: [SCOPE.events],
    organizations: [structuredClone(ORGANIZATION)],
    ...options,
  });
}
afterEach(() => tenant.close());

const ask = (query: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${tenant.url}/api/v2/events${query}`, { headers: { authorization: `Bearer ${tenant.token}`, ...headers } });

/** What the stream has sent when it is closed. */
async function stream(query: string, headers?: Readonly<Record<string, string>>): Promise<string> {
  const response = await ask(query, headers);
  tenant.events.close();
  return response.text();
}
const namesIn = (text: string) => [...text.matchAll(/^event: (.*)$/gm)].map(([, name]) => name);
const ALL = "?from_timestamp=2000-01-01T00:00:00Z";

describe("the demo tenant's events", () => {
  it("are emitted for each change of its Organizations", async () => {
    await start({ events: {} });
    const { organizations } = tenant;
    organizations.set("org_2", { ...ORGANIZATION, id: "org_2" });
    organizations.rename("org_1", { name: "new" });
    organizations.enable("org_1", { ...CONNECTION });
    organizations.update("org_1", "con_1", { show_as_button: false });
    organizations.disable("org_1", "con_1");
    organizations.deleteConnection("con_1");
    organizations.delete("org_2");
    organizations.delete("org_3");
    const text = await stream(ALL);
    expect(namesIn(text)).toEqual([
      "organization.created",
      "organization.updated",
      "organization.connection.added",
      "organization.connection.updated",
      "organization.connection.removed",
      "connection.deleted",
      "organization.deleted",
      "offset-only",
    ]);
    expect(text).toContain(
      '{"organization":{"id":"org_1","name":"new"},"connection":{"id":"con_1"},"show_as_button":true}',
    );
    expect(text.startsWith(":connected\n\nretry: 1000\n\n")).toBe(true);
  });

  it("are not emitted unless a test asks for it", async () => {
    await start();
    tenant.organizations.delete("org_1");
    expect(namesIn(await stream(ALL))).toEqual(["offset-only"]);
  });

  it("can be lost, duplicated and out of order", async () => {
    const late: Parameters<typeof tenant.events.emit>[1][] = [];
    await start({
      events: {
        *deliver(event) {
          if (late.push(event.object) === 1) return;
          yield event;
          yield { ...event, object: late[0] ?? null };
        },
      },
    });
    tenant.organizations.rename("org_1", { name: "first" });
    tenant.organizations.rename("org_1", { name: "second" });
    expect([...(await stream(ALL)).matchAll(/"name":"(\w+)"/g)].map(([, name]) => name)).toEqual(["second", "first"]);
  });

  it("continue after an offset, which the header names as well, and by type", async () => {
    await start();
    tenant.events.emit("organization.created", { id: "1" });
    tenant.events.emit("organization.updated", { id: "2" });
    const [first = ""] = /(?<=^id: ).*$/m.exec(await stream(ALL)) ?? [];
    expect(namesIn(await stream(`?from=${first}`))).toEqual(["organization.updated", "offset-only"]);
    expect(namesIn(await stream("", { "Last-Event-ID": first }))).toEqual(["organization.updated", "offset-only"]);
    expect(namesIn(await stream(`${ALL}&event_type=organization.created&event_type=x`))).toHaveLength(2);
    tenant.events.forget();
    expect((await ask(`?from=${first}`)).status).toBe(410);
    expect(namesIn(await stream(""))).toEqual(["offset-only"]);
  });

  it("are streamed as they happen, with heartbeats and an error at the end", async () => {
    await start({ events: { heartbeatAtEnd: false } });
    const response = await ask("");
    tenant.events.emit("organization.created", { id: "1" });
    tenant.events.heartbeat();
    tenant.events.close("timeout");
    expect(namesIn(await response.text())).toEqual(["organization.created", "offset-only", "error"]);
  });

  it("are closed after a while", async () => {
    await start({ events: { closeAfterMs: 1 } });
    expect(await (await ask("")).text()).toContain("offset-only");
  });

  it.each(["?from=x", "?from=ZXZlbnQgOQ", "?from_timestamp=soon"])("refuse %s", async (query) => {
    await start();
    expect((await ask(query)).status).toBe(400);
  });

  it("limit the streams at once, and need their scope", async () => {
    await start({ events: { mostStreams: 0 } });
    const limited = await ask("");
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "1"]);
    const headers = { authorization: `Bearer ${tenant.issueToken([SCOPE.organizations])}` };
    expect((await ask("", headers)).status).toBe(403);
  });
});
