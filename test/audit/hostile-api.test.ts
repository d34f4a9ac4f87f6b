import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import { managementApi } from "../../lambda/auth0/client.ts";
import { fixedToken, managementApiToken } from "../../lambda/auth0/token/token.ts";
import { type DemoTenant, type Fault, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { systemClock } from "../../lambda/execution/system-clock.ts";
import { DOMAIN, dependencies, inProcessExecution, recorded, request } from "../support/audit-harness.ts";
import { anyOf, notFound, on, status, when } from "../support/demo-faults.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const GATEWAY = '{"statusCode":404,"message":"no Route matched with those values"}';

let tenant: DemoTenant;
let store: ReturnType<typeof memoryEvidenceStore>;

beforeEach(async () => {
  store = memoryEvidenceStore();
  tenant = await startDemoTenant({
    organizations: Array.from({ length: 12 }, (_, index) => ({
      id: `org_${String(index).padStart(16, "0")}`,
      name: `customer-${index}`,
      displayName: `Customer ${index}`,
      connections: [{ connection_id: "con_1", connection: { name: "sso", strategy: "samlp" } }],
    })),
    bucket: { kind: "drip", limit: 1000, perSecond: 1000 },
  });
});
afterEach(() => tenant.close());

async function run(day: number, fault: Fault | null = null) {
  tenant.fault = fault;
  const api = managementApi({
    domain: DOMAIN,
    baseUrl: tenant.url,
    tokenSource: fixedToken(managementApiToken(tenant.token, "the test")),
    clock: systemClock,
    version: "0.0.0",
    reserve: 0,
    firstBackoffMs: 1,
  });
  return recorded(store, await audit(request(day), dependencies(store, api), inProcessExecution));
}

/** The list without the Organizations of `gone`. */
function listWithout(gone: (id: string) => boolean): Fault {
  const left = [...tenant.organizations.values()].filter(({ id }) => !gone(id)).map(({ id, name }) => ({ id, name }));
  return on("organizations", status(200, JSON.stringify({ organizations: left })));
}

describe("an API that says the Organizations are gone", () => {
  it("fails the run when all are gone and none can be read, and the next run finds no change", async () => {
    await run(0);
    const vanished = await run(
      1,
      anyOf(
        listWithout(() => true),
        notFound(),
      ),
    );
    expect(vanished.manifest).toMatchObject({
      status: "failed",
      error: { code: "organizations_unreadable" },
      files: [],
    });
    const next = await run(2);
    expect(next.changes).toEqual([]);
    expect(next.manifest).toMatchObject({ status: "complete", baseline: { runId: "20260303T060000Z" } });
  });

  it("records the deletions of most Organizations when others can be read", async () => {
    await run(0);
    const isGone = (id: string) => !id.endsWith("0");
    const { manifest } = await run(
      1,
      anyOf(
        listWithout(isGone),
        when(({ id }) => id !== null && isGone(id), notFound()),
      ),
    );
    expect(manifest.summary.organizations).toEqual({ requested: 12, observed: 2, failed: 0, deleted: 10 });
  });

  it("takes a gateway's 404 for no deletion", async () => {
    await run(0);
    const { changes, manifest } = await run(
      1,
      anyOf(
        listWithout(() => true),
        status(404, GATEWAY),
      ),
    );
    expect(manifest.summary.organizations).toEqual({ requested: 12, observed: 0, failed: 12, deleted: 0 });
    expect(changes).toEqual([]);
  });
});

it("fails the run when the pages of the list point to each other without end", async () => {
  const page = (letter: string, next: string) =>
    status(200, JSON.stringify({ organizations: [{ id: `org_${letter.repeat(16)}` }], next }));
  const isAfterA = ({ query }: { readonly query: URLSearchParams }) => query.get("from") === "a";
  const circle = anyOf(when(isAfterA, page("B", "b")), page("A", "a"));
  const { manifest } = await run(0, on("organizations", circle));
  expect(manifest).toMatchObject({ status: "failed", error: { code: "organizations_unreadable" } });
  expect(tenant.requests.connections).toBe(0);
});

it("reports as unread the one Organization whose answer is nested without end", async () => {
  const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const deep = status(200, `[{"connection_id":"con_1","unknown":${nested}}]`);
  const { manifest, snapshot } = await run(0, on("connections", deep, "org_0000000000000003"));
  expect(manifest.summary.organizations).toMatchObject({ observed: 11, failed: 1 });
  expect(snapshot[3]).toMatchObject({ status: "failed", failure: { code: "malformed_response" } });
});
