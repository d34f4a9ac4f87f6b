import type { ObjectKey, OrganizationId } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { Organization } from "../domain/organization.ts";
import { decodeLine, encodeLine } from "../evidence/format/json-line.ts";
import { runStateKey } from "../evidence/format/keys.ts";
import { nullable, object } from "../evidence/format/shape.ts";
import { organizationId, text } from "../evidence/format/values.ts";
import { readLines } from "../evidence/store/part-reader.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../evidence/store/part-writer.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { mergeSorted } from "../streams/merge.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";
import { addSpending, NOTHING_SPENT, type Spending, spent } from "./spending.ts";

/** How many Organizations are sorted in memory at once. */
const SORTED_RUN_ORGANIZATIONS = 50_000;
/** How many Organizations stand in one segment of the list. */
const SEGMENT_ORGANIZATIONS = 2_000;

/** A consecutive range of the sorted list of Organizations, kept as state. */
export interface Segment {
  readonly key: ObjectKey;
  readonly organizations: number;
  readonly last: OrganizationId;
}

/** The Organizations of a run: sorted, each once, in state, so that no step holds them all. */
export interface OrganizationList {
  readonly segments: readonly Segment[];
  readonly organizations: number;
  readonly spending: Spending;
}

/** Finds the Organizations in scope and puts their sorted list into state. Throws `RunFailure`. */
export async function listOrganizations(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<OrganizationList> {
  if (request.organizations !== "all") {
    const given = request.organizations.map((organizationId) => ({ organizationId, name: null, displayName: null }));
    return execution.step("organizations", () => writeSegments(run, dependencies, each(given), []));
  }
  const runs: DiscoveredRun[] = [];
  for (let found: DiscoveredRun | undefined; found?.next !== null; ) {
    const start: DiscoveryStart = { from: found?.next ?? null, index: runs.length, listed: total(runs) };
    found = await execution.step<DiscoveredRun>(`discover-${start.index}`, () =>
      discover(run, request, dependencies, start),
    );
    runs.push(found);
    if (found.next !== null && request.chunk.pauseSeconds > 0)
      await execution.wait(`discover-${start.index}-pause`, request.chunk.pauseSeconds);
  }
  const spendings = runs.map(({ spending }) => spending);
  return execution.step("organizations", () =>
    writeSegments(run, dependencies, mergeSorted(runs.map(({ key }) => readList(dependencies.store, key))), spendings),
  );
}

interface DiscoveredRun {
  readonly key: ObjectKey;
  readonly organizations: number;
  readonly next: string | null;
  readonly spending: Spending;
}

interface DiscoveryStart {
  readonly from: string | null;
  readonly index: number;
  readonly listed: number;
}

function total(runs: readonly DiscoveredRun[]): number {
  return runs.reduce((sum, { organizations }) => sum + organizations, 0);
}

/** Reads pages of the tenant's list until a sorted run is full or the step's time is over. */
async function discover(
  run: Run,
  { chunk }: AuditRequest,
  { clock, managementApi, progress, store }: Dependencies,
  start: DiscoveryStart,
): Promise<DiscoveredRun> {
  const meter = spent(managementApi);
  const deadline = clock.now() + chunk.usualMs();
  const found: Organization[] = [];
  let next = start.from;
  do {
    const page = await managementApi.organizations(next);
    found.push(...page.organizations);
    next = page.next;
    progress({ kind: "listing", organizations: start.listed + found.length, requests: managementApi.usage().requests });
  } while (next !== null && found.length < SORTED_RUN_ORGANIZATIONS && clock.now() < deadline);
  found.sort((left, right) => compareText(left.organizationId, right.organizationId));
  const key = runStateKey(run.tenant, run.runId, `discovered-${String(start.index).padStart(5, "0")}.ndjson.gz`);
  const writer = new PartWriter("organizations", key);
  for (const organization of found)
    await writer.add(organization.organizationId, encodeLine(organizationShape, organization));
  const { body } = await writer.finish();
  await store.replace(key, body, PART_CONTENT_TYPE);
  return { key, organizations: found.length, next, spending: meter() };
}

async function writeSegments(
  run: Run,
  { store }: Dependencies,
  sorted: AsyncIterable<Organization>,
  spendings: readonly Spending[],
): Promise<OrganizationList> {
  const segments: Segment[] = [];
  let writer: PartWriter<"organizations"> | null = null;
  let organizations = 0;
  let last: Organization | null = null;
  const close = async () => {
    if (writer === null || last === null) return;
    const { body, file } = await writer.finish();
    await store.replace(file.key, body, PART_CONTENT_TYPE);
    segments.push({ key: file.key, organizations: file.rows, last: last.organizationId });
    organizations += file.rows;
    writer = null;
  };
  let rows = 0;
  for await (const organization of sorted) {
    // The list may shift while it is read: an Organization can stand on two pages.
    if (organization.organizationId === last?.organizationId) continue;
    if (rows === SEGMENT_ORGANIZATIONS) {
      await close();
      rows = 0;
    }
    writer ??= new PartWriter("organizations", segmentKey(run, segments.length));
    await writer.add(organization.organizationId, encodeLine(organizationShape, organization));
    last = organization;
    rows += 1;
  }
  await close();
  return { segments, organizations, spending: spendings.reduce(addSpending, NOTHING_SPENT) };
}

function segmentKey(run: Run, index: number): ObjectKey {
  return runStateKey(run.tenant, run.runId, `organizations-${String(index).padStart(5, "0")}.ndjson.gz`);
}

/** The listed Organizations past `after`, in ascending order, read from the segments that can hold them. */
export async function* listedAfter(
  store: EvidenceStore,
  { segments }: Pick<OrganizationList, "segments">,
  after: OrganizationId | null,
): AsyncGenerator<Organization> {
  for (const segment of segments) {
    if (after !== null && segment.last <= after) continue;
    for await (const organization of readList(store, segment.key))
      if (after === null || organization.organizationId > after) yield organization;
  }
}

const organizationShape = object({
  organization_id: organizationId,
  name: nullable(text),
  display_name: nullable(text),
});

async function* readList(store: EvidenceStore, key: ObjectKey): AsyncGenerator<Organization> {
  for await (const line of readLines(store, key)) yield decodeLine(organizationShape, line, key);
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
