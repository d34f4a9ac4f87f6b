import { EvidenceError } from "../core/errors.ts";
import { decodeChange, decodeSnapshot } from "../core/evidence.ts";
import { reportKey } from "../core/keys.ts";
import type { Change, Manifest, ObjectKey } from "../core/model.ts";
import { csvHeader, csvRow } from "../core/report/changes-csv.ts";
import { renderJson } from "../core/report/report-json.ts";
import { renderMarkdown } from "../core/report/report-markdown.ts";
import { ReportBuilder, type ReportModel } from "../core/report/report-model.ts";
import type { EvidenceStore } from "../ports.ts";
import { readManifest } from "./manifest-chain.ts";
import { readVerified } from "./parts.ts";

/** A spreadsheet holds about a million rows; beyond so many, the changes go on in another file. */
const CSV_FILE_CHANGES = 100_000;

/**
 * Renders a run's reports from its stored evidence and puts them beside it. They are functions of the stored bytes, so
 * they may be made again at any time. Throws `EvidenceStoreError`, and `EvidenceError` for evidence that is not sound.
 */
export async function publish(store: EvidenceStore, key: ObjectKey): Promise<void> {
  const model = await readReport(store, key);
  const { runId, tenant } = model.manifest;
  const put = (name: string, contentType: string, body: string) =>
    store.replace(reportKey(tenant, runId, name), Buffer.from(body), contentType);
  await put("report.json", "application/json", renderJson(model));
  await put("report.md", "text/markdown; charset=utf-8", renderMarkdown(model));
  for await (const { name, body } of csvFiles(changesOf(store, model.manifest)))
    await put(name, "text/csv; charset=utf-8", body);
}

/** What the reports of a run are rendered from. Throws as `publish` does. */
export async function readReport(store: EvidenceStore, key: ObjectKey): Promise<ReportModel> {
  const stored = await readManifest(store, key);
  if (stored === null) throw new EvidenceError("missing", `${key}: there is no such manifest in ${store.location}.`);
  if (stored.manifest instanceof EvidenceError) throw stored.manifest;
  const { manifest } = stored;
  const builder = new ReportBuilder(manifest);
  for await (const change of changesOf(store, manifest)) builder.addChange(change);
  for (const file of manifest.files.filter(({ role }) => role === "snapshot"))
    for await (const line of readVerified(store, file)) builder.addSnapshot(decodeSnapshot(line, file.key));
  return builder.build();
}

async function* changesOf(store: EvidenceStore, { files }: Manifest): AsyncGenerator<Change> {
  for (const file of files.filter(({ role }) => role === "changes"))
    for await (const line of readVerified(store, file)) yield decodeChange(line, file.key);
}

async function* csvFiles(
  changes: AsyncIterable<Change>,
): AsyncGenerator<{ readonly name: string; readonly body: string }> {
  let rows: string[] = [];
  let files = 0;
  const file = () => ({
    name: files === 0 ? "changes.csv" : `changes-${files + 1}.csv`,
    body: csvHeader() + rows.join(""),
  });
  for await (const change of changes) {
    if (rows.length === CSV_FILE_CHANGES) {
      yield file();
      files += 1;
      rows = [];
    }
    rows.push(csvRow(change));
  }
  yield file();
}
