import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  type AlarmProps,
  ComparisonOperator,
  MathExpression,
  Metric,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { METRIC, METRIC_DIMENSION, METRIC_NAMESPACE } from "../lambda/contract.ts";
import { notRunningWindow, silentHours } from "./alarm-window.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";

export interface AlarmsProps {
  readonly tenant: TenantConfiguration;
  readonly topic: ITopic;
  readonly auditFunction: IFunction;
  /** Null if the owner renews the token by other means. */
  readonly rotationFunction: IFunction | null;
  /** The longest time between two runs of the schedule, in milliseconds. */
  readonly longestMs: number;
  /** The same of its updates; null without updates. */
  readonly longestUpdateMs: number | null;
}

const HOURLY = { period: Duration.hours(1), statistic: "Sum" } as const;

/** One datapoint is an alarm, also if it arrives up to two hours late. */
const ONCE = {
  threshold: 1,
  comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  evaluationPeriods: 3,
  datapointsToAlarm: 1,
  treatMissingData: TreatMissingData.NOT_BREACHING,
} as const satisfies Omit<AlarmProps, "metric">;

/** The alarms of one tenant. One failure is one alarm: a failed run, a failed execution and a lost event exclude each other. */
export class Alarms extends Construct {
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { auditFunction, longestUpdateMs, rotationFunction, tenant } = props;
    const { domain } = tenant;
    this.#addNotRunning();
    this.#add("failed", `An audit of ${domain} failed.`, { metric: this.#runs(METRIC.failedRuns) });
    this.#add("partial", `An audit of ${domain} could not read every Organization.`, {
      metric: this.#runs(METRIC.partialRuns),
    });
    this.#add("execution-failed", `An execution of the audit of ${domain} failed, timed out or crashed.`, {
      // An execution that someone stops is in neither metric. A crash is in Errors alone: the execution starts the step again.
      metric: new MathExpression({
        label: "Executions that failed, timed out or crashed",
        expression: "FILL(failed, 0) + FILL(timedOut, 0) + FILL(crashed, 0)",
        period: HOURLY.period,
        usingMetrics: {
          failed: ofFunction("DurableExecutionFailed", auditFunction),
          timedOut: ofFunction("DurableExecutionTimedOut", auditFunction),
          crashed: ofFunction("Errors", auditFunction),
        },
      }),
    });
    if (longestUpdateMs !== null) this.#addUpdatesNotRunning(longestUpdateMs);
    if (rotationFunction !== null)
      this.#add("rotation-failed", `The Management API token of ${domain} could not be renewed.`, {
        metric: ofFunction("Errors", rotationFunction),
      });
  }

  #addNotRunning(): void {
    const { longestMs, tenant } = this.#props;
    const window = notRunningWindow(longestMs);
    if (window.kind === "age")
      return this.#add(
        "not-running",
        `No audit of ${tenant.domain} was complete within twice its interval. The runs report this age, so the alarm does not detect a schedule that starts no runs.`,
        {
          metric: this.#metric(METRIC.lastCompleteAge, { ...HOURLY, statistic: "Maximum" }),
          threshold: window.limitSeconds,
          comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
          // The state remains until the next run.
          treatMissingData: TreatMissingData.IGNORE,
        },
      );
    return this.#add("not-running", `No audit of ${tenant.domain} was recorded within twice its interval.`, {
      metric: new MathExpression({
        label: "Recorded runs",
        expression: "FILL(complete, 0) + FILL(partial, 0)",
        period: HOURLY.period,
        usingMetrics: { complete: this.#runs(METRIC.completedRuns), partial: this.#runs(METRIC.partialRuns) },
      }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: window.hours,
      datapointsToAlarm: window.hours,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** The updates do not count as runs, and the runs do not count as updates. */
  #addUpdatesNotRunning(longestMs: number): void {
    const hours = silentHours(longestMs);
    this.#add("updates-not-running", `No update of ${this.#props.tenant.domain} ended within twice its interval.`, {
      metric: this.#runs(METRIC.updates),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: hours,
      datapointsToAlarm: hours,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  #runs(metricName: string): Metric {
    return this.#metric(metricName, HOURLY);
  }

  #metric(metricName: string, options: { readonly period: Duration; readonly statistic: string }): Metric {
    const dimensionsMap = { [METRIC_DIMENSION]: this.#props.tenant.tenant };
    return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...options });
  }

  #add(name: string, what: string, props: Pick<AlarmProps, "metric"> & Partial<AlarmProps>): void {
    const { tenant, topic } = this.#props;
    addAlarm(this, { name, alarmName: `${tenant.tenant}-${name}`, what, topic }, props);
  }
}

interface AlarmText {
  /** The construct's ID, and the anchor of a heading in the runbook. */
  readonly name: string;
  /** The alarm's name after the stack's name. */
  readonly alarmName: string;
  readonly what: string;
  readonly topic: ITopic;
}

/** An alarm that links to its heading in the runbook and notifies the topic. */
export function addAlarm(
  scope: Construct,
  { name, alarmName, what, topic }: AlarmText,
  props: Pick<AlarmProps, "metric"> & Partial<AlarmProps>,
): void {
  const alarm = new Alarm(scope, name, {
    ...ONCE,
    ...props,
    alarmName: `${Stack.of(scope).stackName}-${alarmName}`,
    alarmDescription: `${what} What to do: docs/runbook.md#${name}`,
  });
  alarm.addAlarmAction({ bind: () => ({ alarmActionArn: topic.topicArn }) });
}

function ofFunction(metricName: string, { functionName }: IFunction): Metric {
  return new Metric({ namespace: "AWS/Lambda", metricName, dimensionsMap: { FunctionName: functionName }, ...HOURLY });
}
