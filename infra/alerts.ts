import { Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { PRODUCT } from "../lambda/contract.ts";

/** The topic that everything which concerns a person goes to: alarms, and runs that found something. */
export class Alerts extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, { alertEmail }: { readonly alertEmail?: string | undefined }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { displayName: PRODUCT, enforceSSL: true });
    if (alertEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alertEmail));
    const { account, partition, region } = Stack.of(this);
    this.#allow("PublishAlarms", "cloudwatch.amazonaws.com", {
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
    });
    // EventBridge publishes to a topic without context: with a condition, every message would be dropped in silence
    // (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html).
    this.#allow("PublishRuns", "events.amazonaws.com", {});
  }

  #allow(sid: string, service: string, conditions: Readonly<Record<string, unknown>>): void {
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid,
        principals: [new ServicePrincipal(service)],
        actions: ["sns:Publish"],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
  }
}
