import { diffOrganization } from "../../lambda/changes/difference.ts";
import { addSummaries, EMPTY_SUMMARY, summarize } from "../../lambda/changes/summary.ts";
import { enabledConnection } from "../../lambda/domain/enabled-connection.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { EnabledConnection } from "../../lambda/domain/organization.ts";
import type { OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import { parseDomain, tenantOf } from "../../lambda/domain/tenant.ts";
import { runIdAt, timestamp } from "../../lambda/domain/time.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { changesKey, manifestKey, snapshotKey } from "../../lambda/evidence/format/keys.ts";
import { encodeChange, encodeSnapshot } from "../../lambda/evidence/format/lines.ts";
import type { EvidenceFile, ManifestReference } from "../../lambda/evidence/format/manifest.ts";
import { encodeManifest, FORMAT_VERSION } from "../../lambda/evidence/format/manifest.ts";
import { PART_CONTENT_TYPE, type Part, PartWriter } from "../../lambda/evidence/store/part-writer.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { COMPARISON } from "./builders.ts";

const DAY_MS = 86_400_000;
const REQUEST_MS = 60;
const STRATEGIES = ["samlp", "oidc", "waad", "okta", "adfs", "auth0", "google-oauth2"] as const;

export interface EvidenceYear {
  readonly domain: string;
  readonly organizations: number;
  readonly days: number;
  /** How many Organizations one part has. */
  readonly partOrganizations: number;
  readonly firstRunMs: number;
}

/**
 * Writes evidence as daily runs leave it, by the code that writes it in a run, without the reading that comes before: two
 * or three connections an Organization, one in 500 changed a day, one in 1,000 not read. The same input gives the same
 * evidence. Answers the bytes of its content, uncompressed.
 */
export async function writeEvidenceYear(store: EvidenceStore, year: EvidenceYear): Promise<number> {
  let previous: readonly OrganizationSnapshot[] = [];
  let reference: ManifestReference | null = null;
  let bytes = 0;
  for (let day = 0; day < year.days; day += 1) {
    const run = new YearRun(store, year, day, previous, reference);
    reference = await run.write();
    previous = run.lines;
    bytes += run.files.reduce((sum, file) => sum + file.bytes, 0);
  }
  return bytes;
}

class YearRun {
  readonly lines: OrganizationSnapshot[] = [];
  readonly files: EvidenceFile[] = [];
  readonly #store: EvidenceStore;
  readonly #year: EvidenceYear;
  readonly #day: number;
  readonly #previous: readonly OrganizationSnapshot[];
  readonly #before: ManifestReference | null;

  constructor(
    store: EvidenceStore,
    year: EvidenceYear,
    day: number,
    previous: readonly OrganizationSnapshot[],
    before: ManifestReference | null,
  ) {
    this.#store = store;
    this.#year = year;
    this.#day = day;
    this.#previous = previous;
    this.#before = before;
  }

  async write(): Promise<ManifestReference> {
    const { domain: host, organizations, partOrganizations, firstRunMs } = this.#year;
    const domain = parseDomain(host, "the generator");
    const tenant = tenantOf(domain);
    const startMs = firstRunMs + this.#day * DAY_MS;
    const runId = runIdAt(startMs);
    const startedAt = timestamp(startMs);
    const appeared = this.#before === null ? "baseline" : "organization_created";
    const comparison = { ...COMPARISON, runId, startedAt, appeared } as const;
    const changesFiles: EvidenceFile[] = [];
    let summary = EMPTY_SUMMARY;
    for (let part = 0; part * partOrganizations < organizations; part += 1) {
      const snapshots = new PartWriter<"snapshot">("snapshot", snapshotKey(tenant, runId, part));
      const changed = new PartWriter<"changes">("changes", changesKey(tenant, runId, part));
      const end = Math.min(organizations, (part + 1) * partOrganizations);
      for (let index = part * partOrganizations; index < end; index += 1) {
        const previous = this.#previous[index] ?? null;
        const line = this.#look(index, startMs, previous);
        this.lines.push(line);
        await snapshots.add(line.organizationId, encodeSnapshot(line));
        const changes = diffOrganization(previous, line, comparison);
        for (const change of changes) await changed.add(line.organizationId, encodeChange(change));
        summary = addSummaries(summary, summarize(line, changes));
      }
      this.files.push(await this.#put(await snapshots.finish()));
      changesFiles.push(await this.#put(await changed.finish()));
    }
    this.files.push(...changesFiles);
    const durationMs = organizations * REQUEST_MS;
    const text = encodeManifest({
      formatVersion: FORMAT_VERSION,
      runId,
      tenant,
      domain,
      status: summary.organizations.failed > 0 ? "partial" : "complete",
      scheduledAt: startedAt,
      startedAt,
      completedAt: timestamp(startMs + durationMs),
      scope: "all",
      producer: { name: "auth0-organization-auditor", version: "0.0.0" },
      key: manifestKey(tenant, runId),
      files: this.files,
      summary,
      usage: { requests: organizations, rateLimited: 0, retries: 0, limit: null, lowestRemaining: null, durationMs },
      error: null,
      previous: this.#before,
      baseline: this.#before,
      warnings: [],
      scheduledTimeGiven: false,
      kind: "sweep",
      updates: null,
      policy: null,
      logs: null,
    });
    const key = manifestKey(tenant, runId);
    await this.#store.create(key, Buffer.from(text), "application/json");
    return { runId, key, sha256: sha256(text) };
  }

  async #put({ file, body }: Part): Promise<EvidenceFile> {
    await this.#store.create(file.key, body, PART_CONTENT_TYPE);
    return file;
  }

  #look(index: number, startMs: number, previous: OrganizationSnapshot | null): OrganizationSnapshot {
    const identity = {
      runId: runIdAt(startMs),
      organizationId: yearOrganizationId(index),
      organizationName: `customer-${index}`,
      organizationDisplayName: `Customer ${index} GmbH & Co. KG`,
      observedAt: timestamp(startMs + index * REQUEST_MS),
    };
    if (scatter(index, this.#day) % 1000 === 0) return failed(identity, previous);
    // Every 500th Organization changes each day: the rest stays as it was, by reference, which costs no memory.
    const isChanged = scatter(index, this.#day) % 500 === 7;
    const before = previous === null || previous.status === "deleted" ? null : known(previous);
    const enabledConnections = before === null || isChanged ? connections(index, this.#day) : before;
    return { ...identity, status: "observed", enabledConnections };
  }
}

/** The ID of the Organization at a place in the sorted list. */
export function yearOrganizationId(index: number): OrganizationId {
  return `org_${String(index).padStart(16, "0")}` as OrganizationId;
}

function known(line: Exclude<OrganizationSnapshot, { status: "deleted" }>): readonly EnabledConnection[] | null {
  return line.status === "observed" ? line.enabledConnections : (line.lastObserved?.enabledConnections ?? null);
}

function failed(
  identity: Omit<
    Extract<OrganizationSnapshot, { status: "failed" }>,
    "status" | "failure" | "lastObserved" | "firstReading"
  >,
  previous: OrganizationSnapshot | null,
): OrganizationSnapshot {
  const failure = { code: "unavailable", httpStatus: 500, message: "Auth0 answered 500.", attempts: 5 } as const;
  const lastObserved =
    previous?.status === "observed" ? previous : previous?.status === "failed" ? previous.lastObserved : null;
  return {
    ...identity,
    status: "failed",
    failure,
    lastObserved: lastObserved && {
      runId: lastObserved.runId,
      observedAt: lastObserved.observedAt,
      organizationName: lastObserved.organizationName,
      organizationDisplayName: lastObserved.organizationDisplayName,
      enabledConnections: lastObserved.enabledConnections,
    },
    firstReading: lastObserved === null ? "sets_baseline" : null,
  };
}

function connections(index: number, day: number): readonly EnabledConnection[] {
  const count = 2 + (scatter(index, 1) % 2);
  return Array.from({ length: count }, (_, place) => {
    const mixed = scatter(index * 8 + place, day);
    const strategy = STRATEGIES[scatter(index, place) % STRATEGIES.length] ?? "samlp";
    const wire: JsonObject = {
      connection_id: `con_${scatter(index, place).toString(36).padStart(7, "0")}${String(index * 8 + place).padStart(9, "0")}`,
      assign_membership_on_login: mixed % 5 === 0,
      show_as_button: mixed % 3 !== 0,
      is_signup_enabled: mixed % 11 === 0,
      connection: { name: `customer-${index}-${strategy}`, strategy },
    };
    return enabledConnection(wire);
  }).sort((left, right) => (left.connectionId < right.connectionId ? -1 : 1));
}

/** A number from 0 to 2^32 that depends on both, and looks like none (murmur3's last step). */
function scatter(left: number, right: number): number {
  let mixed = Math.imul(left + 1, 0x9e3779b1) ^ Math.imul(right + 1, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
