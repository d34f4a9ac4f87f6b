import { CfnResource, Stack, Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Accepts one finding of cdk-nag's AwsSolutions at one construct, for a reason. */
export function acknowledge(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason });
}

/** Accepts one wildcard: `path` after the ARN of `resource`. */
export function acknowledgeWildcard(construct: IConstruct, resource: IConstruct, path: string, reason: string): void {
  const { defaultChild } = resource.node;
  if (!(defaultChild instanceof CfnResource)) throw new TypeError(`${resource.node.path} is no resource.`);
  const logicalId = Stack.of(resource).getLogicalId(defaultChild);
  acknowledge(construct, `IAM5[Resource::<${logicalId}.Arn>${path}]`, reason);
}
