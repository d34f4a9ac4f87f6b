import { Annotations, Duration, RemovalPolicy } from "aws-cdk-lib";
import { Policy, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { ENVIRONMENT, KEY_PREFIX, LIVE_ALIAS, NODE_OPTIONS } from "../lambda/contract.ts";
import { acknowledgeWildcard } from "./acknowledge.ts";
import { type AuditPermissionsProps, auditPermissions, EVENT_BUS_NAME } from "./audit-permissions.ts";
import { functionCode, LIST_FILE, listBundling } from "./bundling.ts";

/** The longest sweep that a tenant of 2,000,000 Organizations needs on a common plan, with room. */
const EXECUTION_DAYS = 30;

export interface AuditFunctionProps extends AuditPermissionsProps {
  /** The shortest time between two runs, in milliseconds. */
  readonly scheduleIntervalMs: number;
}

/** The durable function that audits one tenant, with a role that may do what it does and nothing else. */
export class AuditFunction extends Construct {
  /** What is invoked: a durable function goes by a version. */
  readonly alias: Alias;
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: AuditFunctionProps) {
    super(scope, id);
    const { tenant, evidence, tokenSecret, deadLetterQueue, scheduleIntervalMs, signingKeyArn } = props;
    const logGroup = new LogGroup(this, "Logs", {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      description: "Reads one token, writes evidence, deletes nothing.",
      inlinePolicies: { audit: auditPermissions(this, props, logGroup) },
    });
    for (const prefix of Object.values(KEY_PREFIX))
      acknowledgeWildcard(
        role,
        evidence.bucket,
        `/${prefix}tenant=${tenant.tenant}/*`,
        "The keys of a tenant are named by date and run, and the role is held to the prefixes of its tenant.",
      );
    this.function = new NodejsFunction(this, "Function", {
      ...functionCode("scheduled-audit.ts", listBundling(this, tenant.organizations)),
      description: `Audits the enabled connections of the Organizations of ${tenant.domain}.`,
      timeout: Duration.minutes(15),
      durableConfig: {
        executionTimeout: Duration.days(EXECUTION_DAYS),
        retentionPeriod: Duration.days(EXECUTION_DAYS),
      },
      // All that it may do is written out; nothing is added behind it.
      role: role.withoutPolicyUpdates(),
      logGroup,
      deadLetterQueue,
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: {
        NODE_OPTIONS,
        [ENVIRONMENT.domain]: tenant.domain,
        [ENVIRONMENT.organizations]: tenant.organizations === "all" ? "all" : `@${LIST_FILE}`,
        [ENVIRONMENT.tokenSecretArn]: tokenSecret.secretArn,
        [ENVIRONMENT.evidenceBucket]: evidence.bucket.bucketName,
        [ENVIRONMENT.reserve]: String(tenant.reserve),
        [ENVIRONMENT.scheduleIntervalMs]: String(scheduleIntervalMs),
        [ENVIRONMENT.eventBusName]: EVENT_BUS_NAME,
        ...(signingKeyArn === undefined ? {} : { [ENVIRONMENT.manifestSigningKeyArn]: signingKeyArn }),
      },
    });
    Annotations.of(this.function).acknowledgeInfo(
      "aws-lambda:Function.DurableConfig",
      "The function is durable from its creation on.",
    );
    const saving = new Policy(this, "DurableExecution", {
      roles: [role],
      statements: [
        new PolicyStatement({
          sid: "SaveDurableExecution",
          actions: ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
          resources: [`${this.function.functionArn}:*`],
        }),
      ],
    });
    acknowledgeWildcard(saving, this.function, ":*", "The versions of this one function, and their executions.");
    this.alias = this.function.addAlias(LIVE_ALIAS);
    // Nothing invokes it before it may save.
    this.alias.node.addDependency(saving);
  }
}
