import { beforeAll, describe, expect, it } from "@jest/globals";
import { Match, type Template } from "aws-cdk-lib/assertions";
import * as v from "valibot";
import { EVENT_SOURCE } from "../../lambda/contract.ts";
import { renderEvent } from "../../lambda/report/event.ts";
import { modelOf, SITUATIONS } from "../support/situations.ts";
import { CHAT_SECRET_ARN, only, permissions, synthesize } from "./support.ts";

const DOMAIN = "acme.eu.auth0.com";
const SLACK = { domain: DOMAIN, chatWebhookSecretArn: CHAT_SECRET_ARN, chatSlackChannel: "C0123456789" };
const WORKFLOW = "https://prod-12.westeurope.logic.azure.com:443/workflows/0a1b/triggers/manual/paths/invoke";
const TEAMS = {
  domain: DOMAIN,
  chatWebhookSecretArn: CHAT_SECRET_ARN,
  chatTeamsUrl: `${WORKFLOW}?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0`,
};
const RESOLVED = `{{resolve:secretsmanager:${CHAT_SECRET_ARN}:SecretString:::}}`;

const targetSchema = v.object({
  Arn: v.unknown(),
  RoleArn: v.unknown(),
  DeadLetterConfig: v.object({ Arn: v.unknown() }),
  RetryPolicy: v.unknown(),
  InputTransformer: v.object({
    InputPathsMap: v.record(v.string(), v.string()),
    InputTemplate: v.object({ "Fn::Join": v.tuple([v.literal(""), v.array(v.unknown())]) }),
  }),
});

function chatRule(template: Template) {
  const [, { Properties }] = only(
    Object.entries(template.findResources("AWS::Events::Rule")).filter(([id]) => id.startsWith("Chat")),
  );
  return { pattern: Properties.EventPattern, target: only(v.parse(v.array(targetSchema), Properties.Targets)) };
}

const property = (template: Template, type: string) => only(Object.values(template.findResources(type))).Properties;

/**
 * What EventBridge sends: a text is inserted between quotes as it is. Without quotes around it, it becomes a JSON value.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function sent(template: Template, event: unknown): string {
  const { InputPathsMap: paths, InputTemplate: input } = chatRule(template).target.InputTransformer;
  const text = input["Fn::Join"][1].map((part) => (typeof part === "string" ? part : "BUCKET")).join("");
  const at = (name: string) =>
    (paths[name] ?? "")
      .replace(/^\$\./, "")
      .split(".")
      .reduce<unknown>((value, key) => Object.entries(Object(value)).find(([one]) => one === key)?.[1], event);
  return text.replace(/(?<=([:[,])?)<([\w-]+)>/g, (_all, open: string | undefined, name: string) => {
    const value = at(name);
    if (value === undefined) throw new Error(`${name} is not in the event.`);
    return open === undefined ? String(value) : JSON.stringify(value);
  });
}

const EVENTS = Object.entries(SITUATIONS).map(
  ([name, situation]) => [name, JSON.parse(renderEvent(modelOf(situation), "s3://evidence").detail)] as const,
);

describe("the messages to a chat", () => {
  let none: Template;
  let slack: Template;
  let teams: Template;
  beforeAll(() => {
    none = synthesize({ domain: DOMAIN });
    slack = synthesize(SLACK);
    teams = synthesize(TEAMS);
  });

  it("add nothing to a stack without a chat", () => {
    for (const type of ["AWS::Events::Connection", "AWS::Events::ApiDestination"]) none.resourceCountIs(type, 0);
    const added = Object.entries(slack.toJSON().Resources).filter(([id]) => !(id in none.toJSON().Resources));
    expect(added.map(([, resource]) => Object(resource).Type).sort()).toEqual([
      "AWS::CloudWatch::Alarm",
      "AWS::Events::ApiDestination",
      "AWS::Events::Connection",
      "AWS::Events::Rule",
      "AWS::IAM::Role",
      "AWS::SQS::Queue",
      "AWS::SQS::QueuePolicy",
    ]);
  });

  it("go to Slack as a bot, whose token is in the connection alone", () => {
    expect(property(slack, "AWS::Events::ApiDestination")).toMatchObject({
      HttpMethod: "POST",
      InvocationEndpoint: "https://slack.com/api/chat.postMessage",
    });
    expect(property(slack, "AWS::Events::Connection").AuthParameters).toEqual({
      ApiKeyAuthParameters: { ApiKeyName: "Authorization", ApiKeyValue: `Bearer ${RESOLVED}` },
    });
    expect(JSON.stringify(slack.toJSON()).split("{{resolve:")).toHaveLength(2);
  });

  it("go to a Teams workflow, whose signature is in the connection alone", () => {
    const endpoint: string = property(teams, "AWS::Events::ApiDestination").InvocationEndpoint;
    expect(endpoint).toBe(WORKFLOW.replace(":443", ""));
    // The pattern of CloudFormation's InvocationEndpoint.
    expect(endpoint).toMatch(/^((%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@&=+$,A-Za-z0-9])+)([).!';/?:,])?$/);
    const { InvocationHttpParameters: http } = property(teams, "AWS::Events::Connection").AuthParameters;
    expect(http.QueryStringParameters).toEqual([
      { Key: "api-version", Value: "2016-06-01", IsValueSecret: false },
      { Key: "sp", Value: "/triggers/manual/run", IsValueSecret: false },
      { Key: "sv", Value: "1.0", IsValueSecret: false },
      { Key: "sig", Value: RESOLVED, IsValueSecret: true },
    ]);
    expect(JSON.stringify(teams.toJSON()).split("{{resolve:")).toHaveLength(2);
  });

  it("are sent for the same runs as e-mail, of every tenant", () => {
    const domains = ["acme.eu.auth0.com", "globex.us.auth0.com"];
    const { domain: _, ...chat } = SLACK;
    const both = synthesize({ ...chat, tenants: domains.map((domain) => ({ domain })) });
    const { pattern } = chatRule(both);
    expect(pattern.source).toEqual([EVENT_SOURCE]);
    const mails = Object.entries(both.findResources("AWS::Events::Rule")).filter(([id]) => !id.startsWith("Chat"));
    expect(mails).toHaveLength(2);
    for (const [, { Properties }] of mails)
      expect(pattern).toEqual({
        ...Properties.EventPattern,
        detail: { ...Properties.EventPattern.detail, tenant: domains },
      });
  });

  it("are refused for more tenants than the pattern of one rule can name", () => {
    const { domain: _, ...chat } = SLACK;
    const tenants = (suffix: string) =>
      Array.from({ length: 20 }, (_tenant, index) => ({ domain: `${"x".repeat(40)}${index}.${suffix}` }));
    const { pattern } = chatRule(synthesize({ ...chat, tenants: tenants("eu.auth0.com") }));
    expect(JSON.stringify(pattern).length).toBeLessThanOrEqual(2_048);
    expect(() => synthesize({ ...chat, tenants: tenants(`${"y".repeat(40)}.example`) })).toThrow(
      /^tenants: with a chat/,
    );
  });

  it("are sent again for hours, and then kept in a queue and reported by an alarm", () => {
    const { target } = chatRule(slack);
    expect(target.RetryPolicy).toEqual({ MaximumEventAgeInSeconds: 14_400, MaximumRetryAttempts: 50 });
    expect(target.DeadLetterConfig.Arn).toEqual({
      "Fn::GetAtt": [expect.stringMatching(/^ChatUndelivered/), "Arn"],
    });
    slack.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmName: "Auditor-chat-not-delivered",
      Namespace: "AWS/Events",
      MetricName: "InvocationsSentToDlq",
      Dimensions: [{ Name: "RuleName", Value: { Ref: Match.stringLikeRegexp("^ChatRule") } }],
    });
  });

  it("are posted by a role that can do nothing else", () => {
    const [, statements] = only([...permissions(slack)].filter(([id]) => id.startsWith("ChatSender")));
    expect(statements).toEqual([
      {
        Sid: "PostRuns",
        Effect: "Allow",
        Action: "events:InvokeApiDestination",
        Resource: { "Fn::GetAtt": [expect.stringMatching(/^ChatDestination/), "Arn"] },
      },
    ]);
  });

  describe.each(EVENTS)("for the run %s", (_name, detail) => {
    it("are JSON that Slack shows as it is", () => {
      const message = JSON.parse(sent(slack, { detail }));
      expect(message).toEqual({
        channel: "C0123456789",
        text: expect.any(String),
        mrkdwn: false,
        parse: "none",
        link_names: false,
        unfurl_links: false,
        unfurl_media: false,
      });
      const lines: string[] = message.text.split("\n");
      expect(lines).toHaveLength(6);
      expect(lines.slice(0, 3)).toEqual([detail.chat.verdict, detail.chat.findings, detail.chat.changes]);
      expect(lines[4]).toBe(`Report: aws s3 cp s3://BUCKET/${detail.report.key} .`);
      expect(lines.slice(0, 4).join()).not.toMatch(/["\\`<>&@*]|:\/\/\S/);
    });

    it("are JSON that Teams shows as it is", () => {
      const message = JSON.parse(sent(teams, { detail }));
      const { body } = message.attachments[0].content;
      expect(body).toHaveLength(6);
      for (const block of body)
        expect(block).toEqual({ type: "RichTextBlock", inlines: [{ type: "TextRun", text: expect.any(String) }] });
      expect(body[0].inlines[0].text).toBe(detail.chat.verdict);
      // Teams accepts 28 KB.
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(28_000);
    });
  });
});
