import { Duration, Stack, TimeZone } from "aws-cdk-lib";
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { ScheduledAuditEvent } from "../lambda/contract.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";

/** Invokes the audit, and hands over the time for which it was scheduled: that names the run. */
export class AuditSchedule extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      alias,
      tenant,
      deadLetterQueue,
    }: { readonly alias: Alias; readonly tenant: TenantConfiguration; readonly deadLetterQueue: IQueue },
  ) {
    super(scope, id);
    const role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("scheduler.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
      description: "Starts one audit.",
      inlinePolicies: {
        start: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: "StartAudit",
              actions: ["lambda:InvokeFunction"],
              resources: [alias.functionArn],
            }),
            new PolicyStatement({ sid: "GiveUp", actions: ["sqs:SendMessage"], resources: [deadLetterQueue.queueArn] }),
          ],
        }),
      },
    });
    const event: Required<ScheduledAuditEvent> = { scheduledTime: ContextAttribute.scheduledTime };
    new Schedule(this, "Schedule", {
      description: `Audits ${tenant.domain}.`,
      schedule: ScheduleExpression.expression(tenant.schedule, TimeZone.of(tenant.timezone)),
      target: new LambdaInvoke(alias, {
        input: ScheduleTargetInput.fromObject(event),
        deadLetterQueue,
        // All that it may do is written out; nothing is added behind it.
        role: role.withoutPolicyUpdates(),
        // A repeated delivery finds the run's claim and leaves; a late one is better than none.
        retryAttempts: 3,
        maxEventAge: Duration.hours(1),
      }),
    });
  }
}
