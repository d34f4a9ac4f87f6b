import * as v from "valibot";
import { resolveIntrinsics } from "./intrinsics.ts";
import type { LoopbackAws } from "./loopback-aws.ts";
import { isAllowed, statementSchema } from "./policy.ts";

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
const policySchema = v.object({ PolicyDocument: v.object({ Statement: v.array(statementSchema) }) });
const roleSchema = v.object({ Policies: v.array(policySchema) });

/** One resource of a template. */
export interface TemplateResource {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A template whose buckets and secrets are on a loopback AWS; references to them are resolved to their names there. */
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

  /** Whether the role's policies allow an action on a resource, and no bucket policy denies it. */
  allows(role: TemplateResource, action: string, arn: string, context: Readonly<Record<string, string>> = {}): boolean {
    const own = v.parse(roleSchema, this.#resolve(role.properties)).Policies;
    const ofBuckets = Object.values(this.#resources)
      .filter(({ Type }) => Type === "AWS::S3::BucketPolicy")
      .map(({ Properties }) => v.parse(policySchema, this.#resolve(Properties)));
    const statements = [
      ...own.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
      // What they allow is for services.
      ...ofBuckets.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).filter(({ Effect }) => Effect === "Deny"),
    ];
    return isAllowed(statements, { action, arn, context: { "aws:PrincipalArn": this.#arn(role.id), ...context } });
  }

  #arn(id: string): string {
    return this.#names.get(id)?.arn ?? `arn:aws:resource:${REGION}:${ACCOUNT}:${id}`;
  }

  #resolve(value: unknown): unknown {
    return resolveIntrinsics(value, {
      reference: (id) => PSEUDO_PARAMETERS[id] ?? this.#names.get(id)?.reference ?? id,
      arn: (id) => this.#arn(id),
    });
  }

  #text(value: unknown): string {
    return v.parse(v.string(), this.#resolve(value));
  }
}
