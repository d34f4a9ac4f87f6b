import { CfnResource, Stack, Validations } from "aws-cdk-lib";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { IConstruct } from "constructs";

/** Accepts one finding of cdk-nag's AwsSolutions rules on one construct, with the reason. */
export function acknowledge(construct: IConstruct, finding: string, reason: string): void {
  Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${finding}`, reason });
}

/** Accepts one wildcard: `path`, which follows the ARN of `resource`. */
export function acknowledgeWildcard(
  construct: IConstruct,
  resource: IConstruct | IBucket,
  path: string,
  reason: string,
): void {
  acknowledge(construct, `IAM5[Resource::${arnInFindings(resource)}${path}]`, reason);
}

/** How cdk-nag writes the ARN of a resource of the stack, or of a bucket that the stack does not create. */
function arnInFindings(resource: IConstruct | IBucket): string {
  const { defaultChild } = resource.node;
  if (defaultChild instanceof CfnResource) return `<${Stack.of(resource).getLogicalId(defaultChild)}.Arn>`;
  if ("bucketName" in resource) return `arn:<AWS::Partition>:s3:::${resource.bucketName}`;
  throw new TypeError(`${resource.node.path} is not a CloudFormation resource or a bucket.`);
}
