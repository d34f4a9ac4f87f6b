import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { AuditRequest } from "../../lambda/audit/run.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { ALICE } from "../support/demo-logs.ts";
import { hostileEntry, SECRETS } from "../support/hostile-log-entry.ts";
import { DAY_0, GOOGLE, LoggedTenant, organizationOf, orgId } from "../support/logged-tenant.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

let logged: LoggedTenant;
let store: MemoryEvidenceStore;
const told: string[] = [];
beforeEach(async () => {
  told.length = 0;
  logged = await LoggedTenant.start([organizationOf("A"), organizationOf("B")]);
  store = memoryEvidenceStore();
});
afterEach(() => logged.tenant.close());

const PSEUDONYM_KEY = Buffer.alloc(32, 7);

function run(day: number, attribution: AuditRequest["attribution"]) {
  const progress = (one: unknown) => told.push(JSON.stringify(one));
  return logged.evidence(day, store, { attribution }, { progress, pseudonymKey: async () => PSEUDONYM_KEY });
}

/** Everything that was ever stored, as text, and everything that was said. */
function everything(): string {
  const bodies = [...store.objects.values()].map(({ body }) => {
    const bytes = Buffer.from(body);
    return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString();
  });
  return [...store.objects.keys(), ...bodies, ...told].join("\n");
}

/** Alice opens A and closes it again, and B is changed; around it, entries with a secret wherever one can be. */
function operate(): void {
  const atMs = DAY_0 + 3_600_000;
  const alice = logged.tenant.operator(ALICE);
  alice.enable(orgId("A"), GOOGLE, { atMs });
  alice.disable(orgId("A"), "con_google", { atMs: atMs + 60_000 });
  alice.enable(orgId("B"), GOOGLE, { atMs });
  const { date: _date, log_id: _id, ...huge } = hostileEntry();
  logged.tenant.logs.add(huge, atMs + 1);
  const entry: JsonObject = JSON.parse(JSON.stringify(huge).replaceAll("A".repeat(1_000_000), "A".repeat(1_000)));
  for (const path of [
    `/api/v2/organizations/${orgId("B")}/enabled_connections?token=secret-query`,
    "/api/v2/connections/con_google?token=secret-query#secret-query",
    "/api/v2/organizations",
    "/api/v2/self-service-profiles/ssp_1/sso-ticket",
  ]) {
    const { details, ...rest } = entry;
    const { request, ...answer } = details as unknown as { request: object };
    const body = {
      connection_id: "con_google",
      options: { client_secret: "secret-password" },
      metadata: { key: "secret-metadata" },
      enabled_organizations: [{ organization_id: orgId("A"), token: "secret-token" }],
    };
    for (const method of ["post", "patch", "delete"])
      logged.tenant.logs.add(
        { ...rest, details: { ...answer, request: { ...request, method, path, body } } },
        atMs + 2,
      );
  }
  logged.tenant.logs.add({ ...entry, type: "my_organization_api_member_updated", user_name: "Mel" }, atMs + 3);
  logged.tenant.logs.record(ALICE, { method: "PATCH", path: "/api/v2/users/auth0|secret-metadata", body: {}, atMs });
}

describe("what an audit keeps of the logs", () => {
  it("is what an operation lists: no other key, header, token, or answer is in any byte that it stores or says", async () => {
    await run(0, "full");
    operate();
    const { operations } = await run(1, "full");
    expect(operations.length).toBeGreaterThan(9);
    await run(2, "full");
    const all = everything();
    expect(all).toContain("alice@example.com");
    for (const secret of [...SECRETS, "demo-jti", "create:organization_connections", logged.tenant.token])
      expect([secret, all.includes(secret)]).toEqual([secret, false]);
    // Nor a text as long as an attacker likes.
    expect(all).not.toContain("A".repeat(301));
  });

  it("has pseudonyms in place of people, the same for the same, also where an earlier run kept their names", async () => {
    // Changed while the run reads B: the next run decides it.
    logged.during = ({ id, route }) => {
      logged.during = id === orgId("B") && route === "connections" ? () => false : logged.during;
      if (id === orgId("B") && route === "connections")
        logged.tenant.operator(ALICE).update(orgId("A"), "con_saml_A", { show_as_button: false });
      return false;
    };
    const first = await run(0, "full");
    expect(first.operations.map(({ actor, effect }) => [actor.name, effect])).toEqual([["Alice Example", "unknown"]]);
    for (const key of store.objects.keys()) if (/\/(reports|state)\//.test(key)) store.objects.delete(key);
    operate();
    const kept = new Set(store.objects.keys());
    const { changes, manifest, operations } = await run(1, "pseudonyms");
    expect(changes.length).toBeGreaterThan(1);
    expect(manifest.summary.attribution.certain + manifest.summary.attribution.likely).toBe(changes.length);
    for (const key of kept) store.objects.delete(key);
    const all = everything();
    for (const person of ["Alice", "alice@example.com", "auth0|alice", "203.0.113.7", "Mel"])
      expect([person, all.includes(person)]).toEqual([person, false]);
    const hers = operations.filter(({ type, path }) => type === "sapi" && path.includes("/connections"));
    expect(new Set(hers.map(({ actor }) => actor.id)).size).toBe(1);
    expect(hers[0]?.actor.id).toMatch(/^[0-9a-f]{64}$/);
  });

  it("is nothing where attribution is off, and the logs are not asked for", async () => {
    await run(0, "off");
    operate();
    const { changes, manifest, operations } = await run(1, "off");
    expect(changes.length).toBeGreaterThan(0);
    expect([operations, manifest.logs, logged.tenant.requests.logs]).toEqual([[], null, 0]);
    expect(manifest.files.map(({ role }) => role)).not.toContain("operations");
    expect(everything()).not.toContain("alice@example.com");
  });
});
