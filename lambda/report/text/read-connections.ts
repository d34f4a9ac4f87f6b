import type { ConnectionId } from "../../domain/identifiers.ts";
import type { EnabledConnection } from "../../domain/organization.ts";
import { counted } from "../../domain/text.ts";
import { connectionLabel } from "./organization.ts";

type Connections = readonly EnabledConnection[];

/** All connections of a read, with their properties. `none` is said when there is none. */
export function allConnections(enabled: Connections, none: string): string {
  return enabled.length === 0 ? none : enabled.map(connectionText).join(", ");
}

/** What differs from the read before: `3 connections, enabled: github (github)`. */
export function differentConnections(before: Connections, enabled: Connections, none: string): string {
  const earlier = byId(before);
  const now = byId(enabled);
  const added = enabled.filter(({ connectionId }) => !earlier.has(connectionId));
  const removed = before.filter(({ connectionId }) => !now.has(connectionId));
  const updated = enabled.filter((connection) => {
    const old = earlier.get(connection.connectionId);
    return old !== undefined && wire(old) !== wire(connection);
  });
  const differences = [
    ...named("enabled", added.map(connectionText)),
    ...named("disabled", removed.map(connectionLabel)),
    ...named("updated", updated.map(connectionText)),
  ];
  const count = enabled.length === 0 ? none : counted(enabled.length, "connection");
  return differences.length === 0 ? `unchanged, ${count}` : `${count}; ${differences.join("; ")}`;
}

function named(verb: string, connections: readonly string[]): readonly string[] {
  return connections.length === 0 ? [] : [`${verb}: ${connections.join(", ")}`];
}

function byId(connections: Connections): ReadonlyMap<ConnectionId, EnabledConnection> {
  return new Map(connections.map((connection) => [connection.connectionId, connection]));
}

function wire(connection: EnabledConnection): string {
  return JSON.stringify(connection.wire);
}

function connectionText(connection: EnabledConnection): string {
  const properties = [
    connection.strategy ?? "unknown strategy",
    ...(connection.assignMembershipOnLogin ? ["membership on login"] : []),
    ...(connection.isSignupEnabled ? ["sign-up"] : []),
    ...(connection.showAsButton ? [] : ["no button"]),
  ];
  return `${connectionLabel(connection)} (${properties.join(", ")})`;
}
