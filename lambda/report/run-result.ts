import type { Tenant } from "../domain/identifiers.ts";
import type { Json, JsonObject } from "../domain/json.ts";
import { reportKey } from "../evidence/format/keys.ts";
import { encodeManifest, type Manifest, type ManifestReference } from "../evidence/format/manifest.ts";

/** A run's result for a program: one JSON object. `location` is the folder or bucket that the keys are in. */
export function runResult(manifest: Manifest, { key, sha256 }: ManifestReference, location: string): string {
  const { kind, runId, scope, status, summary, tenant } = manifest;
  const { findings, severity } = summary;
  const stored: Record<string, Json> = JSON.parse(encodeManifest(manifest));
  const report = (name: string) => reportKey(tenant, runId, name);
  return line({
    run_id: runId,
    tenant,
    kind,
    scope,
    status,
    organizations: { ...summary.organizations },
    changes: { ...severity },
    findings: {
      open: { ...findings.open },
      waived: findings.waived,
      not_evaluated: findings.notEvaluated,
      new: findings.new,
      resolved: findings.resolved,
    },
    location,
    manifest: key,
    manifest_sha256: sha256,
    reports: {
      html: report("report.html"),
      md: report("report.md"),
      json: report("report.json"),
      csv: report("changes.csv"),
      ocsf: report("changes.ocsf.ndjson"),
      state: report("state.csv"),
    },
    usage: stored.usage ?? null,
    error: stored.error ?? null,
  });
}

/** The same object when no run was recorded: everything is null but `status` and `error`. */
export function noRunResult(message: string): string {
  return line({ ...NO_RUN, status: "failed", error: { code: "not_recorded", message } });
}

/** The same object for an update that found nothing to read. */
export function nothingHintedResult(tenant: Tenant): string {
  return line({ ...NO_RUN, tenant, kind: "update", status: "nothing_hinted" });
}

const NO_RUN = {
  run_id: null,
  tenant: null,
  kind: null,
  scope: null,
  status: null,
  organizations: null,
  changes: null,
  findings: null,
  location: null,
  manifest: null,
  manifest_sha256: null,
  reports: null,
  usage: null,
  error: null,
} as const;

function line(result: JsonObject): string {
  return `${JSON.stringify(result)}\n`;
}
