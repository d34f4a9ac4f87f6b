import { Annotations, Duration } from "aws-cdk-lib";
import { type IRole, Policy } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import { NodejsFunction } from "aws-cdk-lib/aws-lambda-nodejs";
import { Construct } from "constructs";
import { ENVIRONMENT, KEY_PREFIX, LIVE_ALIAS, MALLOC_ARENA_MAX, NODE_OPTIONS } from "../lambda/contract.ts";
import { acknowledgeWildcard } from "./acknowledge.ts";
import { type AuditPermissionsProps, auditPermissions, EVENT_BUS_NAME } from "./audit-permissions.ts";
import { filesBundling, functionCode } from "./bundling.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { functionLogs, KEEP_DATA } from "./keep-data.ts";
import { allow, serviceRole } from "./permissions.ts";

/** The names of a tenant's files in the bundle. */
const LIST_FILE = "organizations.txt";
const POLICY_FILE = "policy.json";
/** Enough for a sweep of 2,000,000 Organizations on a common Auth0 plan. */
const EXECUTION_DAYS = 30;

export interface AuditFunctionProps extends AuditPermissionsProps {
  /** The shortest time between two runs, in milliseconds. */
  readonly scheduleIntervalMs: number;
}

/** The durable function that audits one tenant, and its role. */
export class AuditFunction extends Construct {
  /** Invoke this: a durable function is invoked through a version or an alias. */
  readonly alias: Alias;
  readonly function: NodejsFunction;
  readonly role: IRole;

  constructor(scope: Construct, id: string, props: AuditFunctionProps) {
    super(scope, id);
    const { tenant, evidence, tokenSecret, pseudonymKey, deadLetterQueue, scheduleIntervalMs, signingKeyArn } = props;
    const logGroup = functionLogs(this);
    const role = serviceRole(this, "Role", {
      service: "lambda",
      description: "Reads one token and creates evidence. Cannot delete.",
      statements: auditPermissions(this, props, logGroup),
    });
    this.role = role;
    for (const prefix of Object.values(KEY_PREFIX))
      acknowledgeWildcard(
        role,
        evidence.bucket,
        `/${prefix}tenant=${tenant.tenant}/*`,
        "Keys contain the date and the run; the role is limited to the prefixes of its tenant.",
      );
    this.function = new NodejsFunction(this, "Function", {
      ...functionCode("scheduled-audit.ts", filesBundling(this, filesOf(tenant))),
      description: `Audits the enabled connections of the Organizations of ${tenant.domain}.`,
      timeout: Duration.minutes(15),
      durableConfig: {
        executionTimeout: Duration.days(EXECUTION_DAYS),
        retentionPeriod: Duration.days(EXECUTION_DAYS),
      },
      role: role.withoutPolicyUpdates(),
      logGroup,
      deadLetterQueue,
      currentVersionOptions: { removalPolicy: KEEP_DATA },
      environment: {
        NODE_OPTIONS,
        MALLOC_ARENA_MAX,
        [ENVIRONMENT.domain]: tenant.domain,
        [ENVIRONMENT.organizations]: tenant.organizations === "all" ? "all" : `@${LIST_FILE}`,
        [ENVIRONMENT.tokenSecretArn]: tokenSecret.secretArn,
        [ENVIRONMENT.evidenceBucket]: evidence.bucket.bucketName,
        ...(tenant.policy === undefined ? {} : { [ENVIRONMENT.policyFile]: POLICY_FILE }),
        [ENVIRONMENT.reserve]: String(tenant.reserve),
        [ENVIRONMENT.scheduleIntervalMs]: String(scheduleIntervalMs),
        [ENVIRONMENT.attribution]: tenant.attribution,
        ...(pseudonymKey === null ? {} : { [ENVIRONMENT.pseudonymKeySecretArn]: pseudonymKey.secretArn }),
        [ENVIRONMENT.updates]: tenant.updates === null ? "off" : "on",
        [ENVIRONMENT.eventBusName]: EVENT_BUS_NAME,
        ...(signingKeyArn === undefined ? {} : { [ENVIRONMENT.manifestSigningKeyArn]: signingKeyArn }),
      },
    });
    Annotations.of(this.function).acknowledgeInfo(
      "aws-lambda:Function.DurableConfig",
      "The function is created with a durable configuration.",
    );
    const saving = new Policy(this, "DurableExecution", {
      roles: [role],
      statements: [
        allow(
          "SaveDurableExecution",
          ["lambda:CheckpointDurableExecution", "lambda:GetDurableExecutionState"],
          `${this.function.functionArn}:*`,
        ),
      ],
    });
    acknowledgeWildcard(saving, this.function, ":*", "The versions of this function and their executions.");
    this.alias = this.function.addAlias(LIVE_ALIAS);
    // The function must be able to save checkpoints before it is invoked.
    this.alias.node.addDependency(saving);
  }
}

/** The tenant's list of Organizations and its policy, where it has them. */
function filesOf({ organizations, policy }: TenantConfiguration): Readonly<Record<string, string>> {
  return {
    ...(organizations === "all" ? {} : { [LIST_FILE]: `${organizations.join("\n")}\n` }),
    ...(policy === undefined ? {} : { [POLICY_FILE]: policy }),
  };
}
