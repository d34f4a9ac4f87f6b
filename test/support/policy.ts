import * as v from "valibot";

/** How AWS decides on a request, as far as the policies of the stack need it. */

const oneOrMany = v.pipe(
  v.union([v.string(), v.array(v.string()), v.pipe(v.number(), v.transform(String))]),
  v.transform((value) => [value].flat()),
);

/** A statement without references to resources. Its principal is not looked at. */
export const statementSchema = v.object({
  Effect: v.picklist(["Allow", "Deny"]),
  Action: oneOrMany,
  Resource: v.optional(oneOrMany),
  NotResource: v.optional(oneOrMany),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), oneOrMany)), {}),
});
export type ResolvedStatement = v.InferOutput<typeof statementSchema>;

export interface PolicyRequest {
  readonly action: string;
  readonly arn: string;
  /** The request's condition keys, such as `aws:PrincipalArn`. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Whether a statement denies the request, or else one allows it. */
export function isAllowed(statements: readonly ResolvedStatement[], request: PolicyRequest): boolean {
  const effects = statements.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return !effects.includes("Deny") && effects.includes("Allow");
}

export function isDenied(statements: readonly ResolvedStatement[], request: PolicyRequest): boolean {
  return statements.some((statement) => statement.Effect === "Deny" && applies(statement, request));
}

function applies(statement: ResolvedStatement, { action, arn, context = {} }: PolicyRequest): boolean {
  const { Action, Resource, NotResource, Condition } = statement;
  const isResource =
    Resource === undefined
      ? !NotResource?.some((pattern) => matches(pattern, arn))
      : Resource.some((pattern) => matches(pattern, arn));
  return (
    Action.some((pattern) => matches(pattern, action)) &&
    isResource &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, wanted]) => holds(operator, wanted, context[key])),
    )
  );
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function holds(operator: string, wanted: readonly string[], given: string | undefined): boolean {
  const any = (test: (value: string, pattern: string) => boolean) =>
    given !== undefined && wanted.some((pattern) => test(given, pattern));
  const isEqual = (value: string, other: string) => value === other;
  const isLike = (value: string, pattern: string) => matches(pattern, value);
  switch (operator) {
    case "Null":
      return wanted.includes(String(given === undefined));
    case "Bool":
    case "StringEquals":
      return any(isEqual);
    case "StringLike":
    case "ArnLike":
      return any(isLike);
    case "NumericLessThan":
      return any((value, bound) => Number(value) < Number(bound));
    // Negated operators hold for an absent key, and so does ForAllValues.
    case "ArnNotEquals":
      return !any(isLike);
    case "ForAllValues:StringNotEquals":
      return !any(isEqual);
    default:
      throw new RangeError(`This model does not know the operator ${operator}.`);
  }
}

/** `*` is any number of characters, and `?` is one. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s").test(text);
}
