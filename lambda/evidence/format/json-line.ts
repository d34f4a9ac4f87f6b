import * as v from "valibot";
import { EvidenceError } from "../../domain/errors.ts";
import type { Shape } from "./shape.ts";

/** A stored line or object, with its line feed. */
export function encodeLine<Model>(shape: Shape<Model>, model: Model): string {
  return `${JSON.stringify(shape.encode(model))}\n`;
}

/**
 * Reads a stored line or object. Throws `EvidenceError` (`malformed`) whose message has `where` and the JSON path.
 */
export function decodeLine<Model>(shape: Pick<Shape<Model>, "schema">, text: string, where: string): Model {
  const result = v.safeParse(shape.schema, parseJson(text, where));
  if (result.success) return result.output;
  const path = v.getDotPath(result.issues[0]);
  throw new EvidenceError(
    "malformed",
    `${where}: $${path === null ? "" : `.${path}`} does not match the evidence format.`,
  );
}

/** Throws `EvidenceError` (`malformed`). */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvidenceError("malformed", `${where}: it is not JSON.`, { cause });
  }
}
