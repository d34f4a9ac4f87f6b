import * as v from "valibot";

/** What `Ref` and `Fn::GetAtt ... Arn` of a resource are after a deployment. */
export interface ResourceNames {
  readonly reference: (logicalId: string) => string;
  readonly arn: (logicalId: string) => string;
}

const intrinsic = v.union([
  v.strictObject({ Ref: v.string() }),
  v.strictObject({ "Fn::GetAtt": v.tuple([v.string(), v.literal("Arn")]) }),
  v.strictObject({ "Fn::Join": v.tuple([v.string(), v.array(v.unknown())]) }),
  v.strictObject({ "Fn::Sub": v.string() }),
]);

/** A part of a template with every reference replaced by its text. */
export function resolveIntrinsics(value: unknown, names: ResourceNames): unknown {
  if (Array.isArray(value)) return value.map((item) => resolveIntrinsics(item, names));
  if (typeof value !== "object" || value === null) return value;
  const { output: call, success } = v.safeParse(intrinsic, value);
  if (!success)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveIntrinsics(item, names)]));
  if ("Ref" in call) return names.reference(call.Ref);
  if ("Fn::GetAtt" in call) return names.arn(call["Fn::GetAtt"][0]);
  if ("Fn::Sub" in call) return call["Fn::Sub"].replace(/\$\{([^}]+)\}/g, (_all, id: string) => names.reference(id));
  const [separator, parts] = call["Fn::Join"];
  return parts.map((part) => resolveIntrinsics(part, names)).join(separator);
}
