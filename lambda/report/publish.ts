import type { ObjectKey, Tenant } from "../domain/identifiers.ts";
import { indexKey, reportKey } from "../evidence/format/keys.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { changesOf, snapshotOf } from "../evidence/query/run-lines.ts";
import { readValid } from "../evidence/store/manifests.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import { csvHeader, csvRow } from "./csv.ts";
import type { EventModel } from "./event.ts";
import { renderIndex } from "./html/index-page.ts";
import { renderHtml } from "./html/report-page.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import { ReportBuilder, type ReportModel } from "./model.ts";
import { NumberedFiles } from "./numbered-files.ts";
import { ocsfRow } from "./ocsf.ts";
import { readIndex } from "./read-index.ts";
import { readRecentRuns } from "./read-recent-runs.ts";

/**
 * Renders a run's reports and its tenant's index from stored evidence, and stores them beside it. They depend on stored
 * bytes alone, so they can be rendered again at any time. Throws `EvidenceStoreError`, and `EvidenceError` for evidence that is not valid.
 */
export async function publish(store: EvidenceStore, key: ObjectKey): Promise<void> {
  const { tenant } = await renderReports(store, key, store);
  await renderTenantIndex(store, tenant, store);
}

/** Renders the page that lists a tenant's runs into `target`. Throws `EvidenceStoreError`. */
export async function renderTenantIndex(store: EvidenceReader, tenant: Tenant, target: ReportTarget): Promise<void> {
  const page = renderIndex(tenant, await readIndex(store, tenant));
  await target.replace(indexKey(tenant), Buffer.from(page), "text/html; charset=utf-8");
}

/** Where rendered reports go. */
export type ReportTarget = Pick<EvidenceStore, "replace">;

/** Renders a run's reports into `target`. Returns the run's manifest. Throws as `publish` does. */
export async function renderReports(store: EvidenceReader, key: ObjectKey, target: ReportTarget): Promise<Manifest> {
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
    await csv.add(csvRow(change, manifest.tenant));
    await ocsf.add(ocsfRow(change, manifest));
  }
  await csv.finish();
  await ocsf.finish();
  return manifest;
}

/** Reads what the reports of a run show. Throws like `publish`. */
export async function readReport(store: EvidenceReader, key: ObjectKey): Promise<ReportModel> {
  const { builder, manifest } = await readChanges(store, key);
  for await (const snapshot of snapshotOf(store, manifest)) builder.addSnapshot(snapshot);
  return builder.build();
}

/** Reads what the event of a run shows; the snapshot is not read. Throws like `publish`. */
export async function readEventModel(store: EvidenceReader, key: ObjectKey): Promise<EventModel> {
  const { builder } = await readChanges(store, key);
  return builder.build();
}

async function readChanges(store: EvidenceReader, key: ObjectKey) {
  const { manifest, reference } = await readValid(store, key);
  const builder = new ReportBuilder(manifest, reference.sha256, await readRecentRuns(store, manifest));
  for await (const change of changesOf(store, manifest)) builder.addChange(change);
  return { builder, manifest };
}
