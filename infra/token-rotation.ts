import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { CfnRotationSchedule, type ISecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import { ROTATION_ENVIRONMENT, SCOPE } from "../lambda/contract.ts";
import { functionCode } from "./bundling.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";

/** A token lives 24 hours by default: one rotation may fail without harm. */
const EVERY = "rate(12 hours)";

export interface TokenRotationProps {
  readonly tenant: TenantConfiguration;
  readonly secret: ISecret;
  readonly credentials: ISecret;
}

/** Renews the token, and only that: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html */
export class TokenRotation extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, { tenant, secret, credentials }: TokenRotationProps) {
    super(scope, id);
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: "Reads one application's credentials, and renews one token.",
      inlinePolicies: {
        rotation: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: "ReadCredentials",
              actions: ["secretsmanager:GetSecretValue"],
              resources: [credentials.secretArn],
            }),
            new PolicyStatement({
              sid: "RenewToken",
              actions: [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
              ],
              resources: [secret.secretArn],
            }),
            new PolicyStatement({
              sid: "WriteLogs",
              actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
              resources: [logGroup.logGroupArn],
            }),
          ],
        }),
      },
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
      // The owner has not yet put the credentials.
      rotateImmediatelyOnUpdate: false,
    });
    schedule.node.addDependency(this.function);
  }
}

/** The tenant's own list of Organizations needs a scope of its own. */
function requiredScopes({ organizations }: TenantConfiguration): readonly string[] {
  return organizations === "all" ? [SCOPE.connections, SCOPE.organizations] : [SCOPE.connections];
}
