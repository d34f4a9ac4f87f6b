import { beforeAll, describe, expect, it } from "@jest/globals";
import type { ConnectionId, OrganizationId, RunId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { manifestKey } from "../../lambda/evidence/format/keys.ts";
import type { Manifest } from "../../lambda/evidence/format/manifest.ts";
import { organizationsWith } from "../../lambda/evidence/query/organizations-with.ts";
import { readManifest } from "../../lambda/evidence/store/manifests.ts";
import { retryHints } from "../../lambda/hints/retries.ts";
import { TENANT } from "../support/audit-harness.ts";
import { auditDays, GOOGLE, SSO } from "../support/audited-days.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

const id = (number: number) => `org_${number}` as OrganizationId;
const [sso, google] = [SSO, GOOGLE].map((one) => String(one.connection_id) as ConnectionId);

describe("what the evidence knows of where to look", () => {
  let store: MemoryEvidenceStore;
  let manifests: readonly Manifest[];

  beforeAll(async () => {
    store = memoryEvidenceStore();
    const connections = new Map<OrganizationId, readonly JsonObject[]>([
      [id(1), [SSO]],
      [id(2), [GOOGLE]],
      [id(3), [SSO, GOOGLE]],
      [id(4), []],
      [id(5), [SSO]],
    ]);
    const unreadable = new Set([id(5), id(3)]);
    const runs = await auditDays(store, [{ connections }, { connections, unreadable }]);
    manifests = await Promise.all(runs.map(manifestOf));
  });

  async function manifestOf(runId: RunId): Promise<Manifest> {
    const manifest = (await readManifest(store, manifestKey(TENANT, runId)))?.manifest;
    if (manifest === undefined || manifest instanceof Error) throw new Error(`There is no run ${runId}.`);
    return manifest;
  }
  const having = async (...connectionIds: readonly (ConnectionId | undefined)[]) => {
    const wanted = new Set(connectionIds.filter((one) => one !== undefined));
    return Array.fromAsync(organizationsWith(store, manifests.slice(-1), wanted));
  };

  it("finds the Organizations that have a connection, unread ones by their last observation", async () => {
    expect(await having(sso)).toEqual(
      [1, 3, 5].map((number) => ({ organizationId: id(number), connectionIds: [sso] })),
    );
    expect(await having(sso, google)).toContainEqual({ organizationId: id(3), connectionIds: [sso, google].sort() });
    expect(await having("con_none" as ConnectionId)).toEqual([]);
  });

  it("reads nothing when no connection is asked for", async () => {
    const reads = store.operations.length;
    expect(await having()).toEqual([]);
    expect(store.operations).toHaveLength(reads);
  });

  it("tries again what the last run could not read", async () => {
    const [complete, partial] = manifests;
    if (complete === undefined || partial === undefined) throw new Error("Two days were audited.");
    expect(await retryHints(store, partial)).toMatchObject({
      kind: "retries",
      organizationIds: [id(3), id(5)],
      covers: null,
    });
    const reads = store.operations.length;
    expect(await retryHints(store, complete)).toMatchObject({ organizationIds: [] });
    expect(store.operations).toHaveLength(reads);
  });
});
