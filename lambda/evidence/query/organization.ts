import type { Change } from "../../domain/change.ts";
import { ConfigurationError } from "../../domain/errors.ts";
import type { OrganizationId, Tenant } from "../../domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../domain/snapshot.ts";
import { type InstantRange, runInstant } from "../../domain/time.ts";
import { pairUp } from "../../streams/merge.ts";
import { decodeChange, decodeSnapshot } from "../format/lines.ts";
import type { EvidenceFile, Manifest } from "../format/manifest.ts";
import { checkedLines, fetchParts } from "../store/checked-part.ts";
import type { EvidenceReader } from "../store/port.ts";
import { diffAcross } from "./difference.ts";
import { findRun, runsIn } from "./runs.ts";

/** The lines of some parts, each held against its manifest. Throws `EvidenceError`. */
async function* linesOf(store: EvidenceReader, files: readonly EvidenceFile[]) {
  for await (const part of fetchParts(store, files))
    for await (const lines of checkedLines(part)) for (const line of lines) yield { line, where: part.file.key };
}

/** A run's whole snapshot, in ascending order of the Organizations. Throws `EvidenceError`. */
export async function* snapshotOf(store: EvidenceReader, { files }: Manifest): AsyncGenerator<OrganizationSnapshot> {
  const parts = files.filter(({ role }) => role === "snapshot");
  for await (const { line, where } of linesOf(store, parts)) yield decodeSnapshot(line, where);
}

/** A run's changes, in their order. Throws `EvidenceError`. */
export async function* changesOf(store: EvidenceReader, { files }: Manifest): AsyncGenerator<Change> {
  const parts = files.filter(({ role }) => role === "changes");
  for await (const { line, where } of linesOf(store, parts)) yield decodeChange(line, where);
}

/** The changes between any two runs, in the order of the evidence; one Organization in memory at a time. */
export async function* diffRuns(store: EvidenceReader, from: Manifest, to: Manifest): AsyncGenerator<Change> {
  const comparison = { runId: to.runId, startedAt: to.startedAt, scope: to.scope, previousScope: from.scope };
  for await (const { left, organizationId, right } of pairUp(snapshotOf(store, from), snapshotOf(store, to))) {
    const previous = isNeverRead(left) ? await firstReading(store, from, to, organizationId) : null;
    yield* diffAcross(previous ?? left, right, comparison);
  }
}

/** Whether nobody had read it yet, so that the run that first does sets its baseline. */
function isNeverRead(line: OrganizationSnapshot | null): boolean {
  return line?.status === "failed" && line.lastObserved === null && line.firstReading !== "enables_connections";
}

/** The first observation after a run that knew nothing of the Organization: the changes since then are told against it. */
async function firstReading(store: EvidenceReader, from: Manifest, to: Manifest, id: OrganizationId) {
  const between = { fromMs: runInstant(from.runId) + 1, toMs: runInstant(to.runId) };
  for await (const manifest of runsIn(store, from.tenant, between)) {
    const { snapshot } = await organizationIn(store, manifest, id);
    if (snapshot?.status === "observed") return snapshot;
  }
  return null;
}

/** What one run says of one Organization. */
export interface OrganizationInRun {
  readonly manifest: Manifest;
  /** Null when the snapshot has no line for it. */
  readonly snapshot: OrganizationSnapshot | null;
  readonly changes: readonly Change[];
}

/** Reads only the parts that can hold the Organization. Throws `EvidenceError`. */
export async function organizationIn(
  store: EvidenceReader,
  manifest: Manifest,
  id: OrganizationId,
): Promise<OrganizationInRun> {
  let snapshot: OrganizationSnapshot | null = null;
  const changes: Change[] = [];
  const quoted = JSON.stringify(id);
  for await (const part of fetchParts(
    store,
    manifest.files.filter((file) => canHold(file, id)),
  ))
    for await (const lines of checkedLines(part))
      for (const line of lines.filter((one) => one.includes(quoted)))
        if (part.file.role === "changes") changes.push(decodeChange(line, part.file.key));
        else snapshot = matching(decodeSnapshot(line, part.file.key), id) ?? snapshot;
  return { manifest, snapshot, changes: changes.filter(({ organizationId }) => organizationId === id) };
}

function matching(snapshot: OrganizationSnapshot, id: OrganizationId): OrganizationSnapshot | null {
  return snapshot.organizationId === id ? snapshot : null;
}

function canHold({ rows, firstOrganizationId: first, lastOrganizationId: last }: EvidenceFile, id: OrganizationId) {
  return rows > 0 && (first === null || first <= id) && (last === null || id <= last);
}

const ORGANIZATION_ID = /^org_[A-Za-z0-9]+$/;

/**
 * The ID of the Organization that somebody names, by ID or by name: a name as the last snapshot up to the range's end has
 * it, else as the changes of the range tell it, of one that is gone or was renamed, say. Throws `ConfigurationError`.
 */
export async function findOrganization(
  store: EvidenceReader,
  tenant: Tenant,
  text: string,
  range: InstantRange,
): Promise<OrganizationId> {
  if (ORGANIZATION_ID.test(text)) return text as OrganizationId;
  const ids = new Set<OrganizationId>();
  const last = await findRun(
    store,
    tenant,
    { kind: "until", instantMs: Math.min(range.toMs, LAST_MS) },
    "--organization",
  );
  for await (const { organizationId, organizationName } of snapshotOf(store, last))
    if (organizationName === text) ids.add(organizationId);
  if (ids.size === 0)
    for await (const manifest of runsIn(store, tenant, range))
      for await (const change of changesOf(store, manifest)) if (isNamed(change, text)) ids.add(change.organizationId);
  const [id, ...others] = ids;
  if (id === undefined)
    throw new ConfigurationError(
      `--organization: no Organization of ${tenant} is named ${JSON.stringify(text)} in ${store.location}; give its ID, org_...`,
    );
  if (others.length > 0)
    throw new ConfigurationError(
      `--organization: ${JSON.stringify(text)} is the name of several Organizations; give one of their IDs: ${[...ids].join(", ")}.`,
    );
  return id;
}

/** The last instant that a run can have: the year 9999 ends. */
const LAST_MS = Date.UTC(10_000, 0, 1) - 1;

function isNamed({ organizationName, properties }: Change, text: string): boolean {
  return (
    organizationName === text || properties.some(({ name, previousValue }) => name === "name" && previousValue === text)
  );
}
