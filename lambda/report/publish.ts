import { EvidenceError } from "../domain/errors.ts";
import type { ObjectKey, Tenant } from "../domain/identifiers.ts";
import { indexKey, reportKey } from "../evidence/format/keys.ts";
import { type Manifest, type ManifestReference, readsWholeTenant } from "../evidence/format/manifest.ts";
import { findingsOf } from "../evidence/query/run-lines.ts";
import { readValid } from "../evidence/store/manifests.ts";
import type { EvidenceReader, EvidenceStore } from "../evidence/store/port.ts";
import type { EventModel } from "./event.ts";
import { explainedLines } from "./explained-lines.ts";
import { renderIndex } from "./html/index-page.ts";
import { renderHtml } from "./html/report-page.ts";
import { renderJson } from "./json.ts";
import { judgedLines } from "./judged-lines.ts";
import { renderMarkdown } from "./markdown.ts";
import { ReportBuilder, type ReportModel } from "./model.ts";
import { readIndex } from "./read-index.ts";
import { readRecentRuns } from "./read-recent-runs.ts";
import { readRunPolicy } from "./read-run-policy.ts";
import { ReportLists } from "./report-lists.ts";
import { stateAfter } from "./state-after.ts";

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

/**
 * Renders a run's reports into `target`. The evidence is read once, and lists are written while it is read. Returns the
 * run's manifest. Throws as `publish` does.
 */
export async function renderReports(store: EvidenceReader, key: ObjectKey, target: ReportTarget): Promise<Manifest> {
  const { builder, manifest, policy, reference } = await openReport(store, key);
  const put = (name: string, contentType: string, body: Uint8Array) =>
    target.replace(reportKey(manifest.tenant, manifest.runId, name), body, contentType);
  const lists = new ReportLists(manifest, policy, put);
  for await (const line of explainedLines(store, manifest))
    if ("operation" in line) {
      builder.addOperation(line.operation);
      await lists.addUndone(line.operation);
    } else {
      builder.addChange(line.change, line.who);
      await lists.addChange(line.change, line.who);
    }
  await lists.finishChanges();
  for await (const line of judgedLines(store, manifest))
    if ("finding" in line) {
      builder.addFinding(line.finding);
      await lists.addFinding(line);
    } else {
      builder.addSnapshot(line.snapshot);
      if (isWholeState(manifest)) await lists.addState(line.snapshot);
    }
  await lists.finishFindings();
  if (isWholeState(manifest)) await lists.finishState();
  else await writeStateAfter(store, reference, lists);
  const model = builder.build();
  await put("report.html", "text/html; charset=utf-8", Buffer.from(renderHtml(model)));
  await put("report.json", "application/json", Buffer.from(renderJson(model)));
  await put("report.md", "text/markdown; charset=utf-8", Buffer.from(renderMarkdown(model)));
  return manifest;
}

/** Whether the run's own snapshot is the state of the tenant. */
function isWholeState(manifest: Manifest): boolean {
  return manifest.status !== "failed" && readsWholeTenant(manifest);
}

/** Earlier evidence that is not valid costs the run this list, and nothing else: `verify` reports it. */
async function writeStateAfter(store: EvidenceReader, run: ManifestReference, lists: ReportLists): Promise<void> {
  try {
    const state = await stateAfter(store, run);
    if (state === null) return;
    for await (const line of state) await lists.addState(line);
    await lists.finishState();
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
  }
}

/** Reads what the reports of a run show. Throws like `publish`. */
export async function readReport(store: EvidenceReader, key: ObjectKey): Promise<ReportModel> {
  const { builder, manifest } = await openReport(store, key);
  await addExplained(store, manifest, builder);
  for await (const line of judgedLines(store, manifest))
    if ("finding" in line) builder.addFinding(line.finding);
    else builder.addSnapshot(line.snapshot);
  return builder.build();
}

/** Reads what the event of a run shows; the snapshot is not read. Throws like `publish`. */
export async function readEventModel(store: EvidenceReader, key: ObjectKey): Promise<EventModel> {
  const { builder, manifest } = await openReport(store, key);
  await addExplained(store, manifest, builder);
  for await (const finding of findingsOf(store, manifest)) builder.addFinding(finding);
  return builder.build();
}

async function addExplained(store: EvidenceReader, manifest: Manifest, builder: ReportBuilder): Promise<void> {
  for await (const line of explainedLines(store, manifest))
    if ("operation" in line) builder.addOperation(line.operation);
    else builder.addChange(line.change, line.who);
}

async function openReport(store: EvidenceReader, key: ObjectKey) {
  const { manifest, reference } = await readValid(store, key);
  const recent = await readRecentRuns(store, manifest);
  const policy = await readRunPolicy(store, manifest);
  const builder = new ReportBuilder({ manifest, manifestSha256: reference.sha256, recent, policy });
  return { builder, manifest, policy, reference };
}
