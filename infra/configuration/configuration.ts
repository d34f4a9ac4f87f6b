import type { Node } from "constructs";
import * as v from "valibot";
import {
  CONTEXT_KEYS,
  type Configuration,
  isKnownContextKey,
  jsonText,
  SHARED_KEYS,
  sharedSchema,
  TENANT_KEYS,
  type TenantConfiguration,
  tenantSchema,
} from "./schema.ts";

export type { Configuration, TenantConfiguration } from "./schema.ts";

const MOST_TENANTS = 20;
/** CloudFormation limits a stack to 500 resources: what tenants share, and what each of them needs. */
const MOST_RESOURCES = 500;
const RESOURCES = { shared: 40, tenant: 23, updates: 2, pseudonyms: 1 } as const;

/** A context value is wrong. The message is one line that names the key and says what is allowed. */
export class ContextError extends Error {
  override readonly name = "ContextError";
}

/**
 * Reads and checks the context: `tenants`, or the keys of one tenant at the top level (`domain`, `organizations`, ...),
 * and the keys that all tenants share. Throws `ContextError`.
 */
export function readConfiguration(node: Node): Configuration {
  refuseUnknownKeys(node);
  const shared = check(sharedSchema, given(node, SHARED_KEYS), "");
  const complete = tenants(node).map((tenant) => withShared(tenant, shared));
  refuseTooMany(complete);
  return { ...shared, tenants: complete };
}

function refuseTooMany(tenants: readonly TenantConfiguration[]): void {
  const needed = tenants.map(
    ({ attribution, updates }) =>
      RESOURCES.tenant +
      (updates === null ? 0 : RESOURCES.updates) +
      (attribution === "pseudonyms" ? RESOURCES.pseudonyms : 0),
  );
  const total = needed.reduce((sum, one) => sum + one, RESOURCES.shared);
  if (total > MOST_RESOURCES)
    throw new ContextError(
      `tenants: ${tenants.length} tenants with these updates and attribution need ${total} resources, and a stack holds at most ${MOST_RESOURCES}; move some tenants to a second stack with its own stackName.`,
    );
}

/** What a tenant does not say, all tenants have. */
function withShared(
  tenant: v.InferOutput<typeof tenantSchema>,
  shared: v.InferOutput<typeof sharedSchema>,
): TenantConfiguration {
  const { attribution = shared.attribution ?? "full", policy = shared.policy, updates = shared.updates } = tenant;
  return { ...tenant, attribution, policy, updates: updates ?? null };
}

function tenants(node: Node): readonly v.InferOutput<typeof tenantSchema>[] {
  const listed: unknown = node.tryGetContext("tenants");
  const single = given(node, TENANT_KEYS);
  const beside = Object.keys(single).filter((key) => !SHARED_KEYS.includes(key));
  if (listed === undefined || listed === null) return [check(tenantSchema, single, "")];
  if (beside.length > 0)
    throw new ContextError(
      `tenants: it cannot be combined with ${beside.join(", ")}; set these keys in each tenant, and remove them from cdk.json and -c.`,
    );
  const list = typeof listed === "string" ? jsonText(listed) : listed;
  if (!Array.isArray(list) || list.length === 0)
    throw new ContextError(`tenants: ${shown(listed)}: it must be a list of one or more tenants, [{ "domain": ... }].`);
  if (list.length > MOST_TENANTS)
    throw new ContextError(
      `tenants: ${list.length} tenants are listed, and a stack holds at most ${MOST_TENANTS}; move the others to a second stack with its own stackName.`,
    );
  const checked = list.map((tenant: unknown, index) => check(tenantSchema, tenant, `tenants[${index}]`));
  checked.forEach(({ tenant }, index) => {
    const first = checked.findIndex((other) => other.tenant === tenant);
    if (first < index)
      throw new ContextError(
        `tenants[${index}].domain: ${shown(tenant)}: tenants[${first}] has the same domain; list each tenant once.`,
      );
  });
  return checked;
}

/** The given keys that have a value. */
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

/** Without this check, a misspelled key has no effect and no message. */
function refuseUnknownKeys(node: Node): void {
  for (const key of Object.keys(node.getAllContext()))
    if (/^[A-Za-z]+$/.test(key) && !isKnownContextKey(key))
      throw new ContextError(`${key}: unknown key; the keys are ${CONTEXT_KEYS.join(", ")}.`);
}

const LONGEST_SHOWN_CHARACTERS = 80;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > LONGEST_SHOWN_CHARACTERS ? `${text.slice(0, LONGEST_SHOWN_CHARACTERS)}…` : text;
}
