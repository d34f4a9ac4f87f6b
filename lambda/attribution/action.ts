import type { OrganizationId } from "../domain/identifiers.ts";
import { isObject, type JsonObject } from "../domain/json.ts";
import type { Operation } from "../domain/operation.ts";

/** What a request does to one Organization, as far as its method, path and kept keys say. */
export type Action =
  /** The association is made, with these settings; absent ones have Auth0's defaults. */
  | { readonly kind: "enable"; readonly connectionId: string; readonly settings: Settings }
  /** An existing association is changed; `isEnabled` only where the request says it. */
  | {
      readonly kind: "update";
      readonly connectionId: string;
      readonly settings: Settings;
      readonly isEnabled: boolean | null;
    }
  | { readonly kind: "disable"; readonly connectionId: string; readonly isTenantWide: boolean }
  | { readonly kind: "create"; readonly connections: readonly EnabledAtCreation[] }
  | { readonly kind: "delete" }
  | {
      readonly kind: "rename";
      readonly name: string | null | undefined;
      readonly displayName: string | null | undefined;
    }
  /** The connection itself was changed, in every Organization that has it. */
  | { readonly kind: "connection_change"; readonly connectionId: string }
  /** The log names the Organization, and not what was done to its connections. */
  | { readonly kind: "hint" };

export interface Settings {
  readonly assign_membership_on_login?: boolean;
  readonly show_as_button?: boolean;
  readonly is_signup_enabled?: boolean;
}

export interface EnabledAtCreation {
  readonly connectionId: string;
  readonly settings: Settings;
}

export const SETTING_NAMES = ["assign_membership_on_login", "show_as_button", "is_signup_enabled"] as const;

/** The names of a connection's settings in an Organization, as Auth0 writes them. */
export type SettingName = (typeof SETTING_NAMES)[number];

/** Auth0's defaults for what the creation of an association leaves out. */
export const DEFAULT_SETTINGS: Readonly<Record<SettingName, boolean>> = {
  assign_membership_on_login: false,
  show_as_button: true,
  is_signup_enabled: false,
};

/** Whether Auth0 accepted the request. */
export function isSuccessful({ statusCode, type }: Operation): boolean {
  if (statusCode !== null) return statusCode >= 200 && statusCode < 300;
  return type !== "fapi" && !type.includes("fail");
}

/** What `operation` does to an Organization. */
export function actionOf(operation: Operation): Action {
  const { connectionId, method, organizationId, path, requested } = operation;
  const settings = settingsOf(requested);
  if (operation.type !== "sapi" && operation.type !== "fapi") return { kind: "hint" };
  if (path.includes("/self-service-profiles/")) return { kind: "hint" };
  if (/^(?:\/api)?\/v2\/organizations\/?$/.test(path)) return { kind: "create", connections: connectionsOf(requested) };
  if (/^(?:\/api)?\/v2\/connections\/[^/]+\/?$/.test(path)) {
    if (connectionId === null) return { kind: "hint" };
    return method === "DELETE"
      ? { kind: "disable", connectionId, isTenantWide: true }
      : { kind: "connection_change", connectionId };
  }
  if (/^(?:\/api)?\/v2\/organizations\/[^/]+\/?$/.test(path)) {
    if (method === "DELETE") return { kind: "delete" };
    return { kind: "rename", name: textOf(requested.name), displayName: textOf(requested.display_name) };
  }
  if (connectionId === null || organizationId === null) return { kind: "hint" };
  const isEnabled = typeof requested.is_enabled === "boolean" ? requested.is_enabled : null;
  if (method === "DELETE") return { kind: "disable", connectionId, isTenantWide: false };
  if (method !== "POST") return { kind: "update", connectionId, settings, isEnabled };
  return isEnabled === false
    ? { kind: "update", connectionId, settings, isEnabled }
    : { kind: "enable", connectionId, settings };
}

/** Whether `operation` is about the Organization, or about a connection of the whole tenant. */
export function concerns(operation: Operation, organizationId: OrganizationId): boolean {
  return operation.organizationId === null
    ? operation.connectionId !== null
    : operation.organizationId === organizationId;
}

function settingsOf(requested: JsonObject): Settings {
  return Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const value = requested[name];
      return typeof value === "boolean" ? [[name, value]] : [];
    }),
  );
}

function connectionsOf({ enabled_connections: list }: JsonObject): readonly EnabledAtCreation[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((one) =>
    isObject(one) && typeof one.connection_id === "string"
      ? [{ connectionId: one.connection_id, settings: settingsOf(one) }]
      : [],
  );
}

function textOf(value: unknown): string | null | undefined {
  return typeof value === "string" || value === null ? value : undefined;
}
