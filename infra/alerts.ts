import { CfnOutput, Stack } from "aws-cdk-lib";
import { AnyPrincipal, Effect, type IRole, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { PRODUCT } from "../lambda/contract.ts";
import { allow, serviceRole } from "./permissions.ts";

/** The topic for alarms and for runs that need attention. */
export class Alerts extends Construct {
  readonly topic: Topic;
  /** EventBridge publishes with this role. */
  readonly publisher: IRole;

  constructor(scope: Construct, id: string, { alertEmail }: { readonly alertEmail?: string | undefined }) {
    super(scope, id);
    this.topic = new Topic(this, "Topic", { displayName: PRODUCT, enforceSSL: true });
    if (alertEmail !== undefined) this.#subscribe(alertEmail);
    this.publisher = this.#publisher();
    const { account, partition, region } = Stack.of(this);
    const publish = { actions: ["sns:Publish"], resources: [this.topic.topicArn] };
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        sid: "PublishAlarms",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        conditions: {
          StringEquals: { "aws:SourceAccount": account },
          ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
        },
      }),
    );
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        ...publish,
        sid: "PublishNothingElse",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        // Services are not denied here: without a statement that allows them, they cannot publish.
        conditions: {
          ArnNotEquals: { "aws:PrincipalArn": this.publisher.roleArn },
          Bool: { "aws:PrincipalIsAWSService": "false" },
        },
      }),
    );
  }

  #subscribe(alertEmail: string): void {
    this.topic.addSubscription(new EmailSubscription(alertEmail));
    new CfnOutput(this, "AlertEmail", {
      description: "AWS sends a confirmation link to this address. It receives no messages until the link is opened.",
      value: alertEmail,
    });
  }

  /**
   * EventBridge does not support conditions in the policy of a topic, so the policy cannot be limited to this account's
   * rules (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html). A role can be used by rules of
   * its own account only (https://aws.amazon.com/about-aws/whats-new/2025/03/amazon-eventbridge-iam-execution-role-all-targets/).
   */
  #publisher(): IRole {
    return serviceRole(this, "Publisher", {
      service: "events",
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      description: "Publishes messages about runs that need attention.",
      statements: [allow("PublishRuns", "sns:Publish", this.topic.topicArn)],
    }).withoutPolicyUpdates();
  }
}
