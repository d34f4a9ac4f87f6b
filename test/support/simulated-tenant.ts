import type { ManagementApi, TenantEvents } from "../../lambda/auth0/port.ts";
import { DemoLogs } from "../../lambda/demo/logs.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../lambda/domain/json.ts";
import { timestamp } from "../../lambda/domain/time.ts";
import { ids } from "./audit-harness.ts";
import { ALICE, demoLogsApi } from "./demo-logs.ts";
import { fakeManagementApi } from "./fake-management-api.ts";
import { seeded } from "./virtual-tenant.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Nothing else happens to an Organization so long before it is deleted, and to a connection before it is disabled. */
const QUIET_MS = 3 * DAY_MS;

export interface SimulatedTenantOptions {
  readonly organizations: number;
  readonly days: number;
  readonly changesPerDay: number;
  readonly startMs: number;
  readonly seed: number;
  /** The share of its hints that each source loses. */
  readonly lost: number;
  readonly sources: readonly ("logs" | "events")[];
  /** How long a read of the tenant takes, the waits for its rate limit included. */
  readonly readMs: number;
  /** Whether Organizations are neither created nor deleted. Default: they are. */
  readonly onlyConnections?: boolean;
}

interface Planned {
  readonly atMs: number;
  readonly make: () => void;
}

/**
 * A tenant in memory, in which changes happen as time passes, whoever reads it meanwhile. No change undoes another one
 * within days, so each of them must be told. Its hints are lost, late, duplicated and in no order.
 */
export class SimulatedTenant {
  nowMs: number;
  readonly organizations = new Map<OrganizationId, readonly JsonObject[]>();
  /** Every true change, as `told` shows it, and when it was made. */
  readonly truth = new Map<string, number>();
  /** How many requests were made for Organizations, and for hints. */
  readonly requests = { organizations: 0, hints: 0 };
  readonly #states = new Map<OrganizationId, { readonly atMs: number; readonly state: string }[]>();
  readonly #lastChange = new Map<OrganizationId, number>();
  readonly #extra: { readonly id: OrganizationId; readonly connectionId: string; readonly atMs: number }[] = [];
  readonly #logs: DemoLogs;
  readonly #events: { readonly atMs: number; readonly type: string; readonly object: JsonObject }[] = [];
  readonly #options: SimulatedTenantOptions;
  readonly #random: () => number;
  readonly #planned: Planned[] = [];
  #count = 0;

  constructor(options: SimulatedTenantOptions) {
    const { changesPerDay, days, organizations, seed, startMs } = options;
    [this.#options, this.#random, this.nowMs] = [options, seeded(seed), startMs];
    this.#logs = new DemoLogs({ now: () => this.nowMs });
    // Without an older entry, nothing shows that none has expired.
    this.#logs.add({ type: "seccft" }, startMs - DAY_MS);
    for (let number = 1; number <= organizations; number += 1) this.#set(idOf(number), [this.#connection()]);
    const changes = Math.round(changesPerDay * days);
    for (let index = 0; index < changes; index += 1)
      this.#planned.push({ atMs: startMs + this.#random() * days * DAY_MS, make: () => this.#change() });
    this.#planned.sort((one, other) => one.atMs - other.atMs);
  }

  /** Time passes. */
  passUntil(atMs: number): void {
    for (let next = this.#planned[0]; next !== undefined && next.atMs <= atMs; next = this.#planned[0]) {
      this.#planned.shift();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.make();
    }
    this.nowMs = Math.max(this.nowMs, atMs);
  }

  /** What an Organization had at a moment, as text; undefined when it did not exist. */
  truthAt(id: OrganizationId, atMs: number): string | undefined {
    return this.#states.get(id)?.findLast((one) => one.atMs <= atMs)?.state;
  }

  api(): ManagementApi {
    const api = fakeManagementApi(this.organizations, () => this.nowMs);
    const passing = async <Answer>(kind: "organizations" | "hints", read: () => Promise<Answer>): Promise<Answer> => {
      this.requests[kind] += 1;
      this.passUntil(this.nowMs + this.#options.readMs);
      return read();
    };
    const logs = demoLogsApi(this.#logs);
    return {
      ...api,
      organizations: (from) => passing("organizations", () => api.organizations(from)),
      organization: (id) => passing("organizations", () => api.organization(id)),
      enabledConnections: (id) => passing("organizations", () => api.enabledConnections(id)),
      logs: (query) =>
        this.#options.sources.includes("logs") ? passing("hints", () => logs.logs(query)) : api.logs(query),
    };
  }

  /** Undefined when the tenant is simulated without events. */
  events(): TenantEvents | undefined {
    if (!this.#options.sources.includes("events")) return undefined;
    return {
      read: async (start, _types, onEvent) => {
        this.requests.hints += 1;
        const from = start.timestamp === null ? this.nowMs : Date.parse(start.timestamp);
        const first = this.#events.findIndex(({ atMs }) => atMs >= from);
        const place = start.offset === null ? (first === -1 ? this.#events.length : first) : Number(start.offset);
        const batch = this.#events.slice(place).flatMap((event) => (this.#random() < 0.2 ? [event, event] : [event]));
        for (const event of batch.toSorted(() => this.#random() - 0.5)) onEvent(event);
        const done = { gap: null, because: null, requests: 1, isCaughtUp: true };
        return { ok: true, offset: String(this.#events.length), startedAt: timestamp(this.nowMs), ...done };
      },
    };
  }

  #change(): void {
    const kind = this.#options.onlyConnections === true ? 1 : this.#random();
    if (kind < 0.1) return this.#create();
    if (kind < 0.2) return this.#delete();
    if (kind < 0.4) return this.#disable();
    this.#enable();
  }

  #enable(): void {
    const id = this.#any();
    if (id === undefined) return;
    const connection = this.#connection();
    const connectionId = String(connection.connection_id);
    this.#set(id, [...(this.organizations.get(id) ?? []), connection]);
    this.#extra.push({ id, connectionId, atMs: this.nowMs });
    this.#tell("connection_enabled", id, connectionId);
    const path = `/api/v2/organizations/${id}/enabled_connections`;
    const { connection: _, ...body } = connection;
    this.#hint("organization.connection.added", association(id, connectionId), { method: "POST", path, body });
  }

  #disable(): void {
    const index = this.#extra.findIndex(({ atMs, id }) => atMs < this.nowMs - QUIET_MS && this.organizations.has(id));
    const [found] = index === -1 ? [] : this.#extra.splice(index, 1);
    if (found === undefined) return;
    const { connectionId, id } = found;
    this.#set(
      id,
      (this.organizations.get(id) ?? []).filter((one) => one.connection_id !== connectionId),
    );
    this.#tell("connection_disabled", id, connectionId);
    const path = `/api/v2/organizations/${id}/enabled_connections/${connectionId}`;
    this.#hint("organization.connection.removed", association(id, connectionId), { method: "DELETE", path });
  }

  #create(): void {
    const id = idOf(this.#options.organizations + 1 + this.#count);
    const connection = this.#connection();
    this.#set(id, [connection]);
    this.#tell("organization_created", id);
    this.#tell("connection_enabled", id, String(connection.connection_id));
    const request = {
      method: "POST" as const,
      path: "/api/v2/organizations",
      body: { name: "a" },
      responseBody: { id },
    };
    this.#hint("organization.created", { id }, request);
  }

  #delete(): void {
    const id = this.#any();
    if (id === undefined || (this.#lastChange.get(id) ?? 0) > this.nowMs - QUIET_MS) return;
    for (const { connection_id } of this.organizations.get(id) ?? [])
      this.#tell("connection_disabled", id, String(connection_id));
    this.#tell("organization_deleted", id);
    this.organizations.delete(id);
    this.#hint("organization.deleted", { id }, { method: "DELETE", path: `/api/v2/organizations/${id}` });
  }

  #any(): OrganizationId | undefined {
    const all = [...this.organizations.keys()];
    return all[Math.floor(this.#random() * all.length)];
  }

  #connection(): JsonObject {
    this.#count += 1;
    const id = `con_${String(this.#count).padStart(16, "0")}`;
    return { connection_id: id, connection: { name: `c-${this.#count}`, strategy: "okta" } };
  }

  #set(id: OrganizationId, connections: readonly JsonObject[]): void {
    this.organizations.set(id, connections);
    const states = this.#states.get(id) ?? [];
    this.#states.set(id, states);
    states.push({ atMs: this.nowMs, state: stateText(connections.map((one) => String(one.connection_id))) });
    this.#lastChange.set(id, this.nowMs);
  }

  #tell(change: string, id: OrganizationId, connectionId: string | null = null): void {
    this.truth.set(changeText(change, id, connectionId), this.nowMs);
  }

  #hint(type: string, object: JsonObject, request: Parameters<DemoLogs["record"]>[1]): void {
    const { lost } = this.#options;
    const lateMs = this.#random() < 0.2 ? this.#random() * 8 * MINUTE_MS : 0;
    if (this.#random() >= lost) this.#logs.record(ALICE, { ...request, lateMs });
    if (this.#random() >= lost) this.#events.push({ atMs: this.nowMs, type, object });
  }
}

/** A change in one text: `connection_enabled org_... con_...`. */
export function changeText(change: string, id: string, connectionId: string | null): string {
  return `${change} ${id} ${connectionId ?? "-"}`;
}

/** The enabled connections of an Organization in one text. */
export function stateText(connectionIds: readonly string[]): string {
  return connectionIds.toSorted().join(" ");
}

function association(id: string, connectionId: string): JsonObject {
  return { organization: { id }, connection: { id: connectionId } };
}

function idOf(number: number): OrganizationId {
  const [id] = ids(String(number));
  if (id === undefined) throw new RangeError("There is no such Organization.");
  return id;
}
