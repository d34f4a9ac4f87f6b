import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import * as v from "valibot";

const names = v.record(v.string(), v.string());
export const objectSchema = v.object({
  required: v.array(v.string()),
  all: v.array(v.string()),
  at_least_one: v.array(v.string()),
  type_id: v.optional(names),
});
/** What the classes have in common. */
export const classEntries = {
  class_uid: v.number(),
  class_name: v.string(),
  category_uid: v.number(),
  category_name: v.string(),
  attributes: v.object({
    required: v.array(v.string()),
    all: v.array(v.string()),
    timestamps: v.array(v.string()),
  }),
  activity_id: names,
  severity_id: names,
  status_id: names,
};
const classSchema = v.object({
  ...classEntries,
  objects: v.object({
    managed_entity: objectSchema,
    organization: objectSchema,
    actor: objectSchema,
    user: objectSchema,
    network_endpoint: objectSchema,
    http_request: objectSchema,
    metadata: objectSchema,
    product: objectSchema,
  }),
});
type ObjectRules = v.InferOutput<typeof objectSchema>;

const FILE = join(import.meta.dirname, "../fixtures/ocsf-1.8.0-entity-management.json");
const CLASS = v.parse(classSchema, JSON.parse(readFileSync(FILE, "utf8")));
const anyObject = v.record(v.string(), v.unknown());

/** What of an event breaks the published class, one line each; empty for a valid one. */
export function ocsfProblems(event: unknown): readonly string[] {
  const parsed = v.safeParse(anyObject, event);
  if (!parsed.success) return ["it is no object"];
  const at = parsed.output;
  return [
    ...baseProblems(at, CLASS),
    ...entityProblems(at.entity, "entity"),
    ...actorProblems(at),
    ...(at.entity_result === undefined ? [] : entityProblems(at.entity_result, "entity_result")),
  ];
}

/** What of the attributes about who did it breaks the class; all of them are optional. */
function actorProblems(at: Readonly<Record<string, unknown>>): readonly string[] {
  const { actor, http_request: request, network_endpoint: endpoint, user } = CLASS.objects;
  const person = member(at.actor, "user");
  const address = member(at.src_endpoint, "ip");
  return [
    ...(at.actor === undefined ? [] : objectProblems(at.actor, actor, "actor")),
    ...(person === undefined ? [] : objectProblems(person, user, "actor.user")),
    ...(person === undefined
      ? []
      : enumerated(member(person, "type_id"), member(person, "type"), user.type_id ?? {}, "actor.user.type")),
    ...(at.src_endpoint === undefined ? [] : objectProblems(at.src_endpoint, endpoint, "src_endpoint")),
    ...(address === undefined || isIP(String(address)) > 0 ? [] : ["src_endpoint.ip is no IP address"]),
    ...(at.http_request === undefined ? [] : objectProblems(at.http_request, request, "http_request")),
  ];
}

type Class = v.InferOutput<v.ObjectSchema<typeof classEntries, undefined>>;

/** What of an event breaks its class, apart from the objects that the class alone has. */
export function baseProblems(at: Readonly<Record<string, unknown>>, one: Class): readonly string[] {
  const { attributes } = one;
  const { metadata, product } = CLASS.objects;
  const activity = Number(at.activity_id);
  return [
    ...nameProblems(at, { ...attributes, at_least_one: [] }, "event"),
    ...attributes.timestamps.flatMap((name) => (isTime(at[name]) ? [] : [`${name} is no time in milliseconds`])),
    ...same(at.class_uid, one.class_uid, "class_uid"),
    ...same(at.category_uid, one.category_uid, "category_uid"),
    ...same(at.class_name ?? one.class_name, one.class_name, "class_name"),
    ...same(at.category_name ?? one.category_name, one.category_name, "category_name"),
    ...same(at.type_uid, one.class_uid * 100 + activity, "type_uid"),
    ...enumerated(at.activity_id, at.activity_name, one.activity_id, "activity"),
    ...enumerated(at.severity_id, at.severity, one.severity_id, "severity"),
    ...enumerated(at.status_id ?? 0, at.status, one.status_id, "status"),
    ...objectProblems(at.metadata, metadata, "metadata"),
    ...objectProblems(member(at.metadata, "product"), product, "metadata.product"),
  ];
}

function entityProblems(entity: unknown, where: string): readonly string[] {
  const rules = CLASS.objects.managed_entity;
  const org = member(entity, "org");
  return [
    ...objectProblems(entity, rules, where),
    ...enumerated(member(entity, "type_id"), member(entity, "type"), rules.type_id ?? {}, `${where}.type`),
    ...(org === undefined ? [] : objectProblems(org, CLASS.objects.organization, `${where}.org`)),
  ];
}

export function objectProblems(value: unknown, rules: ObjectRules, where: string): readonly string[] {
  const parsed = v.safeParse(anyObject, value);
  return parsed.success ? nameProblems(parsed.output, rules, where) : [`${where} is no object`];
}

function nameProblems(
  value: Readonly<Record<string, unknown>>,
  { required, all, at_least_one: oneOf }: ObjectRules,
  where: string,
): readonly string[] {
  return [
    ...required.filter((name) => value[name] === undefined).map((name) => `${where}.${name} is missing`),
    ...Object.keys(value)
      .filter((name) => !all.includes(name))
      .map((name) => `${where}.${name} is no attribute`),
    ...(oneOf.length > 0 && !oneOf.some((name) => value[name] !== undefined) ? [`${where} has none of ${oneOf}`] : []),
  ];
}

/** A sibling's text is its ID's caption, or the source's own for 99 (Other). */
export function enumerated(id: unknown, text: unknown, captions: Readonly<Record<string, string>>, where: string) {
  const caption = captions[String(id)];
  if (typeof id !== "number" || caption === undefined) return [`${where}_id ${id} is not one of the class's`];
  return id === 99 ? [] : same(text ?? caption, caption, where);
}

function same(actual: unknown, expected: unknown, where: string): readonly string[] {
  return actual === expected ? [] : [`${where} is ${actual}, and must be ${expected}`];
}

export function isTime(value: unknown): boolean {
  // In seconds, it would be a day of 1970.
  return value === undefined || (typeof value === "number" && Number.isInteger(value) && value > Date.UTC(2020));
}

export function member(value: unknown, name: string): unknown {
  const parsed = v.safeParse(anyObject, value);
  return parsed.success ? parsed.output[name] : undefined;
}
