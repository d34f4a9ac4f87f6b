import { randomBytes } from "node:crypto";
import type { RunId } from "../domain/identifiers.ts";
import type { RunKind, ScopeKind } from "../domain/run.ts";
import { tenantOf } from "../domain/tenant.ts";
import { timestamp } from "../domain/time.ts";
import { type Manifest, type ManifestReference, readsWholeTenant } from "../evidence/format/manifest.ts";
import { findLayers, type StateLayers } from "../evidence/state/layers.ts";
import { storePolicy } from "../evidence/store/policies.ts";
import { firstHintsPlace, type HintsPlace, placeAfter, readHintsPlace } from "../hints/place.ts";
import { findHead } from "./chain.ts";
import { acquireLease } from "./lease.ts";
import type { AuditRequest, BaseSweep, Dependencies, Run } from "./run.ts";

export type Beginning =
  | { readonly kind: "begun"; readonly run: Run }
  | { readonly kind: "already_recorded"; readonly record: ManifestReference; readonly isReported: boolean }
  | { readonly kind: "skipped"; readonly runId: RunId; readonly holder: RunId };

/**
 * Names the run, takes the tenant's lease for it, finds the state that it is compared with and stores the policy that it
 * is judged by. A run that is recorded, or that finds another one at work, ends here and changes nothing. Throws
 * `EvidenceStoreError`.
 */
export async function begin(request: AuditRequest, dependencies: Dependencies): Promise<Beginning> {
  const { clock, store } = dependencies;
  const startedAtMs = clock.now();
  const tenant = tenantOf(request.domain);
  const acquired = await acquireLease(tenant, startedAtMs, request, dependencies);
  if (acquired.kind === "already_recorded") return acquired;
  if (acquired.kind === "held") return { kind: "skipped", runId: acquired.runId, holder: acquired.holder };
  const { lock, named } = acquired;
  const { reference: previous, warnings } = await findHead(store, tenant, lock, startedAtMs);
  const begun = {
    runId: named.runId,
    tenant,
    domain: request.domain,
    scope: request.organizations === "all" ? ("all" as const) : ("list" as const),
    scheduledAt: request.scheduledAt,
    startedAt: timestamp(startedAtMs),
    executionId: request.executionId,
    previous,
    policy: await storePolicy(store, tenant, request.policy),
    warnings: [...named.warnings, ...warnings],
    partSecret: randomBytes(32).toString("hex"),
  };
  for (const message of begun.warnings) dependencies.progress({ kind: "warning", message });
  return { kind: "begun", run: await withState(begun, request.kind, request, dependencies) };
}

/** An update to which too much was hinted: the same run, as a sweep. `why` becomes a warning. Throws `EvidenceStoreError`. */
export function asSweep(run: Run, why: string, request: AuditRequest, dependencies: Dependencies): Promise<Run> {
  return withState({ ...run, warnings: [...run.warnings, why] }, "sweep", request, dependencies);
}

type Begun = Omit<Run, "kind" | "state" | "base" | "place" | "comparison">;

/**
 * Adds what the run is compared with. A sweep reads the evidence of that first, and leaves out what cannot be trusted; an
 * update reads little of it, which fails the update if it was changed.
 */
async function withState(
  begun: Begun,
  kind: RunKind,
  { organizations }: AuditRequest,
  { progress, store }: Dependencies,
): Promise<Run> {
  const isUpdate = kind === "update";
  const found = await findLayers(store, begun.previous, isUpdate ? "all" : organizations, { areReadLater: isUpdate });
  const manifests = found.layers.map(({ manifest }) => manifest);
  const base = baseOf(found, begun.scope);
  const place = base === null ? null : await placeOf(store, begun.tenant, kind, { base, manifests });
  for (const message of found.warnings) progress({ kind: "warning", message });
  return {
    ...begun,
    kind,
    state: found.layers.map(({ reference: { runId, sha256 } }) => ({ runId, sha256 })),
    base,
    place,
    comparison: isUpdate ? updateComparison(manifests) : comparisonOf(begun.scope, manifests),
    warnings: [...begun.warnings, ...found.warnings],
  };
}

/** The last sweep of the whole tenant. Updates over a list may build on a sweep over a list, where there is no other. */
function baseOf({ layers }: StateLayers, scope: ScopeKind): BaseSweep | null {
  const whole = layers.find(({ manifest }) => readsWholeTenant(manifest));
  const sweep = whole ?? (scope === "list" ? layers.find(({ manifest }) => manifest.kind === "sweep") : undefined);
  if (sweep === undefined) return null;
  const { scope: swept, startedAt, summary } = sweep.manifest;
  const { observed, failed } = summary.organizations;
  return { reference: sweep.reference, scope: swept, startedAt, organizations: observed + failed };
}

/** Where the updates are; null for a sweep when there were none. */
async function placeOf(
  store: Dependencies["store"],
  tenant: Run["tenant"],
  kind: RunKind,
  { base, manifests }: { readonly base: BaseSweep; readonly manifests: readonly Manifest[] },
): Promise<HintsPlace | null> {
  const { reference, startedAt } = base;
  const last = manifests.find(({ updates }) => updates !== null)?.updates?.until ?? null;
  const stored = await readHintsPlace(store, tenant, reference, startedAt);
  if (stored === null && last === null && kind === "sweep") return null;
  return placeAfter(stored ?? firstHintsPlace(reference, startedAt), last);
}

/** An update says nothing of Organizations that it does not read; a hinted one that the state lacks is new. */
function updateComparison(layers: readonly Manifest[]): Run["comparison"] {
  return { appeared: layers.some(readsWholeTenant) ? "organization_created" : "baseline", disappeared: "ignored" };
}

/**
 * What it means that an Organization has no earlier observation, or no line in this run. Only a run over the whole tenant
 * after another one can tell that an Organization was created; only two lists in a row can tell a change of the scope.
 */
function comparisonOf(scope: ScopeKind, layers: readonly Manifest[]): Run["comparison"] {
  const newest = layers.find(({ kind }) => kind === "sweep");
  if (newest === undefined)
    return { appeared: "baseline", disappeared: scope === "all" ? "organization_deleted" : "ignored" };
  if (scope === "list")
    return newest.scope === "list"
      ? { appeared: "scope_added", disappeared: "scope_removed" }
      : { appeared: "baseline", disappeared: "ignored" };
  const hasWholeTenant = layers.some(readsWholeTenant);
  return { appeared: hasWholeTenant ? "organization_created" : "baseline", disappeared: "organization_deleted" };
}
