import type { Change, PropertyChange } from "../domain/change.ts";
import type { Operation } from "../domain/operation.ts";
import { type Action, actionOf, DEFAULT_SETTINGS, type Settings } from "./action.ts";

/**
 * How an operation relates to a change. `exact`: it asked for what is there now. `partial`: for a part of it.
 * `settings`: it changed how a connection is enabled, which another one enabled. `possible`: it names the Organization, and
 * may have done it. `tenant_wide`: it was made to the connection itself. `contrary`: it asked for something else.
 */
export type Fit = "exact" | "partial" | "settings" | "possible" | "tenant_wide" | "contrary" | "unrelated";

/** How a successful operation on the change's Organization, or on a connection of the whole tenant, relates to the change. */
export function fitOf(change: Change, operation: Operation): Fit {
  const action = actionOf(operation);
  switch (change.change) {
    case "connection_enabled":
      return fitOfEnabled(String(change.connectionId), action);
    case "connection_disabled":
      return fitOfDisabled(String(change.connectionId), action);
    case "connection_updated":
      return fitOfUpdated(String(change.connectionId), change.properties, action);
    case "organization_created":
      return action.kind === "create" ? "exact" : "unrelated";
    case "organization_deleted":
      return action.kind === "delete" ? "exact" : "unrelated";
    case "organization_renamed":
      return fitOfRenamed(change.properties, action);
    default:
      // The list of the audit changed, and nothing in the tenant.
      return "unrelated";
  }
}

function fitOfEnabled(connectionId: string, action: Action): Fit {
  switch (action.kind) {
    case "hint":
      return "possible";
    case "create":
      return action.connections.some((one) => one.connectionId === connectionId) ? "exact" : "unrelated";
    case "enable":
      return action.connectionId === connectionId ? "exact" : "unrelated";
    case "update":
      if (action.connectionId !== connectionId) return "unrelated";
      if (action.isEnabled !== null) return action.isEnabled ? "exact" : "contrary";
      return Object.keys(action.settings).length > 0 ? "settings" : "unrelated";
    case "disable":
      return action.connectionId === connectionId ? "contrary" : "unrelated";
    default:
      return "unrelated";
  }
}

function fitOfDisabled(connectionId: string, action: Action): Fit {
  switch (action.kind) {
    case "hint":
    case "delete":
      return "possible";
    case "disable":
      if (action.connectionId !== connectionId) return "unrelated";
      return action.isTenantWide ? "tenant_wide" : "exact";
    case "update":
      if (action.connectionId !== connectionId || action.isEnabled === null) return "unrelated";
      return action.isEnabled ? "contrary" : "exact";
    case "enable":
      return action.connectionId === connectionId ? "contrary" : "unrelated";
    default:
      return "unrelated";
  }
}

function fitOfUpdated(connectionId: string, properties: readonly PropertyChange[], action: Action): Fit {
  switch (action.kind) {
    case "hint":
      return "possible";
    case "connection_change":
      // Its name and its strategy are the connection's own, not the Organization's.
      return action.connectionId === connectionId && properties.some(isOfConnection) ? "tenant_wide" : "unrelated";
    case "disable":
      return action.connectionId === connectionId ? "contrary" : "unrelated";
    case "enable":
      // What a new association leaves out is asked for as well: it has Auth0's defaults.
      return action.connectionId === connectionId
        ? fitOfSettings(properties, { ...DEFAULT_SETTINGS, ...action.settings })
        : "unrelated";
    case "update": {
      if (action.connectionId !== connectionId) return "unrelated";
      if (action.isEnabled === false) return "contrary";
      const fit = fitOfSettings(properties, action.settings);
      // A connection that is enabled again has the settings that it was left with.
      return fit === "unrelated" && action.isEnabled === true ? "partial" : fit;
    }
    default:
      return "unrelated";
  }
}

function fitOfSettings(properties: readonly PropertyChange[], settings: Settings): Fit {
  return fitOfValues(properties.map(({ name, updatedValue }) => [settingOf(settings, name), updatedValue]));
}

function fitOfRenamed(properties: readonly PropertyChange[], action: Action): Fit {
  if (action.kind !== "rename") return "unrelated";
  const asked = (name: string) => (name === "name" ? action.name : action.displayName);
  return fitOfValues(properties.map(({ name, updatedValue }) => [asked(name), updatedValue]));
}

/** Pairs of what was asked for (undefined: nothing) and what is there now. */
function fitOfValues(values: readonly (readonly [asked: unknown, now: unknown])[]): Fit {
  if (values.some(([asked, now]) => asked !== undefined && asked !== now)) return "contrary";
  const fitting = values.filter(([asked]) => asked !== undefined);
  if (fitting.length === 0) return "unrelated";
  return fitting.length === values.length ? "exact" : "partial";
}

function isOfConnection({ name }: PropertyChange): boolean {
  return name.startsWith("connection.");
}

function settingOf(settings: Settings, name: string): boolean | undefined {
  switch (name) {
    case "assign_membership_on_login":
    case "show_as_button":
    case "is_signup_enabled":
      return settings[name];
    default:
      return undefined;
  }
}
