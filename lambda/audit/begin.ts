import { randomBytes } from "node:crypto";
import type { RunId } from "../domain/identifiers.ts";
import type { ScopeKind } from "../domain/run.ts";
import { tenantOf } from "../domain/tenant.ts";
import { timestamp } from "../domain/time.ts";
import type { Manifest, ManifestReference } from "../evidence/format/manifest.ts";
import { findLayers } from "../evidence/state/layers.ts";
import { storePolicy } from "../evidence/store/policies.ts";
import { findHead } from "./chain.ts";
import { acquireLease } from "./lease.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";

export type Beginning =
  | { readonly kind: "begun"; readonly run: Run }
  | { readonly kind: "already_recorded"; readonly record: ManifestReference; readonly isReported: boolean }
  | { readonly kind: "skipped"; readonly runId: RunId; readonly holder: RunId };

/**
 * Names the run, takes the tenant's lease for it, finds the state that it is compared with and stores the policy that it
 * is judged by. A run that is recorded, or
 * that finds another one at work, ends here and changes nothing. Throws `EvidenceStoreError`.
 */
export async function begin(request: AuditRequest, dependencies: Dependencies): Promise<Beginning> {
  const { clock, progress, store } = dependencies;
  const startedAtMs = clock.now();
  const tenant = tenantOf(request.domain);
  const acquired = await acquireLease(tenant, startedAtMs, request, dependencies);
  if (acquired.kind === "already_recorded") return acquired;
  if (acquired.kind === "held") return { kind: "skipped", runId: acquired.runId, holder: acquired.holder };
  const { lock, named } = acquired;
  const { reference: previous, warnings: skipped } = await findHead(store, tenant, lock, startedAtMs);
  const { layers, warnings: found } = await findLayers(store, previous, request.organizations);
  const warnings = [...named.warnings, ...skipped, ...found];
  for (const message of warnings) progress({ kind: "warning", message });
  const scope = request.organizations === "all" ? "all" : "list";
  return {
    kind: "begun",
    run: {
      runId: named.runId,
      tenant,
      domain: request.domain,
      scope,
      scheduledAt: request.scheduledAt,
      startedAt: timestamp(startedAtMs),
      executionId: request.executionId,
      previous,
      state: layers.map(({ reference: { runId, sha256 } }) => ({ runId, sha256 })),
      comparison: comparisonOf(
        scope,
        layers.map(({ manifest }) => manifest),
      ),
      policy: await storePolicy(store, tenant, request.policy),
      warnings,
      partSecret: randomBytes(32).toString("hex"),
    },
  };
}

/**
 * What it means that an Organization has no earlier observation, or no line in this run. Only a run over the whole tenant
 * after another one can tell that an Organization was created; only two lists in a row can tell a change of the scope.
 */
function comparisonOf(scope: ScopeKind, [newest, ...older]: readonly Manifest[]): Run["comparison"] {
  if (newest === undefined)
    return { appeared: "baseline", disappeared: scope === "all" ? "organization_deleted" : "ignored" };
  if (scope === "list")
    return newest.scope === "list"
      ? { appeared: "scope_added", disappeared: "scope_removed" }
      : { appeared: "baseline", disappeared: "ignored" };
  const hasWholeTenant = [newest, ...older].some((manifest) => manifest.scope === "all");
  return { appeared: hasWholeTenant ? "organization_created" : "baseline", disappeared: "organization_deleted" };
}
