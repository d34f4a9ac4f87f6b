import { CfnOutput } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { KEY_PREFIX } from "../lambda/contract.ts";
import type { AuditFunction } from "./audit-function.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import type { ManagementApiToken } from "./management-api-token.ts";

export interface TenantOutputsProps {
  readonly tenant: TenantConfiguration;
  readonly token: ManagementApiToken;
  readonly audit: AuditFunction;
  readonly bucketName: string;
}

/**
 * The commands that the operator of a tenant needs after a deployment, for versions 1 and 2 of the AWS CLI. Secrets go
 * through `printf`, which is part of the shell: arguments of a program are visible in the list of processes.
 */
export function tenantOutputs(scope: Construct, { tenant, token, audit, bucketName }: TenantOutputsProps): void {
  const { domain } = tenant;
  const output = (id: string, description: string, value: string) => new CfnOutput(scope, id, { description, value });
  const putSecret = (arn: string) =>
    `aws secretsmanager put-secret-value --secret-id ${arn} --secret-string file:///dev/stdin`;
  const { secretArn } = token.secret;
  if (token.credentials === null) {
    output(
      "PutTokenCommand",
      `Stores the Management API token of ${domain}, from the shell variable AUTH0_API_TOKEN.`,
      `printf %s "$AUTH0_API_TOKEN" | ${putSecret(secretArn)}`,
    );
  } else {
    output(
      "PutCredentialsCommand",
      `Step 1: stores the credentials of the application for ${domain}, from the shell variables AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET.`,
      `printf '{"client_id":"%s","client_secret":"%s"}' "$AUTH0_CLIENT_ID" "$AUTH0_CLIENT_SECRET" | ${putSecret(token.credentials.secretArn)}`,
    );
    output(
      "RenewTokenCommand",
      `Step 2: gets a Management API token for ${domain}. After that, it is renewed every 12 hours.`,
      `aws secretsmanager rotate-secret --secret-id ${secretArn}`,
    );
  }
  output(
    "RunNowCommand",
    `Audits ${domain} now.`,
    `printf '{}' | aws lambda invoke --function-name ${audit.function.functionName}:${audit.alias.aliasName} --invocation-type Event --payload fileb:///dev/stdin /dev/stdout`,
  );
  output(
    "OpenReportsCommand",
    `Downloads the reports of ${domain}; then open index.html.`,
    `aws s3 sync s3://${bucketName}/${KEY_PREFIX.reports}tenant=${tenant.tenant} reports/${tenant.tenant}`,
  );
  output(
    "AuditRoleArn",
    `The role that audits ${domain}. The policies of your own KMS keys must allow it to use them.`,
    audit.role.roleArn,
  );
}
