import type { Node } from "constructs";
import * as v from "valibot";
import {
  CONTEXT_KEYS,
  type Configuration,
  isKnownContextKey,
  jsonText,
  sharedSchema,
  TENANT_KEYS,
  type TenantConfiguration,
  tenantSchema,
} from "./schema.ts";

export type { Configuration, TenantConfiguration } from "./schema.ts";

/** A context value is wrong. The message is one line that names the key and says what is allowed. */
export class ContextError extends Error {
  override readonly name = "ContextError";
}

/**
 * Reads and checks the context: `tenants`, or the keys of one tenant in the open (`domain`, `organizations`, ...), and
 * what all tenants share. Throws `ContextError`.
 */
export function readConfiguration(node: Node): Configuration {
  refuseMisspelt(node);
  const shared = check(sharedSchema, given(node, Object.keys(sharedSchema.entries)), "");
  return { ...shared, tenants: tenants(node) };
}

function tenants(node: Node): readonly TenantConfiguration[] {
  const listed: unknown = node.tryGetContext("tenants");
  const single = given(node, TENANT_KEYS);
  const beside = Object.keys(single);
  if (listed === undefined || listed === null) return [check(tenantSchema, single, "")];
  if (beside.length > 0)
    throw new ContextError(
      `tenants: it stands beside ${beside.join(", ")}; give each tenant's keys in tenants, and take ${beside.length === 1 ? "it" : "them"} out of cdk.json and -c.`,
    );
  const list = typeof listed === "string" ? jsonText(listed) : listed;
  if (!Array.isArray(list) || list.length === 0)
    throw new ContextError(`tenants: ${shown(listed)}: it must be a list of one or more tenants, [{ "domain": ... }].`);
  const checked = list.map((tenant: unknown, index) => check(tenantSchema, tenant, `tenants[${index}]`));
  checked.forEach(({ tenant }, index) => {
    const first = checked.findIndex((other) => other.tenant === tenant);
    if (first < index)
      throw new ContextError(
        `tenants[${index}].domain: ${shown(tenant)}: tenants[${first}] has it already; name each tenant once.`,
      );
  });
  return checked;
}

/** The keys that have a value. */
function given(node: Node, keys: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    keys
      .map((key) => [key, node.tryGetContext(key)] as const)
      .filter(([, value]) => value !== undefined && value !== null),
  );
}

function check<Schema extends v.GenericSchema>(schema: Schema, input: unknown, where: string): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue);
  const key = [where, path].filter(Boolean).join(".");
  const value = issue.received === "undefined" ? "it is missing" : shown(issue.input);
  throw new ContextError(`${key || "context"}: ${value}: ${issue.message}.`);
}

/** A misspelt key would be a setting that silently does nothing. */
function refuseMisspelt(node: Node): void {
  for (const key of Object.keys(node.getAllContext()))
    if (/^[A-Za-z]+$/.test(key) && !isKnownContextKey(key))
      throw new ContextError(`${key}: there is no such key; the keys are ${CONTEXT_KEYS.join(", ")}.`);
}

const LONGEST_SHOWN_CHARACTERS = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN_CHARACTERS ? `${text.slice(0, LONGEST_SHOWN_CHARACTERS)}…` : text;
}
