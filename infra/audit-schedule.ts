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

/** Invokes the audit with its scheduled time, which names the run. */
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
    const event: Required<ScheduledAuditEvent> = { scheduledTime: ContextAttribute.scheduledTime };
    new Schedule(this, "Schedule", {
      description: `Audits ${tenant.domain}.`,
      scheduleGroup: group,
      schedule: ScheduleExpression.expression(tenant.schedule, TimeZone.of(tenant.timezone)),
      target: new LambdaInvoke(alias, {
        input: ScheduleTargetInput.fromObject(event),
        deadLetterQueue,
        role: role.withoutPolicyUpdates(),
        // A repeated delivery does no harm: the run is already claimed, and the second execution ends.
        retryAttempts: 3,
        maxEventAge: Duration.hours(1),
      }),
    });
  }
}
