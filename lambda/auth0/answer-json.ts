import { isObject, type Json } from "../domain/json.ts";

/** The answers of the API nest 3 levels; what follows recurses, and so do the readers of evidence. */
const DEEPEST_NESTING = 64;

/** `broken`: not UTF-8, or not JSON. */
export type ReadJson =
  | { readonly kind: "json"; readonly json: Json }
  | { readonly kind: "broken" }
  | { readonly kind: "too_deep" };

/**
 * Parses the body of an answer. `hide` is applied to every string and key after parsing: a secret that the tenant sends
 * with escapes (`\u0065`) is found as well.
 */
export function readJson(body: Uint8Array, hide: (text: string) => string): ReadJson {
  let parsed: Json;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return { kind: "broken" };
  }
  return isTooDeep(parsed) ? { kind: "too_deep" } : { kind: "json", json: hidden(parsed, hide) };
}

/** Level by level, without recursion. */
function isTooDeep(json: Json): boolean {
  let level: readonly Json[] = [json];
  for (let depth = 0; depth <= DEEPEST_NESTING; depth += 1) {
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
    if (level.length === 0) return false;
  }
  return true;
}

function hidden(json: Json, hide: (text: string) => string): Json {
  if (typeof json === "string") return hide(json);
  if (Array.isArray(json)) return json.map((item) => hidden(item, hide));
  if (!isObject(json)) return json;
  // From entries: an assignment to `__proto__` would change the object instead of adding the key.
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [hide(key), hidden(value, hide)]));
}
