import * as v from "valibot";
import { EvidenceError } from "../../domain/errors.ts";
import type { ObjectKey, OrganizationId, RunId, Sha256, Timestamp } from "../../domain/identifiers.ts";
import type { Json } from "../../domain/json.ts";

/** The pieces that every stored line and manifest is read with. Unknown keys are ignored: a minor version adds keys. */

export const named = <Name extends string>(pattern?: RegExp) =>
  v.pipe(
    v.string(),
    v.check((text) => pattern === undefined || pattern.test(text)),
    v.transform((text) => text as Name),
  );
export const timestampSchema = named<Timestamp>(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
export const runIdSchema = named<RunId>(/^\d{8}T\d{6}Z$/);
export const keySchema = named<ObjectKey>(/^[A-Za-z0-9=._/-]+$/);
export const sha256Schema = named<Sha256>(/^[0-9a-f]{64}$/);
export const organizationIdSchema = named<OrganizationId>();
export const textOrNull = v.nullable(v.string());
export const count = v.pipe(v.number(), v.integer(), v.minValue(0));
export const jsonSchema = v.custom<Json>(() => true);

/** Reads stored JSON by its schema. Throws `EvidenceError` (`malformed`) whose message holds `where` and the JSON path. */
export function read<Schema extends v.GenericSchema>(
  schema: Schema,
  text: string,
  where: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, json(text, where));
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]);
  throw new EvidenceError("malformed", `${where}: $${path === null ? "" : `.${path}`} is not what the format says.`);
}

/** Parses stored JSON. Throws `EvidenceError` (`malformed`). */
export function json(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvidenceError("malformed", `${where}: it is not JSON.`, { cause });
  }
}

/** `value` as a stored line, with its line feed. */
export function line(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
