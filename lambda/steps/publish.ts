import { EvidenceError } from "../core/errors.ts";
import { decodeChange, decodeSnapshot } from "../core/evidence.ts";
import { indexDataKey, indexKey, reportKey } from "../core/keys.ts";
import type { Change, Manifest, ObjectKey, Tenant } from "../core/model.ts";
import { csvHeader, csvRow } from "../core/report/changes-csv.ts";
import { ocsfRow } from "../core/report/changes-ocsf.ts";
import { encodeIndex } from "../core/report/history.ts";
import { renderHtml } from "../core/report/html/report.ts";
import { renderIndex } from "../core/report/html/run-index.ts";
import { renderJson } from "../core/report/report-json.ts";
import { renderMarkdown } from "../core/report/report-markdown.ts";
import { ReportBuilder, type ReportModel } from "../core/report/report-model.ts";
import type { EvidenceStore } from "../ports.ts";
import { readHistory } from "./history.ts";
import { readManifest } from "./manifest-chain.ts";
import { readVerified } from "./parts.ts";
import { readIndex } from "./run-index.ts";

/** A spreadsheet holds about a million rows, and a file is made in memory: beyond so many, changes go on in another. */
const FILE_CHANGES = 25_000;

export interface PublishOptions {
  /** Where the reports go. Default: beside the evidence. */
  readonly target?: Pick<EvidenceStore, "replace">;
  /** Makes the index from all manifests, not from the index that was made last. */
  readonly rebuildIndex?: boolean;
}

/**
 * Renders a run's reports and its tenant's index from stored evidence. They are functions of the stored bytes, so they
 * may be made again at any time. Throws `EvidenceStoreError`, and `EvidenceError` for evidence that is not sound.
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
  for await (const { changes, number } of batches(changesOf(store, manifest))) {
    const suffix = number === 1 ? "" : `-${number}`;
    await put(`changes${suffix}.csv`, "text/csv; charset=utf-8", csvHeader() + changes.map(csvRow).join(""));
    const events = changes.map((change) => ocsfRow(change, manifest)).join("");
    await put(`changes${suffix}.ocsf.ndjson`, "application/x-ndjson", events);
  }
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

/** What the reports of a run are rendered from. Throws as `publish` does. */
export async function readReport(store: EvidenceStore, key: ObjectKey): Promise<ReportModel> {
  const stored = await readManifest(store, key);
  if (stored === null) throw new EvidenceError("missing", `${key}: there is no such manifest in ${store.location}.`);
  if (stored.manifest instanceof EvidenceError) throw stored.manifest;
  const { manifest } = stored;
  const builder = new ReportBuilder(manifest, await readHistory(store, manifest));
  for await (const change of changesOf(store, manifest)) builder.addChange(change);
  for (const file of manifest.files.filter(({ role }) => role === "snapshot"))
    for await (const line of readVerified(store, file)) builder.addSnapshot(decodeSnapshot(line, file.key));
  return builder.build();
}

async function* changesOf(store: EvidenceStore, { files }: Manifest): AsyncGenerator<Change> {
  for (const file of files.filter(({ role }) => role === "changes"))
    for await (const line of readVerified(store, file)) yield decodeChange(line, file.key);
}

/** The changes file by file, from 1; the first one comes even when there is no change. */
async function* batches(
  changes: AsyncIterable<Change>,
): AsyncGenerator<{ readonly changes: readonly Change[]; readonly number: number }> {
  let batch: Change[] = [];
  let number = 1;
  for await (const change of changes) {
    if (batch.length === FILE_CHANGES) {
      yield { changes: batch, number };
      batch = [];
      number += 1;
    }
    batch.push(change);
  }
  yield { changes: batch, number };
}
