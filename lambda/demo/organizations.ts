import type { JsonObject } from "../domain/json.ts";

/** An Organization of the demo tenant. */
export interface DemoOrganization {
  id: string;
  name: string;
  displayName: string;
  /** Its enabled connections as the API answers them. */
  connections: JsonObject[];
}

/** The tenant's Organizations by ID, in the order of their creation, and the changes that can be made to them. */
export class DemoOrganizations extends Map<string, DemoOrganization> {
  /** The place of each in the order of creation, from 1: where a walk continues, even when others were deleted. */
  readonly #places = new Map<string, number>();
  #created = 0;
  #inOrder: DemoOrganization[] | null = null;
  /** Is called with the type and the object of the event that Auth0 emits for a change; null: no one listens. */
  onChange: ((type: string, object: JsonObject) => void) | null = null;

  static of(organizations: Iterable<DemoOrganization>): DemoOrganizations {
    const all = new DemoOrganizations();
    for (const one of organizations) all.set(one.id, one);
    return all;
  }

  override set(id: string, organization: DemoOrganization): this {
    if (!this.has(id)) {
      this.#created += 1;
      this.#places.set(id, this.#created);
    }
    this.#inOrder = null;
    const type = this.has(id) ? "organization.updated" : "organization.created";
    super.set(id, organization);
    this.onChange?.(type, identified(organization));
    return this;
  }

  override delete(id: string): boolean {
    this.#inOrder = null;
    const organization = this.get(id);
    if (organization !== undefined) this.onChange?.("organization.deleted", identified(organization));
    return super.delete(id);
  }

  override clear(): void {
    this.#inOrder = null;
    super.clear();
  }

  /** All of them in the order of creation; cached for many pages. */
  inOrder(): readonly DemoOrganization[] {
    this.#inOrder ??= [...this.values()];
    return this.#inOrder;
  }

  /** Up to `take` that were created after place `from`, and the place where the next page starts; null at the end. */
  page(from: number, take: number) {
    const all = this.inOrder();
    const place = (index: number) => this.#places.get(all[index]?.id ?? "") ?? 0;
    // No more than `from` were created up to that place; some of them may be deleted.
    let start = Math.min(from, all.length);
    while (start > 0 && place(start - 1) > from) start -= 1;
    const organizations = all.slice(start, start + take);
    const end = start + organizations.length;
    return { organizations, next: end < all.length ? place(end - 1) : null };
  }

  /** Throws `RangeError` when there is no such Organization, as do the methods below. */
  at(id: string): DemoOrganization {
    const organization = this.get(id);
    if (organization === undefined) throw new RangeError(`The tenant has no Organization ${id}.`);
    return organization;
  }

  rename(id: string, names: Partial<Pick<DemoOrganization, "name" | "displayName">>): void {
    const organization = Object.assign(this.at(id), names);
    this.onChange?.("organization.updated", identified(organization));
  }

  enable(id: string, connection: JsonObject): void {
    const organization = this.at(id);
    organization.connections.push(connection);
    this.onChange?.("organization.connection.added", association(organization, connection));
  }

  disable(id: string, connectionId: string): void {
    const organization = this.at(id);
    organization.connections = organization.connections.filter(({ connection_id: one }) => one !== connectionId);
    this.onChange?.("organization.connection.removed", association(organization, { connection_id: connectionId }));
  }

  update(id: string, connectionId: string, properties: JsonObject): void {
    const organization = this.at(id);
    organization.connections = organization.connections.map((one) =>
      one.connection_id === connectionId ? { ...one, ...properties } : one,
    );
    const updated = { connection_id: connectionId, ...properties };
    this.onChange?.("organization.connection.updated", association(organization, updated));
  }

  /** Deletes a connection in the whole tenant: no Organization has it any more, and only the deletion is an event. */
  deleteConnection(connectionId: string): void {
    for (const organization of this.values())
      organization.connections = organization.connections.filter(({ connection_id: one }) => one !== connectionId);
    this.onChange?.("connection.deleted", { id: connectionId });
  }
}

function identified({ id, name, displayName }: DemoOrganization): JsonObject {
  return { id, name, display_name: displayName };
}

function association(
  { id, name }: DemoOrganization,
  { connection_id, connection: _, ...flags }: JsonObject,
): JsonObject {
  return { organization: { id, name }, connection: { id: connection_id ?? null }, ...flags };
}
