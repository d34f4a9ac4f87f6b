import { audit } from "../../lambda/audit/audit.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { RunFailure } from "../../lambda/domain/errors.ts";
import type { OrganizationId, RunId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { ManifestSigner } from "../../lambda/evidence/signing/port.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { dependencies, ids, inProcessExecution, request } from "./audit-harness.ts";
import { fakeManagementApi } from "./fake-management-api.ts";

const DAY_MS = 86_400_000;
const FIRST_RUN_MS = Date.UTC(2026, 2, 3, 6);
const PART_ORGANIZATIONS = 2;

/** A tenant on one day: each Organization's connections, and who cannot be read. */
export interface Day {
  readonly connections: ReadonlyMap<OrganizationId, readonly JsonObject[]>;
  readonly unreadable?: ReadonlySet<OrganizationId>;
  /** Names of Organizations; the others have one that follows from the ID. */
  readonly names?: ReadonlyMap<OrganizationId, string>;
  /** Display names of Organizations; the others have none. */
  readonly displayNames?: ReadonlyMap<OrganizationId, string>;
  /** The tenant's list cannot be read: the whole run fails. */
  readonly fails?: boolean;
}

/**
 * Audits the days one after the other, from first step to last, from day number `first` on. The runs are named from day
 * number `named` on, which is `first` without it. Returns the IDs of the runs.
 */
export async function auditDays(
  store: EvidenceStore,
  days: readonly Day[],
  {
    first = 0,
    named = first,
    signer,
  }: { readonly first?: number; readonly named?: number; readonly signer?: ManifestSigner } = {},
): Promise<readonly RunId[]> {
  const runs: RunId[] = [];
  for (const [index, day] of days.entries()) {
    const at = FIRST_RUN_MS + (first + index) * DAY_MS;
    const clock = { now: () => at, sleep: async () => {} };
    const chunk = { ...request(0).chunk, organizations: PART_ORGANIZATIONS };
    const around = dependencies(store, apiOf(day, at), { clock, ...(signer === undefined ? {} : { signer }) });
    const outcome = await audit(request(named + index, { chunk }), around, inProcessExecution);
    if (outcome.kind !== "recorded") throw new Error(`Day ${first + index} is ${outcome.kind}.`);
    runs.push(outcome.runId);
  }
  return runs;
}

function apiOf(
  { connections, displayNames = new Map(), fails = false, names = new Map(), unreadable = new Set() }: Day,
  at: number,
): ManagementApi {
  const sorted = new Map([...connections].map(([id, wires]) => [id, wires.toSorted(byConnection)]));
  const api = fakeManagementApi(sorted, () => at);
  const failure = { code: "unavailable", httpStatus: 500, message: "Auth0 answered 500.", attempts: 5 } as const;
  return {
    ...api,
    organizations: async (from) => {
      if (fails) throw new RunFailure("organizations_unreadable", "The list of Organizations could not be read.");
      const page = await api.organizations(from);
      const named = page.organizations.map((one) => ({
        ...one,
        name: names.get(one.organizationId) ?? one.name,
        displayName: displayNames.get(one.organizationId) ?? one.displayName,
      }));
      return { ...page, organizations: named };
    },
    enabledConnections: async (id) => {
      const reading = await api.enabledConnections(id);
      return unreadable.has(id) ? { ok: false, failure, at: reading.at } : reading;
    },
  };
}

function byConnection(left: JsonObject, right: JsonObject): number {
  return String(left.connection_id) < String(right.connection_id) ? -1 : 1;
}

/** Three Organizations over three days: a connection comes, one Organization cannot be read, one is new, one goes. */
export function threeDays(): readonly Day[] {
  const [one, two, three, four] = ids("1", "2", "3", "4");
  if (one === undefined || two === undefined || three === undefined || four === undefined) throw new Error("No IDs.");
  return [
    { connections: new Map([...of([SSO], one, two, three)]) },
    { connections: new Map([...of([SSO, GOOGLE], one), ...of([SSO], two, three, four)]), unreadable: new Set([two]) },
    { connections: new Map([...of([GOOGLE], one), ...of([SSO], two, four)]) },
  ];
}

export const SSO: JsonObject = { connection_id: "con_1", connection: { name: "sso", strategy: "samlp" } };
export const GOOGLE: JsonObject = {
  connection_id: "con_2",
  assign_membership_on_login: true,
  connection: { name: "google-oauth2", strategy: "google-oauth2" },
};

function of(wires: readonly JsonObject[], ...organizations: readonly OrganizationId[]) {
  return organizations.map((id) => [id, wires] as const);
}
