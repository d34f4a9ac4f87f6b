import { RunFailure } from "../domain/errors.ts";
import type { ObjectKey, OrganizationId, Sha256 } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { Organization } from "../domain/organization.ts";
import { grouped } from "../domain/text.ts";
import { encodeLine } from "../evidence/format/json-line.ts";
import { runStateKey } from "../evidence/format/keys.ts";
import { nullable, object } from "../evidence/format/shape.ts";
import { organizationId, text } from "../evidence/format/values.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../evidence/store/part-writer.ts";
import type { EvidenceStore } from "../evidence/store/port.ts";
import type { Execution } from "../execution/port.ts";
import { mergeById } from "../streams/merge.ts";
import { readKept } from "./kept-lines.ts";
import { renewLease } from "./lease.ts";
import type { AuditRequest, Dependencies, Run } from "./run.ts";
import { addSpending, NOTHING_SPENT, type Spending, spent } from "./spending.ts";
import { type Kept, keepable, storeKept } from "./unstored.ts";

/** How many Organizations are sorted in memory at once. */
const SORTED_ORGANIZATIONS = 50_000;
/** The same for the first sorted runs: so many still fit into the execution when the store is away. */
const KEPT_ORGANIZATIONS = 2_500;
const KEPT_RUNS = 100;
/** How many Organizations one segment of the list holds. */
const SEGMENT_ORGANIZATIONS = 2_000;
/** Auth0 allows 2,000,000 Organizations in a tenant (https://auth0.com/docs/troubleshoot/customer-support/operational-policies/entity-limit-policy). */
const MOST_ORGANIZATIONS = 2_500_000;
/** So many pages in a row without a new Organization mean that the list does not end. */
const MOST_REPEATED_PAGES = 50;

/** A stored list of Organizations. The execution keeps its digest: an object that was changed since is not used. */
interface StoredList {
  readonly organizations: number;
  readonly bytes: number;
  readonly sha256: Sha256;
}

/** A consecutive range of the sorted list of Organizations, kept as state. */
export interface Segment extends StoredList {
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
  const { store } = dependencies;
  if (request.organizations !== "all") {
    const given = request.organizations.map((organizationId) => ({ organizationId, name: null, displayName: null }));
    return execution.step("organizations", () => writeSegments(run, dependencies, each(given), NOTHING_SPENT));
  }
  const discovered = await discoverAll(run, request, dependencies, execution);
  const spending = discovered.map((one) => one.spending).reduce(addSpending, NOTHING_SPENT);
  const sorted = () => mergeById(discovered.map((one, index) => readList(store, discoveredKey(run, index), one)));
  return execution.step("organizations", () => writeSegments(run, dependencies, sorted(), spending));
}

/** A sorted run of Organizations: what one step found of the tenant's list. */
interface Discovered extends StoredList {
  /** The checkpoint to continue from; null at the end of the list. */
  readonly next: string | null;
  readonly spending: Spending;
  readonly unstored: Kept | null;
}

async function discoverAll(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  execution: Execution,
): Promise<readonly Discovered[]> {
  const discovered: Discovered[] = [];
  let from: string | null = null;
  let listed = 0;
  do {
    const start: DiscoveryStart = { from, index: discovered.length, listed };
    const found: Discovered = await execution.step<Discovered>(`discover-${start.index}`, () =>
      discover(run, request, dependencies, start),
    );
    const { unstored, ...stored } = found;
    if (unstored !== null)
      await execution.step(`discover-${start.index}-store`, () => storeKept(dependencies.store, unstored));
    discovered.push({ ...stored, unstored: null });
    listed += found.organizations;
    from = found.next;
    if (listed > MOST_ORGANIZATIONS)
      throw endless(`it has more than ${grouped(MOST_ORGANIZATIONS)} entries, and Auth0 allows fewer.`);
    if (from !== null && request.chunk.pauseSeconds > 0)
      await execution.wait(`discover-${start.index}-pause`, request.chunk.pauseSeconds);
  } while (from !== null);
  return discovered;
}

interface DiscoveryStart {
  readonly from: string | null;
  readonly index: number;
  readonly listed: number;
}

/** Reads pages of the tenant's list until a sorted run is full or the time of the step is over. */
async function discover(
  run: Run,
  request: AuditRequest,
  dependencies: Dependencies,
  start: DiscoveryStart,
): Promise<Discovered> {
  const { chunk } = request;
  const { clock, managementApi, progress, store } = dependencies;
  await renewLease(run, request, dependencies);
  const meter = spent(managementApi);
  const deadlineMs = clock.now() + chunk.usualMs();
  const most = start.index < KEPT_RUNS ? KEPT_ORGANIZATIONS : SORTED_ORGANIZATIONS;
  const found = new Map<OrganizationId, Organization>();
  let next = start.from;
  let repeatedPages = 0;
  do {
    const page = await managementApi.organizations(next);
    const before = found.size;
    for (const organization of page.organizations)
      if (!found.has(organization.organizationId)) found.set(organization.organizationId, organization);
    repeatedPages = found.size > before ? 0 : repeatedPages + 1;
    if (repeatedPages > MOST_REPEATED_PAGES)
      throw endless(`${MOST_REPEATED_PAGES} pages in a row had no further Organization.`);
    next = page.next;
    progress({ kind: "listing", organizations: start.listed + found.size, requests: managementApi.usage().requests });
  } while (next !== null && found.size < most && clock.now() < deadlineMs);
  const sorted = [...found.values()].sort((left, right) => compareText(left.organizationId, right.organizationId));
  const key = discoveredKey(run, start.index);
  const writer = new PartWriter("organizations", key);
  for (const organization of sorted)
    await writer.add(organization.organizationId, encodeLine(listedOrganization, organization));
  const { body, file } = await writer.finish();
  const list = { organizations: found.size, bytes: file.bytes, sha256: file.sha256, next, spending: meter() };
  try {
    await store.replace(key, body, PART_CONTENT_TYPE);
    return { ...list, unstored: null };
  } catch (error) {
    return { ...list, unstored: keepable(error, { key, body }) };
  }
}

function endless(why: string): RunFailure {
  return new RunFailure(
    "organizations_unreadable",
    `The tenant's list of Organizations could not be read: it does not end; ${why}`,
  );
}

async function writeSegments(
  run: Run,
  { store }: Dependencies,
  sorted: AsyncIterable<Organization>,
  spending: Spending,
): Promise<OrganizationList> {
  const segments: Segment[] = [];
  let writer: PartWriter<"organizations"> | null = null;
  let organizations = 0;
  let last: Organization | null = null;
  const close = async () => {
    if (writer === null || last === null) return;
    const { body, file } = await writer.finish();
    await store.replace(file.key, body, PART_CONTENT_TYPE);
    const { bytes, rows, sha256 } = file;
    segments.push({ organizations: rows, bytes, sha256, last: last.organizationId });
    organizations += rows;
    writer = null;
  };
  let rows = 0;
  for await (const organization of sorted) {
    // The list may shift while it is read: an Organization can be on two pages.
    if (organization.organizationId === last?.organizationId) continue;
    if (rows === SEGMENT_ORGANIZATIONS) {
      await close();
      rows = 0;
    }
    writer ??= new PartWriter("organizations", segmentKey(run, segments.length));
    await writer.add(organization.organizationId, encodeLine(listedOrganization, organization));
    last = organization;
    rows += 1;
  }
  await close();
  return { segments, organizations, spending };
}

function segmentKey({ runId, tenant }: Pick<Run, "tenant" | "runId">, index: number): ObjectKey {
  return runStateKey(tenant, runId, `organizations-${String(index).padStart(5, "0")}.ndjson.gz`);
}

function discoveredKey({ runId, tenant }: Pick<Run, "tenant" | "runId">, index: number): ObjectKey {
  return runStateKey(tenant, runId, `discovered-${String(index).padStart(5, "0")}.ndjson.gz`);
}

/**
 * The listed Organizations past `after`, in ascending order, read from the segments that can hold them. Throws
 * `RunFailure` (`evidence_unreadable`) when a segment was changed.
 */
export async function* listedAfter(
  store: EvidenceStore,
  run: Pick<Run, "tenant" | "runId">,
  { segments }: Pick<OrganizationList, "segments">,
  after: OrganizationId | null,
): AsyncGenerator<Organization> {
  for (const [index, segment] of segments.entries()) {
    if (after !== null && segment.last <= after) continue;
    for await (const organization of readList(store, segmentKey(run, index), segment))
      if (after === null || organization.organizationId > after) yield organization;
  }
}

const listedOrganization = object({
  organization_id: organizationId,
  name: nullable(text),
  display_name: nullable(text),
});

function readList(
  store: EvidenceStore,
  key: ObjectKey,
  { organizations: rows, bytes, sha256 }: StoredList,
): AsyncGenerator<Organization> {
  return readKept(store, key, listedOrganization, { rows, bytes, sha256 }, "The run's list of Organizations");
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
