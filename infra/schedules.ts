import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { ScheduleGroup } from "aws-cdk-lib/aws-scheduler";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { addAlarm } from "./alarms.ts";

/** The group of all schedules. EventBridge Scheduler counts by group the events that it could not deliver. */
export class Schedules extends Construct {
  readonly group: ScheduleGroup;

  constructor(scope: Construct, id: string, { topic }: { readonly topic: ITopic }) {
    super(scope, id);
    this.group = new ScheduleGroup(this, "Group", { removalPolicy: RemovalPolicy.DESTROY });
    addAlarm(
      this,
      {
        name: "dead-letters",
        alarmName: "dead-letters",
        what: "EventBridge Scheduler could not start an audit; the event is in the dead-letter queue of its tenant.",
        topic,
      },
      { metric: this.group.metricDropped({ period: Duration.hours(1), statistic: "Sum" }) },
    );
  }
}
