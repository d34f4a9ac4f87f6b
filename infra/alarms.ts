import { Duration, Stack } from "aws-cdk-lib";
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Metric,
  type MetricOptions,
  TreatMissingData,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { METRIC, METRIC_DIMENSION, METRIC_NAMESPACE } from "../lambda/contract.ts";
import { notRunningWindow } from "./alarm-window.ts";
import type { TenantConfiguration } from "./configuration/configuration.ts";

export interface AlarmsProps {
  readonly tenant: TenantConfiguration;
  readonly topic: ITopic;
  readonly auditFunction: IFunction;
  /** Null when the owner renews the token by other means. */
  readonly rotationFunction: IFunction | null;
  readonly deadLetterQueue: IQueue;
  /** The longest time between two runs that the schedule allows, in milliseconds. */
  readonly longestMs: number;
}

interface Rule {
  readonly metric: IMetric;
  readonly what: string;
  readonly threshold?: number;
  readonly comparison?: ComparisonOperator;
  readonly periods?: number;
  readonly missing?: TreatMissingData;
}

const FIVE_MINUTES = Duration.minutes(5);

/** What a person must hear of, each with a heading of its own in docs/runbook.md. */
export class Alarms extends Construct {
  readonly #props: AlarmsProps;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#props = props;
    const { auditFunction, rotationFunction, deadLetterQueue, tenant } = props;
    this.#notRunning();
    this.#add("failed", { metric: this.#runs(METRIC.failedRuns), what: `An audit of ${tenant.domain} failed.` });
    this.#add("partial", {
      metric: this.#runs(METRIC.partialRuns),
      what: `An audit of ${tenant.domain} could not read every Organization.`,
    });
    this.#add("execution-failed", {
      metric: new MathExpression({
        label: "Executions that failed or timed out",
        expression: "FILL(failed, 0) + FILL(timedOut, 0)",
        period: FIVE_MINUTES,
        usingMetrics: {
          failed: ofFunction("DurableExecutionFailed", auditFunction),
          timedOut: ofFunction("DurableExecutionTimedOut", auditFunction),
        },
      }),
      what: `The durable execution of an audit of ${tenant.domain} failed or timed out.`,
    });
    this.#add("dead-letters", {
      metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: FIVE_MINUTES, statistic: "Maximum" }),
      what: `An audit of ${tenant.domain} was not started or given up; its event waits in the dead-letter queue.`,
    });
    if (rotationFunction !== null)
      this.#add("rotation-failed", {
        metric: rotationFunction.metricErrors({ period: FIVE_MINUTES, statistic: "Sum" }),
        what: `The Management API token of ${tenant.domain} could not be renewed.`,
      });
  }

  #notRunning(): void {
    const { longestMs, tenant } = this.#props;
    const window = notRunningWindow(longestMs);
    if (window.kind === "age")
      return this.#add("not-running", {
        metric: this.#metric(METRIC.lastCompleteAge, { period: Duration.days(1), statistic: "Maximum" }),
        threshold: window.limitSeconds,
        comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
        // The last word holds until the next run.
        missing: TreatMissingData.IGNORE,
        what: `No audit of ${tenant.domain} was complete within twice its interval. CloudWatch looks back for a week at most, so this is told by the runs themselves: a schedule that starts none is not seen.`,
      });
    const period = Duration.seconds(window.periodSeconds);
    return this.#add("not-running", {
      metric: new MathExpression({
        label: "Recorded runs",
        expression: "FILL(complete, 0) + FILL(partial, 0)",
        period,
        usingMetrics: {
          complete: this.#runs(METRIC.completedRuns, period),
          partial: this.#runs(METRIC.partialRuns, period),
        },
      }),
      threshold: 1,
      comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
      periods: window.periods,
      missing: TreatMissingData.BREACHING,
      what: `No audit of ${tenant.domain} was complete or partial within twice its interval.`,
    });
  }

  #runs(metricName: string, period = FIVE_MINUTES): Metric {
    return this.#metric(metricName, { period, statistic: "Sum" });
  }

  #metric(metricName: string, options: MetricOptions): Metric {
    const dimensionsMap = { [METRIC_DIMENSION]: this.#props.tenant.tenant };
    return new Metric({ namespace: METRIC_NAMESPACE, metricName, dimensionsMap, ...options });
  }

  /** `name` is the end of the alarm's name, and the anchor of its heading in the runbook. */
  #add(name: string, { metric, what, threshold, comparison, periods, missing }: Rule): void {
    const { tenant, topic } = this.#props;
    const alarm = new Alarm(this, name, {
      alarmName: `${Stack.of(this).stackName}-${tenant.tenant}-${name}`,
      alarmDescription: `${what} What to do: docs/runbook.md#${name}`,
      metric,
      threshold: threshold ?? 1,
      comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: periods ?? 1,
      treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
    });
    alarm.addAlarmAction({ bind: () => ({ alarmActionArn: topic.topicArn }) });
  }
}

function ofFunction(metricName: string, { functionName }: IFunction): Metric {
  return new Metric({
    namespace: "AWS/Lambda",
    metricName,
    dimensionsMap: { FunctionName: functionName },
    period: FIVE_MINUTES,
    statistic: "Sum",
  });
}
