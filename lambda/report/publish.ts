import type { ObjectKey, Tenant } from "../domain/identifiers.ts";
import { indexDataKey, indexKey, reportKey } from "../evidence/format/keys.ts";
import { changesOf, snapshotOf } from "../evidence/query/run-lines.ts";
import { readValidManifest } from "../evidence/store/manifests.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import { csvHeader, csvRow } from "./csv.ts";
import { renderIndex } from "./html/index-page.ts";
import { renderHtml } from "./html/report-page.ts";
import { encodeIndex } from "./index-format.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import { ReportBuilder, type ReportModel } from "./model.ts";
import { NumberedFiles } from "./numbered-files.ts";
import { ocsfRow } from "./ocsf.ts";
import { readIndex } from "./read-index.ts";
import { readRecentRuns } from "./read-recent-runs.ts";

export interface PublishOptions {
  /** Where the reports are written. Default: the store of the evidence. */
  readonly target?: Pick<EvidenceStore, "replace">;
  /** Builds the index from all manifests and ignores the stored index. */
  readonly rebuildIndex?: boolean;
}

/**
 * Renders the reports of a run and the index of its tenant from stored evidence. The same evidence always gives the same
 * bytes. Throws `EvidenceStoreError`, and `EvidenceError` for invalid evidence.
 */
export async function publish(
  store: EvidenceStore,
  key: ObjectKey,
  { target = store, rebuildIndex = false }: PublishOptions = {},
): Promise<void> {
  const model = await readReport(store, key);
  const { manifest } = model;
  const put = (name: string, contentType: string, body: string) =>
    target.replace(reportKey(manifest.tenant, manifest.runId, name), Buffer.from(body), contentType);
  await put("report.html", "text/html; charset=utf-8", renderHtml(model));
  await put("report.json", "application/json", renderJson(model));
  await put("report.md", "text/markdown; charset=utf-8", renderMarkdown(model));
  const files = (name: string, header: string, contentType: string) =>
    new NumberedFiles({ name, header, put: (numbered, text) => put(numbered, contentType, text) });
  const csv = files("changes.csv", csvHeader(), "text/csv; charset=utf-8");
  const ocsf = files("changes.ocsf.ndjson", "", "application/x-ndjson");
  for await (const change of changesOf(store, manifest)) {
    await csv.add(csvRow(change));
    await ocsf.add(ocsfRow(change, manifest));
  }
  await csv.finish();
  await ocsf.finish();
  await publishIndex(store, manifest.tenant, target, rebuildIndex);
}

async function publishIndex(
  store: EvidenceStore,
  tenant: Tenant,
  target: Pick<EvidenceStore, "replace">,
  rebuild: boolean,
): Promise<void> {
  const runs = await readIndex(store, tenant, { trusted: !rebuild });
  await target.replace(indexDataKey(tenant), Buffer.from(encodeIndex(runs)), "application/json");
  await target.replace(indexKey(tenant), Buffer.from(renderIndex(tenant, runs)), "text/html; charset=utf-8");
}

/** Reads what the reports of a run show. Throws like `publish`. */
export async function readReport(store: EvidenceStore, key: ObjectKey): Promise<ReportModel> {
  const manifest = await readValidManifest(store, key);
  const builder = new ReportBuilder(manifest, await readRecentRuns(store, manifest));
  for await (const change of changesOf(store, manifest)) builder.addChange(change);
  for await (const snapshot of snapshotOf(store, manifest)) builder.addSnapshot(snapshot);
  return builder.build();
}
