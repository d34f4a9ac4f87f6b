import { expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ConnectionId } from "../../lambda/domain/identifiers.ts";
import { snapshotKey } from "../../lambda/evidence/format/keys.ts";
import { encodeSnapshot } from "../../lambda/evidence/format/lines.ts";
import { readConnections } from "../../lambda/evidence/state/sharing.ts";
import type { StateLayer } from "../../lambda/evidence/state/state.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../../lambda/evidence/store/part-writer.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { TENANT } from "../support/audit-harness.ts";
import { connection, connectionId, observed, RUN_1 } from "../support/builders.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

/** By the number of the connection; what is neither enterprise nor database is not compared. */
const STRATEGIES = ["samlp", "auth0", "google-oauth2", "waad", "sms"] as const;
const strategyOf = (number: number) => STRATEGIES[number % STRATEGIES.length] ?? "samlp";
const isCompared = (number: number) => ["samlp", "auth0", "waad"].includes(strategyOf(number));

const tenants = fc.array(
  fc.uniqueArray(fc.record({ number: fc.nat({ max: 30 }), assigns: fc.boolean() }), {
    maxLength: 5,
    selector: ({ number }) => number,
  }),
  { minLength: 1, maxLength: 20 },
);
type Tenant = readonly (readonly { readonly number: number; readonly assigns: boolean }[])[];

async function stored(store: EvidenceStore, tenant: Tenant): Promise<StateLayer> {
  const writer = new PartWriter<"snapshot">("snapshot", snapshotKey(TENANT, RUN_1, 0));
  for (const [index, all] of tenant.entries()) {
    const connections = all.map(({ number, assigns }) =>
      connection(String(number), strategyOf(number), { assign_membership_on_login: assigns }),
    );
    const line = observed(String(index).padStart(3, "0"), connections);
    await writer.add(line.organizationId, encodeSnapshot(line));
  }
  const { body, file } = await writer.finish();
  await store.create(file.key, body, PART_CONTENT_TYPE);
  return { kind: "sweep", scope: "all", files: [file] };
}

it("answers the same for a state that is read twice to save memory", async () => {
  await fc.assert(
    fc.asyncProperty(tenants, async (tenant) => {
      const store = memoryEvidenceStore();
      const layer = await stored(store, tenant);
      for (const mostAtOnce of [0, 1_000]) {
        const { sharing } = await readConnections(store, [layer], new Set(), mostAtOnce);
        for (let number = 0; number <= 30; number += 1) {
          const id: ConnectionId = connectionId(String(number));
          const having = tenant.flat().filter((one) => one.number === number);
          expect([number, sharing.isShared(id)]).toEqual([number, isCompared(number) && having.length > 1]);
          const members = having.filter(({ assigns }) => assigns).length;
          expect([number, sharing.isMembershipShared(id)]).toEqual([number, isCompared(number) && members > 1]);
        }
      }
    }),
    { numRuns: 50 },
  );
});
