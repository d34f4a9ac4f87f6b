import type { JsonObject } from "../domain/json.ts";
import type { DemoActor, DemoLogs, DemoRequest } from "./logs.ts";
import type { DemoOrganization, DemoOrganizations } from "./organizations.ts";

type When = Pick<DemoRequest, "atMs" | "lateMs">;

/** Someone who changes the demo tenant: each change is made, and recorded in the logs as Auth0 does. */
export class DemoOperator {
  readonly #organizations: DemoOrganizations;
  readonly #logs: DemoLogs;
  readonly #actor: DemoActor;

  constructor(organizations: DemoOrganizations, logs: DemoLogs, actor: DemoActor) {
    [this.#organizations, this.#logs, this.#actor] = [organizations, logs, actor];
  }

  /** Each method takes when it happened, for the log, and returns the log ID. */
  enable(id: string, connection: JsonObject, when: When = {}): string {
    this.#organizations.enable(id, connection);
    const { connection: _, ...body } = connection;
    const responseBody = { ...connection };
    return this.#record({ method: "POST", path: this.#path(id), body, statusCode: 201, responseBody, ...when });
  }

  disable(id: string, connectionId: string, when: When = {}): string {
    this.#organizations.disable(id, connectionId);
    return this.#record({ method: "DELETE", path: this.#path(id, connectionId), statusCode: 204, ...when });
  }

  update(id: string, connectionId: string, properties: JsonObject, when: When = {}): string {
    this.#organizations.update(id, connectionId, properties);
    return this.#record({ method: "PATCH", path: this.#path(id, connectionId), body: properties, ...when });
  }

  rename(id: string, names: Partial<Pick<DemoOrganization, "name" | "displayName">>, when: When = {}): string {
    this.#organizations.rename(id, names);
    const { displayName, name } = names;
    const body = {
      ...(name === undefined ? {} : { name }),
      ...(displayName === undefined ? {} : { display_name: displayName }),
    };
    return this.#record({ method: "PATCH", path: `/api/v2/organizations/${id}`, body, ...when });
  }

  create(organization: DemoOrganization, when: When = {}): string {
    this.#organizations.set(organization.id, organization);
    const { connections, displayName, id, name } = organization;
    const enabled_connections = connections.map(({ connection: _, ...one }) => one);
    const body = { name, display_name: displayName, enabled_connections };
    const responseBody = { id, ...body };
    return this.#record({
      method: "POST",
      path: "/api/v2/organizations",
      body,
      statusCode: 201,
      responseBody,
      ...when,
    });
  }

  delete(id: string, when: When = {}): string {
    this.#organizations.delete(id);
    return this.#record({ method: "DELETE", path: `/api/v2/organizations/${id}`, statusCode: 204, ...when });
  }

  /** The Dashboard uses the newer endpoints. */
  #path(id: string, connectionId?: string): string {
    const family = this.#actor.kind === "dashboard" ? "connections" : "enabled_connections";
    return `/api/v2/organizations/${id}/${family}${connectionId === undefined ? "" : `/${connectionId}`}`;
  }

  #record(request: DemoRequest): string {
    return this.#logs.record(this.#actor, request);
  }
}
