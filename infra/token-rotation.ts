import { Duration, Stack } from "aws-cdk-lib";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { CfnRotationSchedule, type ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { ROTATION_ENVIRONMENT, SCOPE } from "../lambda/contract.ts";
import { functionCode } from "./bundling.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { functionLogs } from "./keep-data.ts";
import { allow, serviceRole } from "./permissions.ts";

/** A token is valid for 24 hours by default, so one rotation can fail without harm. */
const EVERY = "rate(12 hours)";

export interface TokenRotationProps {
  readonly tenant: TenantConfiguration;
  readonly secret: ISecret;
  readonly credentials: ISecret;
}

/** Renews the token: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html */
export class TokenRotation extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, { tenant, secret, credentials }: TokenRotationProps) {
    super(scope, id);
    const logGroup = functionLogs(this);
    const role = serviceRole(this, "Role", {
      service: "lambda",
      description: "Reads the credentials of one application and renews one token.",
      statements: [
        allow("ReadCredentials", "secretsmanager:GetSecretValue", credentials.secretArn),
        allow(
          "RenewToken",
          [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:PutSecretValue",
            "secretsmanager:UpdateSecretVersionStage",
          ],
          secret.secretArn,
        ),
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], logGroup.logGroupArn),
      ],
    });
    this.function = new NodejsFunction(this, "Function", {
      ...functionCode("rotate-token.ts"),
      description: `Renews the Management API token of ${tenant.domain}.`,
      timeout: Duration.minutes(5),
      role: role.withoutPolicyUpdates(),
      logGroup,
      environment: {
        [ROTATION_ENVIRONMENT.domain]: tenant.domain,
        [ROTATION_ENVIRONMENT.credentialsSecretArn]: credentials.secretArn,
        [ROTATION_ENVIRONMENT.requiredScopes]: requiredScopes(tenant).join(" "),
      },
    });
    this.function.addPermission("SecretsManager", {
      principal: new ServicePrincipal("secretsmanager.amazonaws.com"),
      sourceAccount: Stack.of(this).account,
    });
    const schedule = new CfnRotationSchedule(this, "Schedule", {
      secretId: secret.secretArn,
      rotationLambdaArn: this.function.functionArn,
      rotationRules: { scheduleExpression: EVERY },
      // The credentials secret is empty until its owner fills it.
      rotateImmediatelyOnUpdate: false,
    });
    schedule.node.addDependency(this.function);
  }
}

/** Listing the tenant's Organizations needs one more scope. */
function requiredScopes({ organizations }: TenantConfiguration): readonly string[] {
  return organizations === "all" ? [SCOPE.connections, SCOPE.organizations] : [SCOPE.connections];
}
