import { Duration, TimeZone } from "aws-cdk-lib";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import { ContextAttribute, Schedule, ScheduleExpression, ScheduleTargetInput } from "aws-cdk-lib/aws-scheduler";
import { LambdaInvoke } from "aws-cdk-lib/aws-scheduler-targets";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { ScheduledAuditEvent } from "../lambda/contract.ts";
import type { Configuration } from "./configuration.ts";

/** Invokes the audit, and hands over the time for which it was scheduled: that names the run. */
export class AuditSchedule extends Construct {
  constructor(
    scope: Construct,
    id: string,
    {
      alias,
      configuration,
      deadLetterQueue,
    }: { readonly alias: Alias; readonly configuration: Configuration; readonly deadLetterQueue: IQueue },
  ) {
    super(scope, id);
    const event: Required<ScheduledAuditEvent> = { scheduledTime: ContextAttribute.scheduledTime };
    new Schedule(this, "Schedule", {
      description: `Audits ${configuration.domain}.`,
      schedule: ScheduleExpression.expression(configuration.schedule, TimeZone.of(configuration.timezone)),
      target: new LambdaInvoke(alias, {
        input: ScheduleTargetInput.fromObject(event),
        deadLetterQueue,
        // A repeated delivery finds the run's claim and leaves; a late one is better than none.
        retryAttempts: 3,
        maxEventAge: Duration.hours(1),
      }),
    });
  }
}

const UNIT_MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** Milliseconds between two runs, where the expression says so plainly; null where it does not. */
export function scheduleIntervalMs(schedule: string): number | null {
  const [, number, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (unit === "minute" || unit === "hour" || unit === "day") return Number(number) * UNIT_MS[unit];
  const [minutes = "", hours = "", ...days] = schedule.slice("cron(".length, -1).split(" ");
  const isDaily = /^[*?]$/.test(days[0] ?? "") && days[1] === "*" && /^[*?]$/.test(days[2] ?? "");
  if (!isDaily || !/^\d+$/.test(minutes)) return null;
  if (/^\d+$/.test(hours)) return UNIT_MS.day;
  if (hours === "*") return UNIT_MS.hour;
  const [, every] = /^(?:\*|0)\/(\d+)$/.exec(hours) ?? [];
  return every === undefined ? null : Number(every) * UNIT_MS.hour;
}
