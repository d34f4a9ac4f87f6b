import type { Change } from "../../domain/change.ts";

/** The recorded changes of an Organization or of one of its connections. */
interface Recorded {
  /** How often it came or went. */
  presence: number;
  /** The changed properties of each update. */
  readonly updates: (readonly string[])[];
}

/** Compares the changes that runs recorded with the net difference over the same period. */
export class NetBalance {
  readonly #recorded = new Map<string, Recorded>();
  readonly #presence = new Set<string>();
  readonly #properties = new Set<string>();
  #total = 0;

  /** A change that a run of the period recorded. */
  record(change: Change): void {
    this.#total += 1;
    const key = subject(change);
    const recorded = this.#recorded.get(key) ?? { presence: 0, updates: [] };
    this.#recorded.set(key, recorded);
    if (isUpdate(change)) recorded.updates.push(change.properties.map(({ name }) => name));
    else recorded.presence += 1;
  }

  /** A change of the net difference. */
  net(change: Change): void {
    const key = subject(change);
    if (!isUpdate(change)) this.#presence.add(key);
    for (const { name } of change.properties) this.#properties.add(property(key, name));
  }

  /** How many changes were recorded. */
  get recorded(): number {
    return this.#total;
  }

  /** How many of them the net difference does not show, because others undid them. */
  get cancelled(): number {
    let cancelled = 0;
    for (const [key, { presence, updates }] of this.#recorded) {
      cancelled += Math.max(0, presence - (this.#presence.has(key) ? 1 : 0));
      const isShownWhole = this.#presence.has(key) || this.#presence.has(organizationOf(key));
      if (!isShownWhole)
        cancelled += updates.filter((names) => !names.some((name) => this.#properties.has(property(key, name)))).length;
    }
    return cancelled;
  }
}

function isUpdate({ change }: Change): boolean {
  return change === "connection_updated" || change === "organization_renamed";
}

function subject({ connectionId, organizationId }: Change): string {
  return connectionId === null ? organizationId : `${organizationId} ${connectionId}`;
}

function organizationOf(key: string): string {
  return key.split(" ", 1)[0] ?? key;
}

function property(key: string, name: string): string {
  return `${key} ${name}`;
}
