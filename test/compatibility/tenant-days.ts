import { audit } from "../../lambda/audit/audit.ts";
import type { ManagementApi } from "../../lambda/auth0/port.ts";
import { RunFailure } from "../../lambda/domain/errors.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import type { Failure, FailureCode, Organization } from "../../lambda/domain/organization.ts";
import type { RunErrorCode } from "../../lambda/domain/run.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { DAY_MS, dependencies, inProcessExecution, request } from "../support/audit-harness.ts";
import { connectionId, organizationId } from "../support/builders.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { type ManualClock, manualClock } from "../support/manual-clock.ts";

const PART_ORGANIZATIONS = 4;
const REQUEST_MS = 1_000;
const RATE_LIMIT = 50;

/** What the tenant answers about one Organization. */
interface Answers {
  readonly name: string;
  readonly displayName: string | null;
  /** Sorted by ID. */
  readonly connections: readonly JsonObject[];
  /** False: the list of Organizations leaves it out, but it still exists. */
  readonly isListed?: boolean;
  /** Its enabled connections cannot be read. */
  readonly connectionsFailure?: Failure;
  /** It cannot be read by its ID; "deleted": Auth0 answers 404. */
  readonly organizationFailure?: Failure | "deleted";
}

/** The Organizations that exist, by the end of their IDs. */
type Tenant = Readonly<Record<string, Answers>>;

/** One run of the scenario. */
interface TenantDay {
  readonly tenant: Tenant;
  /** The ends of the IDs to audit; omitted: all Organizations. */
  readonly only?: readonly string[];
  /** The run was started by a person instead of a schedule. */
  readonly isUnscheduled?: boolean;
  /** Reading the list of Organizations ends the run. */
  readonly listFailure?: RunErrorCode;
  /** Reading enabled connections ends the run. */
  readonly connectionsFailure?: RunErrorCode;
}

/**
 * Audits one tenant on ten days. Everything that could differ between two machines is fixed: the time, the answers, the
 * execution's ID and the producer. The time of an answer depends only on the Organization, not on the order of requests.
 */
export async function auditTenantDays(store: EvidenceStore): Promise<void> {
  for (const [index, day] of DAYS.entries()) {
    const { scheduledAt, chunk } = request(index);
    const clock = manualClock(Date.UTC(2026, 2, 3, 6) + index * DAY_MS);
    const asked = request(index, {
      organizations: day.only?.map(organizationId) ?? "all",
      scheduledAt: day.isUnscheduled === true ? null : scheduledAt,
      producer: { name: "auth0-organization-auditor", version: "1.0.0" },
      chunk: { ...chunk, organizations: PART_ORGANIZATIONS },
    });
    const outcome = await audit(asked, dependencies(store, apiOf(day, clock), { clock }), inProcessExecution);
    if (outcome.kind !== "recorded") throw new Error(`The run of day ${index} is ${outcome.kind}.`);
  }
}

/** The Management API on one day. Each request takes a second. */
function apiOf({ connectionsFailure, listFailure, tenant }: TenantDay, clock: ManualClock): ManagementApi {
  const startMs = clock.now();
  const answers = new Map(Object.entries(tenant).map(([end, one]) => [organizationId(end), one]));
  const api = fakeManagementApi(new Map([...answers].map(([id, { connections }]) => [id, connections])), clock.now);
  const at = (id: OrganizationId) => timestamp(startMs + 100 * Number(id.slice("org_".length)));
  const named = (id: OrganizationId): readonly Organization[] => {
    const one = answers.get(id);
    return one === undefined ? [] : [{ organizationId: id, name: one.name, displayName: one.displayName }];
  };
  return {
    ...api,
    usage: () => {
      const { requests } = api.usage();
      const rateLimited = Math.floor(requests / 10);
      return {
        requests,
        rateLimited,
        retries: 2 * rateLimited,
        limit: RATE_LIMIT,
        lowestRemaining: RATE_LIMIT - requests,
      };
    },
    organizations: async (from) => {
      clock.advance(REQUEST_MS);
      const page = await api.organizations(from);
      if (listFailure !== undefined) throw new RunFailure(listFailure, "The list of Organizations could not be read.");
      const listed = page.organizations.filter(({ organizationId: id }) => answers.get(id)?.isListed !== false);
      return { ...page, organizations: listed.flatMap(({ organizationId: id }) => named(id)) };
    },
    organization: async (id) => {
      clock.advance(REQUEST_MS);
      await api.organization(id);
      const failure = answers.get(id)?.organizationFailure ?? null;
      if (failure !== null && failure !== "deleted") return { ok: false, failure, at: at(id) };
      return { ok: true, value: (failure === null ? named(id)[0] : null) ?? null, at: at(id) };
    },
    enabledConnections: async (id) => {
      clock.advance(REQUEST_MS);
      const reading = await api.enabledConnections(id);
      if (connectionsFailure !== undefined)
        throw new RunFailure(connectionsFailure, "Enabled connections could not be read.");
      const failure = answers.has(id) ? answers.get(id)?.connectionsFailure : failed("organization_not_found", 404);
      return failure === undefined ? { ...reading, at: at(id) } : { ok: false, failure, at: at(id) };
    },
  };
}

function failed(code: FailureCode, httpStatus: number | null, attempts = 1): Failure {
  return { code, httpStatus, message: `The read ended with ${code}.`, attempts };
}

/** An enabled connection as Auth0 answers it, all flags off. */
function wire(id: string, strategy: string, properties: JsonObject = {}, name = `${strategy}-${id}`): JsonObject {
  return {
    connection_id: connectionId(id),
    assign_membership_on_login: false,
    show_as_button: false,
    is_signup_enabled: false,
    connection: { name, strategy },
    ...properties,
  };
}

const SAML = wire("1", "samlp");
const GOOGLE = wire("2", "google-oauth2", { show_as_button: true });
const DATABASE = wire("3", "auth0", { is_signup_enabled: true });
/** Without what is optional. */
const BARE: JsonObject = { connection_id: connectionId("4") };
const HOSTILE = wire("5", "oidc", {}, `=HYPERLINK("https://evil.example")\r\n\u0000\u001b[31m👩‍👩‍👧‍👦\u202Efdp.exe`);
/** Properties that no version knows, in no order. */
const UNKNOWN = wire("6", "waad", {
  zone: { "10": "ten", "2": ["two", { deep: [null, true, 1e21, -0.5, "żółć\u2028"] }], empty: {} },
  organization_connection_name: null,
  ["__proto__"]: { is_signup_enabled: true },
  connection: { tags: ["b", "a"], strategy: "waad", name: "waad-6", options: { scopes: ["openid"] } },
  access_level: "limited",
});

/** The first run: everything is the baseline, and one Organization cannot be read. */
const BASELINE: Tenant = {
  "12": { name: "soylent", displayName: "Soylent", connections: [GOOGLE, DATABASE] },
  "1": { name: "acme", displayName: "Acme", connections: [SAML] },
  "2": { name: "globex", displayName: "Globex", connections: [SAML, GOOGLE] },
  "3": { name: "initech", displayName: "Initech", connections: [DATABASE] },
  "4": { name: "hostile", displayName: "<script>alert(1)</script>\u0007 \uD800 👾", connections: [HOSTILE] },
  "5": { name: "umbrella", displayName: null, connections: [SAML, UNKNOWN] },
  "6": { name: "stark", displayName: "Stark", connections: [SAML], connectionsFailure: failed("forbidden", 403) },
  "7": { name: "wayne", displayName: "Wayne", connections: [] },
  "8": { name: "hooli", displayName: "Hooli", connections: [SAML, DATABASE] },
  "9": { name: "vandelay", displayName: "Vandelay", connections: [SAML] },
  "10": { name: "cyberdyne", displayName: "Cyberdyne", connections: [BARE] },
};

const { "8": _deleted, ...REMAINING } = BASELINE;
/** Every kind of change of a whole tenant. */
const CHANGED: Tenant = {
  ...REMAINING,
  "1": { name: "acme", displayName: "Acme", connections: [SAML, { ...GOOGLE, assign_membership_on_login: true }] },
  "2": {
    name: "globex",
    displayName: "Globex",
    connections: [{ ...SAML, is_signup_enabled: true, show_as_button: true, assign_membership_on_login: true }],
  },
  "3": { name: "initech", displayName: "Initech", connections: [wire("3", "oidc", {}, "renamed")] },
  "4": {
    name: "hostile-too",
    displayName: "\uDC00 [click](javascript:alert(1)) | **bold**",
    connections: [HOSTILE, wire("7", "samlp", { assign_membership_on_login: true }, "\u001b]8;;x\u0007")],
  },
  "5": { name: "umbrella", displayName: "Umbrella", connections: [SAML, { ...UNKNOWN, access_level: "full" }] },
  "6": { name: "stark", displayName: "Stark", connections: [SAML], connectionsFailure: failed("timeout", null, 5) },
  "7": { name: "wayne", displayName: "Wayne", connections: [DATABASE] },
  "9": { name: "vandelay", displayName: "Art Vandelay", connections: [SAML], isListed: false },
  "10": { name: "cyberdyne", displayName: "Cyberdyne", connections: [] },
  "11": {
    name: "new",
    displayName: "New",
    connections: [SAML, GOOGLE],
    connectionsFailure: failed("network", null, 3),
  },
  "13": { name: "newer", displayName: null, connections: [SAML, GOOGLE] },
};

/** Each failure code; some Organizations were never read. */
const UNREADABLE: Tenant = {
  ...CHANGED,
  ...failing("1", failed("rate_limited", 429, 9)),
  ...failing("2", failed("unavailable", 503, 5)),
  ...failing("3", failed("timeout", null, 5)),
  ...failing("4", failed("malformed_response", 200, 2)),
  ...failing("5", failed("invalid_request", 400)),
  ...failing("11", failed("organization_not_found", 404)),
  "7": { name: "wayne", displayName: "Wayne", connections: [], organizationFailure: "deleted" },
  "10": { name: "cyberdyne", displayName: "Cyberdyne", connections: [BARE] },
  "13": {
    name: "newer",
    displayName: null,
    connections: [],
    isListed: false,
    organizationFailure: failed("unavailable", 500, 5),
  },
};

function failing(end: string, connectionsFailure: Failure): Tenant {
  const before = CHANGED[end];
  if (before === undefined) throw new RangeError(`There is no Organization ${end}.`);
  return { [end]: { ...before, connectionsFailure } };
}

const { "7": _gone, ...READABLE } = CHANGED;
/** What could not be read is read again: as it was, changed, for the first time, or deleted. */
const RECOVERED: Tenant = {
  ...READABLE,
  "1": { name: "acme", displayName: "Acme Inc.", connections: [SAML] },
  "2": { name: "globex", displayName: "Globex", connections: [SAML] },
  "6": { name: "stark", displayName: "Stark", connections: [SAML, DATABASE] },
  "9": { name: "vandelay", displayName: "Art Vandelay", connections: [SAML] },
  "11": { name: "new", displayName: "New", connections: [SAML, GOOGLE] },
};

/** A token for a given list may not read Organizations by their IDs. */
const LISTED: Tenant = {
  ...RECOVERED,
  "2": { name: "globex", displayName: "Globex", connections: [], organizationFailure: failed("forbidden", 403) },
};

const DAYS: readonly TenantDay[] = [
  { tenant: BASELINE },
  { tenant: CHANGED },
  { tenant: UNREADABLE },
  { tenant: RECOVERED, listFailure: "token_refused" },
  { tenant: RECOVERED },
  { tenant: RECOVERED, connectionsFailure: "insufficient_scope" },
  { tenant: LISTED, only: ["1", "2", "3", "5", "14"] },
  { tenant: LISTED, only: ["1", "2", "4", "9"] },
  { tenant: RECOVERED, isUnscheduled: true },
  { tenant: RECOVERED },
];
