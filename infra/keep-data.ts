import { RemovalPolicy } from "aws-cdk-lib";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** Keeps data when the stack is deleted. A first deployment that fails removes what it created, so it can be repeated. */
export const KEEP_DATA = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

/** The log group of a function. */
export function functionLogs(scope: Construct): LogGroup {
  return new LogGroup(scope, "Logs", { retention: RetentionDays.THREE_MONTHS, removalPolicy: KEEP_DATA });
}
