import { Duration, Stack, TimeZone } from "aws-cdk-lib";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import {
  ContextAttribute,
  type IScheduleGroup,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
} from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { ScheduledAuditEvent } from "../lambda/contract.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";
import { allow, serviceRole } from "./permissions.ts";

export interface AuditScheduleProps {
  readonly alias: Alias;
  readonly tenant: TenantConfiguration;
  readonly group: IScheduleGroup;
  readonly deadLetterQueue: IQueue;
}

/** Starts the audit, and updates if the tenant has them, with their scheduled time, which names the run. */
export class AuditSchedule extends Construct {
  constructor(scope: Construct, id: string, { alias, tenant, group, deadLetterQueue }: AuditScheduleProps) {
    super(scope, id);
    const role = serviceRole(this, "Role", {
      service: "scheduler",
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      description: "Starts the audit of one tenant.",
      statements: [
        allow("StartAudit", "lambda:InvokeFunction", alias.functionArn),
        allow("SendDeadLetters", "sqs:SendMessage", deadLetterQueue.queueArn),
      ],
    });
    const { scheduledTime } = ContextAttribute;
    const add = (name: string, description: string, expression: string, event: ScheduledAuditEvent) =>
      new Schedule(this, name, {
        description,
        scheduleGroup: group,
        schedule: ScheduleExpression.expression(expression, TimeZone.of(tenant.timezone)),
        target: new LambdaInvoke(alias, {
          input: ScheduleTargetInput.fromObject(event),
          deadLetterQueue,
          role: role.withoutPolicyUpdates(),
          // A repeated delivery does no harm: the run is already claimed, and the second execution ends.
          retryAttempts: 3,
          maxEventAge: Duration.hours(1),
        }),
      });
    add("Schedule", `Audits ${tenant.domain}.`, tenant.schedule, { scheduledTime });
    if (tenant.updates !== null)
      add("Updates", `Updates the audit of ${tenant.domain}.`, tenant.updates, { scheduledTime, update: true });
  }
}
