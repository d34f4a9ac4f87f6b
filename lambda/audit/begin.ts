import type { RunId, Tenant } from "../domain/identifiers.ts";
import { tenantOf } from "../domain/tenant.ts";
import { runIdAt, timestamp } from "../domain/time.ts";
import { snapshotKey } from "../evidence/format/keys.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { findBaseline, findHead } from "./chain.ts";
import { acquireSweep } from "./lease.ts";
import type { AuditOutcome, AuditRequest, Dependencies, Run } from "./run.ts";

export type Beginning = { readonly kind: "begun"; readonly run: Run } | Exclude<AuditOutcome, { kind: "recorded" }>;

/**
 * Names the run, takes the tenant's sweep for it and finds what it will be compared with. A run that is recorded, or
 * that meets another one at work, ends here and changes nothing. Throws `EvidenceStoreError`.
 */
export async function begin(request: AuditRequest, dependencies: Dependencies): Promise<Beginning> {
  const startedAt = timestamp(dependencies.clock.now());
  const tenant = tenantOf(request.domain);
  const runId = runIdAt(Date.parse(request.scheduledAt ?? startedAt));
  const acquired = await acquireSweep(tenant, runId, request, dependencies);
  if (acquired.kind === "already_recorded") return { ...acquired, runId };
  if (acquired.kind === "held") return { kind: "skipped", runId, holder: acquired.holder };
  const previous = await findHead(dependencies.store, tenant, acquired.lock);
  const { manifest, reference, warnings } = await findBaseline(dependencies.store, previous);
  for (const message of warnings) dependencies.progress({ kind: "warning", message });
  return {
    kind: "begun",
    run: {
      runId,
      tenant,
      domain: request.domain,
      scope: request.organizations === "all" ? "all" : "list",
      scheduledAt: request.scheduledAt,
      startedAt,
      executionId: request.executionId,
      previous,
      baseline: manifest === null || reference === null ? null : { manifest: reference, scope: manifest.scope },
      warnings,
      firstPart: await firstFreePart(dependencies.store, tenant, runId),
    },
  };
}

/**
 * Parts that stand there before a run begins are another attempt's, of another scope or another moment perhaps. They are
 * never taken for this one's: its own come after them.
 */
async function firstFreePart(store: EvidenceStore, tenant: Tenant, runId: RunId): Promise<number> {
  for (let part = 0; ; part += 1) if (!(await store.exists(snapshotKey(tenant, runId, part)))) return part;
}
