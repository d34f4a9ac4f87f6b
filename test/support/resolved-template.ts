import * as v from "valibot";
import type { LoopbackAws } from "./loopback-aws.ts";

const ACCOUNT = "123456789012";
const REGION = "eu-central-1";
const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::AccountId": ACCOUNT,
  "AWS::Region": REGION,
  "AWS::Partition": "aws",
};

const propertiesSchema = v.record(v.string(), v.unknown());
const templateSchema = v.object({
  Resources: v.record(v.string(), v.object({ Type: v.string(), Properties: v.optional(propertiesSchema, {}) })),
});
const referenceSchema = v.object({ Ref: v.string() });
const attributeSchema = v.object({ "Fn::GetAtt": v.tuple([v.string(), v.literal("Arn")]) });
const joinSchema = v.object({ "Fn::Join": v.tuple([v.string(), v.array(v.unknown())]) });
const textSchema = v.union([v.string(), referenceSchema, attributeSchema, joinSchema]);

const textsSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((one) => [one].flat()),
);
const statementSchema = v.object({
  Effect: v.literal("Allow"),
  Action: textsSchema,
  Resource: v.pipe(
    v.unknown(),
    v.transform((one) => [one].flat()),
  ),
});
const policySchema = v.object({ PolicyDocument: v.object({ Statement: v.array(statementSchema) }) });
const roleSchema = v.object({ Policies: v.array(policySchema) });

/** One resource of a template. */
export interface TemplateResource {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A template whose buckets and secrets stand on a loopback AWS: what refers to them is resolved to what they are there. */
export class ResolvedTemplate {
  readonly #resources: v.InferOutput<typeof templateSchema>["Resources"];
  /** What `Ref` and `Arn` of a resource are, by its logical ID. */
  readonly #names = new Map<string, { readonly reference: string; readonly arn: string }>();

  private constructor(resources: v.InferOutput<typeof templateSchema>["Resources"]) {
    this.#resources = resources;
  }

  /** Makes the template's buckets and secrets. */
  static parse(text: string, aws: LoopbackAws): ResolvedTemplate {
    const template = new ResolvedTemplate(v.parse(templateSchema, JSON.parse(text)).Resources);
    for (const [id, { Type: type, Properties: properties }] of Object.entries(template.#resources)) {
      if (type === "AWS::S3::Bucket") {
        const name = id.toLowerCase();
        aws.buckets.set(name, new Map());
        template.#names.set(id, { reference: name, arn: `arn:aws:s3:::${name}` });
      }
      if (type === "AWS::SecretsManager::Secret") {
        const value = properties.SecretString;
        const arn = typeof value === "string" ? aws.secrets.set(id, value) : aws.secrets.setEmpty(id);
        template.#names.set(id, { reference: arn, arn });
      }
    }
    return template;
  }

  /** The one resource of a type whose logical ID fits; throws where there are none or several. */
  only(type: string, id = /./): TemplateResource {
    const found = Object.entries(this.#resources).filter(([one, { Type }]) => Type === type && id.test(one));
    const [first] = found;
    if (first === undefined || found.length > 1) throw new RangeError(`There are ${found.length} ${type} like ${id}.`);
    return { id: first[0], properties: first[1].Properties };
  }

  /** What `Ref` of a resource is. */
  reference({ id }: TemplateResource): string {
    return this.#text({ Ref: id });
  }

  /** Values that may refer to resources, as the texts that they become. */
  strings(values: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, this.#text(value)]));
  }

  /** Whether a role's own policies allow an action on a resource. */
  allows(role: TemplateResource, action: string, arn: string): boolean {
    return v
      .parse(roleSchema, role.properties)
      .Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      .some(
        ({ Action, Resource }) =>
          Action.includes(action) && Resource.some((resource) => matches(this.#text(resource), arn)),
      );
  }

  #text(value: unknown): string {
    const parsed = v.parse(textSchema, value);
    if (typeof parsed === "string") return parsed;
    if ("Ref" in parsed) return PSEUDO_PARAMETERS[parsed.Ref] ?? this.#names.get(parsed.Ref)?.reference ?? parsed.Ref;
    if ("Fn::GetAtt" in parsed) {
      const [id] = parsed["Fn::GetAtt"];
      return this.#names.get(id)?.arn ?? `arn:aws:resource:${REGION}:${ACCOUNT}:${id}`;
    }
    const [separator, parts] = parsed["Fn::Join"];
    return parts.map((part) => this.#text(part)).join(separator);
  }
}

/** A policy's resource: `*` stands for any characters, at its end alone as the stack writes it. */
function matches(resource: string, arn: string): boolean {
  return resource.endsWith("*") ? arn.startsWith(resource.slice(0, -1)) : arn === resource;
}
