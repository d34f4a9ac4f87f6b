import * as v from "valibot";
import { isObject } from "../../domain/json.ts";

/**
 * Each stored object is described once, by a shape: its encoder, decoder, TypeScript type and Athena columns follow from
 * it. Stored keys are in snake_case and in the order of the description; the model has the same names in camelCase. A
 * decoder ignores keys that it does not know, because a minor version of the format may add some.
 */
export interface Shape<Model> {
  /** Checks a stored value and returns it as the model has it. */
  readonly schema: v.GenericSchema<unknown, Model>;
  /** The value to store; undefined leaves the key out of its object. */
  readonly encode: (value: Model) => unknown;
  /** The type in Athena. */
  readonly column: string;
}

/** A shape whose keys can be the columns of a table. */
export interface ObjectShape<Model> extends Shape<Model> {
  readonly columns: Readonly<Record<string, string>>;
}

/** A key that is written with a fixed value and not read; the model does not have it. */
interface Fixed {
  readonly fixed: unknown;
  readonly column: string;
}

/** A shape of any model. */
interface AnyShape {
  readonly schema: v.GenericSchema<unknown, unknown>;
  readonly encode: (value: never) => unknown;
  readonly column: string;
}

/** The keys of a stored object, in their order. */
type Fields = Readonly<Record<string, AnyShape | Fixed>>;

/** The TypeScript type that a shape describes. */
export type ModelOf<Described> = Described extends Shape<infer Model> ? Model : never;

type CamelCase<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name;
type ObjectModel<Described extends Fields> = {
  readonly [Name in keyof Described as Described[Name] extends Fixed ? never : CamelCase<Name>]: ModelOf<
    Described[Name]
  >;
};

function asStored<Value>(value: Value): Value {
  return value;
}

/** A value that the model has as it is stored. */
export function scalar<Model>(schema: v.GenericSchema<unknown, Model>, column: string): Shape<Model> {
  return { schema, encode: asStored, column };
}

/** Text with a type of its own. `pattern` is what it must look like. */
export function named<Name extends string>(pattern?: RegExp): Shape<Name> {
  const looksRight = v.check((value: string) => pattern === undefined || pattern.test(value));
  return scalar(
    v.pipe(
      v.string(),
      looksRight,
      v.transform((value) => value as Name),
    ),
    "string",
  );
}

export function oneOf<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return scalar(v.picklist(words), "string");
}

export function nullable<Model>({ schema, encode, column }: Shape<Model>): Shape<Model | null> {
  return {
    schema: v.nullable(schema),
    encode: encode === asStored ? asStored : (value) => (value === null ? null : encode(value)),
    column,
  };
}

export function list<Model>({ schema, encode, column }: Shape<Model>): Shape<readonly Model[]> {
  return {
    schema: v.array(schema),
    encode: encode === asStored ? asStored : (values) => values.map(encode),
    column: `array<${column}>`,
  };
}

/** A key that earlier minor versions of the format lack; absent, it means `fallback`. */
export function added<Model>({ schema, encode, column }: Shape<Model>, fallback: Model): Shape<Model> {
  return { schema: v.optional(schema, () => encode(fallback)), encode, column };
}

/** A key that is left out where the model has null. */
export function omittable<Model>({ schema, encode, column }: Shape<Model>): Shape<Model | null> {
  return {
    schema: v.optional(v.nullable(schema), null),
    encode: (value) => (value === null ? undefined : encode(value)),
    column,
  };
}

/** A key that is always written with `value`. */
export function always<Model>({ encode, column }: Shape<Model>, value: Model): Fixed {
  return { fixed: encode(value), column };
}

/** A shape whose model differs from what is stored by more than names. */
export function mapped<Stored, Model>(
  { schema, encode, column }: Shape<Stored>,
  fromStored: (stored: Stored) => Model,
  toStored: (model: Model) => Stored,
): Shape<Model> {
  return { schema: v.pipe(schema, v.transform(fromStored)), encode: (model) => encode(toStored(model)), column };
}

/** A number for each name. */
export function counts<const Name extends string>(
  names: readonly Name[],
  { schema, column }: Shape<number>,
): Shape<Readonly<Record<Name, number>>> {
  return {
    schema: v.object(v.entriesFromList(names, schema)),
    encode: (numbers) => Object.fromEntries(names.map((name) => [name, numbers[name]])),
    column: struct(Object.fromEntries(names.map((name) => [name, column]))),
  };
}

export function object<const Described extends Fields>(fields: Described): ObjectShape<ObjectModel<Described>> {
  const keys = Object.entries(fields).map(([name, field]) => ({ name, key: camelCase(name), field }));
  const read = keys.flatMap(({ name, key, field }) => ("fixed" in field ? [] : [{ name, key, ...field }]));
  const columns = Object.fromEntries(keys.map(({ name, field }) => [name, field.column]));
  return {
    schema: v.pipe(
      v.object(Object.fromEntries(read.map(({ name, schema }) => [name, schema]))),
      v.transform((stored) => {
        const model: Record<string, unknown> = {};
        for (const { name, key } of read) model[key] = stored[name];
        return model as ObjectModel<Described>;
      }),
    ),
    encode: (model: Readonly<Record<string, unknown>>) => {
      const stored: Record<string, unknown> = {};
      for (const { name, key, field } of keys)
        if ("fixed" in field) stored[name] = field.fixed;
        // Spares a call for each of many lines.
        else stored[name] = field.encode === asStored ? model[key] : field.encode(model[key] as never);
      return stored;
    },
    columns,
    column: struct(columns),
  };
}

/** Several shapes of one object; its key `name` says which. No known one: it is refused by the first. */
export function variant<
  const Described extends Readonly<Record<string, AnyShape & Pick<ObjectShape<never>, "columns">>>,
>(name: string, shapes: Described): ObjectShape<ModelOf<Described[keyof Described]>> {
  type Model = ModelOf<Described[keyof Described]>;
  const [first] = Object.values(shapes);
  if (first === undefined) throw new RangeError("A variant has at least one shape.");
  const shapeOf = (value: unknown) => {
    const which = isObject(value) ? value[name] : undefined;
    return typeof which === "string" && Object.hasOwn(shapes, which) ? (shapes[which] ?? first) : first;
  };
  const columns = Object.assign({}, ...Object.values(shapes).map((shape) => shape.columns));
  return {
    schema: v.lazy((stored) => shapeOf(stored).schema as v.GenericSchema<unknown, Model>),
    encode: (model) => shapeOf(model).encode(model as never),
    columns,
    column: struct(columns),
  };
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function struct(columns: Readonly<Record<string, string>>): string {
  const fields = Object.entries(columns).map(([name, column]) => `${name}:${column}`);
  return `struct<${fields.join(",")}>`;
}
