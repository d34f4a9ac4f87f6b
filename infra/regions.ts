import { Annotations, type Stack, Token } from "aws-cdk-lib";
import { PRODUCT } from "../lambda/contract.ts";

/**
 * Regions that are known to offer Lambda durable functions. The list can be older than the offer of AWS:
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html
 */
const DURABLE_REGIONS = new Set([
  "ap-east-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-5",
  "ap-southeast-7",
  "eu-central-1",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "us-east-1",
  "us-east-2",
  "us-west-2",
]);

/** Warns if the stack's region, or the CLI's region where the stack names none, is not known to offer durable functions. */
export function checkRegion(stack: Stack): void {
  const region = Token.isUnresolved(stack.region) ? process.env.CDK_DEFAULT_REGION : stack.region;
  if (!region || DURABLE_REGIONS.has(region)) return;
  Annotations.of(stack).addWarningV2(
    `${PRODUCT}:region`,
    `${region} is not known to offer Lambda durable functions, which the audit needs; check https://docs.aws.amazon.com/lambda/latest/dg/durable-functions.html before you deploy, or use ${[...DURABLE_REGIONS].join(", ")}.`,
  );
}
