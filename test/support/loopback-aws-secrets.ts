import { randomUUID } from "node:crypto";
import * as v from "valibot";
import { AwsRefusal } from "./loopback-aws-body.ts";

interface SecretVersion {
  /** Null until it is put: rotation labels a version before it has a value. */
  value: string | null;
  readonly stages: Set<string>;
}

interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly versions: Map<string, SecretVersion>;
}

const secretId = v.pipe(v.string(), v.minLength(1));
const getSchema = v.object({
  SecretId: secretId,
  VersionId: v.optional(v.string()),
  VersionStage: v.optional(v.string()),
});
const putSchema = v.object({
  SecretId: secretId,
  ClientRequestToken: v.pipe(v.string(), v.minLength(32), v.maxLength(64)),
  SecretString: v.string(),
  VersionStages: v.optional(v.pipe(v.array(v.string()), v.minLength(1)), ["AWSCURRENT"]),
});
const describeSchema = v.object({ SecretId: secretId });
const stageSchema = v.object({
  SecretId: secretId,
  VersionStage: v.string(),
  RemoveFromVersionId: v.optional(v.string()),
  MoveToVersionId: v.optional(v.string()),
});

/** The part of Secrets Manager that the product uses, with its rules for versions and staging labels. */
export class LoopbackSecrets {
  readonly #secrets: Secret[] = [];

  /** Makes a secret as its owner would, or gives it another current value; answers its ARN. */
  set(name: string, value: string): string {
    const existing = this.#secrets.find((secret) => secret.name === name);
    const secret = existing ?? {
      arn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`,
      name,
      versions: new Map<string, SecretVersion>(),
    };
    if (existing === undefined) this.#secrets.push(secret);
    this.#put(secret, randomUUID(), value, ["AWSCURRENT"]);
    return secret.arn;
  }

  /** Makes a secret without any value, as the stack does. */
  setEmpty(name: string): string {
    const arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`;
    this.#secrets.push({ arn, name, versions: new Map() });
    return arn;
  }

  /** The value that bears a label now; null when none does. */
  value(id: string, stage = "AWSCURRENT"): string | null {
    return this.#labelled(this.#find(id), stage)?.[1].value ?? null;
  }

  /** What Secrets Manager does before it calls a rotation function: a version of that ID, AWSPENDING, without a value. */
  startRotation(id: string, clientRequestToken: string): void {
    const secret = this.#find(id);
    secret.versions.set(clientRequestToken, { value: null, stages: new Set() });
    this.#attach(secret, "AWSPENDING", clientRequestToken);
  }

  /** The labels of every version, by its ID. */
  stages(id: string): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      [...this.#find(id).versions].map(([version, { stages }]) => [version, [...stages].sort()]),
    );
  }

  /** Answers one operation. Throws `AwsRefusal`. */
  answer(operation: string, input: unknown): unknown {
    switch (operation) {
      case "GetSecretValue":
        return this.#get(parse(getSchema, input));
      case "PutSecretValue": {
        const { SecretId, ClientRequestToken, SecretString, VersionStages } = parse(putSchema, input);
        const secret = this.#find(SecretId);
        this.#put(secret, ClientRequestToken, SecretString, VersionStages);
        return { ARN: secret.arn, Name: secret.name, VersionId: ClientRequestToken, VersionStages };
      }
      case "DescribeSecret": {
        const { arn, name, versions } = this.#find(parse(describeSchema, input).SecretId);
        const labelled = [...versions].filter(([, { stages }]) => stages.size > 0);
        return {
          ARN: arn,
          Name: name,
          RotationEnabled: true,
          VersionIdsToStages: Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages]])),
        };
      }
      case "UpdateSecretVersionStage":
        return this.#moveStage(parse(stageSchema, input));
      default:
        throw new AwsRefusal(400, "UnknownOperationException", `This model has no ${operation}.`);
    }
  }

  #get({ SecretId, VersionId, VersionStage }: v.InferOutput<typeof getSchema>): unknown {
    const secret = this.#find(SecretId);
    const byId = VersionId === undefined ? undefined : secret.versions.get(VersionId);
    const found: readonly [string, SecretVersion] | null =
      VersionId === undefined
        ? this.#labelled(secret, VersionStage ?? "AWSCURRENT")
        : byId === undefined
          ? null
          : [VersionId, byId];
    if (found === null || found[1].value === null)
      throw new AwsRefusal(
        400,
        "ResourceNotFoundException",
        `Secrets Manager can't find the specified secret value for ${VersionId === undefined ? `staging label: ${VersionStage ?? "AWSCURRENT"}` : `VersionId: ${VersionId}`}`,
      );
    const [id, { value, stages }] = found;
    if (VersionStage !== undefined && !stages.has(VersionStage))
      throw new AwsRefusal(400, "InvalidRequestException", "The version has no such staging label.");
    return { ARN: secret.arn, Name: secret.name, VersionId: id, SecretString: value, VersionStages: [...stages] };
  }

  #put(secret: Secret, id: string, value: string, stages: readonly string[]): void {
    const standing = secret.versions.get(id);
    if (standing === undefined) secret.versions.set(id, { value, stages: new Set() });
    else if (standing.value === null) standing.value = value;
    else if (standing.value !== value)
      throw new AwsRefusal(400, "ResourceExistsException", "A version of this ID has another value.");
    for (const stage of stages) this.#attach(secret, stage, id);
  }

  #attach(secret: Secret, stage: string, id: string): void {
    const before = this.#labelled(secret, stage);
    if (before?.[0] === id) return;
    before?.[1].stages.delete(stage);
    secret.versions.get(id)?.stages.add(stage);
    // AWSPREVIOUS follows by itself whenever AWSCURRENT moves.
    if (stage === "AWSCURRENT" && before !== null) this.#attach(secret, "AWSPREVIOUS", before[0]);
  }

  #moveStage({ SecretId, VersionStage, RemoveFromVersionId, MoveToVersionId }: v.InferOutput<typeof stageSchema>) {
    const secret = this.#find(SecretId);
    const bearer = this.#labelled(secret, VersionStage);
    if (MoveToVersionId !== undefined && !secret.versions.has(MoveToVersionId))
      throw new AwsRefusal(400, "ResourceNotFoundException", `There is no version ${MoveToVersionId}.`);
    const isBorneElsewhere = bearer !== null && bearer[0] !== MoveToVersionId;
    if (isBorneElsewhere && RemoveFromVersionId !== bearer[0])
      throw new AwsRefusal(
        400,
        "InvalidParameterException",
        `The parameter RemoveFromVersionId must name the version that bears ${VersionStage}.`,
      );
    if (MoveToVersionId === undefined) bearer?.[1].stages.delete(VersionStage);
    else this.#attach(secret, VersionStage, MoveToVersionId);
    return { ARN: secret.arn, Name: secret.name };
  }

  #labelled(secret: Secret, stage: string): readonly [string, SecretVersion] | null {
    return [...secret.versions].find(([, { stages }]) => stages.has(stage)) ?? null;
  }

  #find(id: string): Secret {
    const secret = this.#secrets.find(({ arn, name }) => id === arn || id === name || `${id}-AbCdEf` === arn);
    if (secret === undefined)
      throw new AwsRefusal(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    return secret;
  }
}

function parse<Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> {
  const { issues, output, success } = v.safeParse(schema, input);
  if (success) return output;
  throw new AwsRefusal(400, "InvalidParameterException", issues[0].message);
}
