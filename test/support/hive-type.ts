/** A column type as Athena declares it. */
export type HiveType =
  | { readonly kind: "string" | "boolean" | "int" | "bigint" }
  | { readonly kind: "array"; readonly of: HiveType }
  | { readonly kind: "struct"; readonly fields: ReadonlyMap<string, HiveType> };

/** Reads `array<struct<name:string,...>>`. Throws `SyntaxError`. */
export function parseHiveType(text: string): HiveType {
  const [type, rest] = readType(text);
  if (rest !== "") throw new SyntaxError(`${text}: ${rest} is left over.`);
  return type;
}

function readType(text: string): readonly [HiveType, string] {
  const [, name = ""] = /^([a-z]+)/.exec(text) ?? [];
  let rest = text.slice(name.length);
  switch (name) {
    case "string":
    case "boolean":
    case "int":
    case "bigint":
      return [{ kind: name }, rest];
    case "array": {
      const [of, after] = readType(taken(rest, "<"));
      return [{ kind: "array", of }, taken(after, ">")];
    }
    case "struct": {
      const fields = new Map<string, HiveType>();
      do {
        const [, field = ""] = /^[<,]([a-z0-9_]+):/.exec(rest) ?? [];
        const [type, after] = readType(rest.slice(field.length + 2));
        if (field === "" || fields.has(field)) throw new SyntaxError(`${text}: a field has no name of its own.`);
        fields.set(field, type);
        rest = after;
      } while (rest.startsWith(","));
      return [{ kind: "struct", fields }, taken(rest, ">")];
    }
    default:
      throw new SyntaxError(`${text}: there is no such type.`);
  }
}

function taken(text: string, start: string): string {
  if (!text.startsWith(start)) throw new SyntaxError(`${text}: ${start} is missing.`);
  return text.slice(start.length);
}

/**
 * What of `value` does not fit, as JSON paths with a reason; and into `seen` every path of the type that had a value. A
 * string takes any scalar, as the OpenX JSON SerDe does.
 */
export function misfits(type: HiveType, value: unknown, path: string, seen: Set<string>): readonly string[] {
  if (value === null || value === undefined) return [];
  seen.add(path);
  switch (type.kind) {
    case "string":
      return typeof value === "object" ? [`${path}: no scalar`] : [];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${path}: no boolean`];
    case "int":
    case "bigint":
      return Number.isInteger(value) ? [] : [`${path}: no integer`];
    case "array":
      return Array.isArray(value)
        ? value.flatMap((one) => misfits(type.of, one, `${path}[]`, seen))
        : [`${path}: no list`];
    case "struct": {
      if (typeof value !== "object" || Array.isArray(value)) return [`${path}: no object`];
      return Object.entries(value).flatMap(([key, one]) => {
        const field = type.fields.get(key);
        return field === undefined ? [`${path}.${key}: no column`] : misfits(field, one, `${path}.${key}`, seen);
      });
    }
    default:
      return type satisfies never;
  }
}

/** Every path of the type. */
export function pathsOf(type: HiveType, path: string): readonly string[] {
  switch (type.kind) {
    case "array":
      return [path, ...pathsOf(type.of, `${path}[]`)];
    case "struct":
      return [path, ...[...type.fields].flatMap(([key, field]) => pathsOf(field, `${path}.${key}`))];
    default:
      return [path];
  }
}
