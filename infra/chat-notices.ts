import { Duration, Stack } from "aws-cdk-lib";
import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import {
  ApiDestination,
  Connection,
  EventField,
  type EventPattern,
  Rule,
  RuleTargetInput,
} from "aws-cdk-lib/aws-events";
import { ApiDestination as ApiDestinationTarget } from "aws-cdk-lib/aws-events-targets";
import type { IBucket } from "aws-cdk-lib/aws-s3";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { addAlarm } from "./alarms.ts";
import { type ChatService, chatService } from "./chat-service.ts";
import type { Chat } from "./configuration/chat.ts";
import { ContextError, type TenantConfiguration } from "./configuration/configuration.ts";
import { noteworthyRuns } from "./noteworthy-runs.ts";
import { allow, serviceRole } from "./permissions.ts";

/** A quota of EventBridge, in characters. */
const LONGEST_PATTERN = 2_048;

export interface ChatNoticesProps {
  readonly chat: Chat;
  readonly tenants: readonly TenantConfiguration[];
  readonly bucket: IBucket;
  readonly topic: ITopic;
}

/** Posts the runs of all tenants that need attention to a chat, from EventBridge and without code of ours. */
export class ChatNotices extends Construct {
  constructor(scope: Construct, id: string, { chat, tenants, bucket, topic }: ChatNoticesProps) {
    super(scope, id);
    const service = chatService(chat);
    const destination = this.#destination(service);
    const undelivered = new Queue(this, "Undelivered", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      undelivered,
      "SQS3",
      "It is the dead-letter queue of the rule's target, which cdk-nag does not look at.",
    );
    const role = serviceRole(this, "Sender", {
      service: "events",
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      description: "Posts messages about runs to a chat.",
      statements: [allow("PostRuns", "events:InvokeApiDestination", destination.apiDestinationArn)],
    });
    const rule = new Rule(this, "Rule", {
      description: "Audits that need attention, for a chat.",
      eventPattern: patternOf(tenants),
      targets: [
        new ApiDestinationTarget(destination, {
          event: RuleTargetInput.fromObject(service.body(lines(bucket))),
          eventRole: role.withoutPolicyUpdates(),
          deadLetterQueue: undelivered,
          maxEventAge: Duration.hours(4),
          retryAttempts: 50,
        }),
      ],
    });
    this.#addAlarm(rule, topic);
  }

  #destination({ endpoint, body: _, ...authorization }: ChatService): ApiDestination {
    const connection = new Connection(this, "Connection", authorization);
    return new ApiDestination(this, "Destination", { connection, endpoint, rateLimitPerSecond: 1 });
  }

  #addAlarm(rule: Rule, topic: ITopic): void {
    const metric = new Metric({
      namespace: "AWS/Events",
      metricName: "InvocationsSentToDlq",
      dimensionsMap: { RuleName: rule.ruleName },
      period: Duration.hours(1),
      statistic: "Sum",
    });
    const what = "A message about a run could not be posted to the chat; its event is in the queue of the chat.";
    addAlarm(this, { name: "chat-not-delivered", alarmName: "chat-not-delivered", what, topic }, { metric });
  }
}

function patternOf(tenants: readonly TenantConfiguration[]): EventPattern {
  const pattern = noteworthyRuns(tenants.map(({ tenant }) => tenant));
  if (JSON.stringify(pattern).length > LONGEST_PATTERN)
    throw new ContextError(
      `tenants: with a chat, the domains of ${tenants.length} tenants are too long for one EventBridge rule; move some of them to a second stack with its own stackName.`,
    );
  return pattern;
}

/** Every field is safe between quotes: `chat` is prepared for that, and the others are names of ours. */
function lines(bucket: IBucket): readonly string[] {
  const detail = (path: string) => EventField.fromPath(`$.detail.${path}`);
  return [
    detail("chat.verdict"),
    detail("chat.findings"),
    detail("chat.changes"),
    `Run ${detail("run_id")} of ${detail("tenant")} is ${detail("status")}. Organizations: ${detail("counts.organizations.observed")} read, ${detail("counts.organizations.failed")} not read.`,
    `Report: aws s3 cp s3://${bucket.bucketName}/${detail("report.key")} .`,
    "What to do: docs/runbook.md",
  ];
}
