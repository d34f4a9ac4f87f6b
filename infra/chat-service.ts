import { SecretValue } from "aws-cdk-lib";
import { Authorization, HttpParameter } from "aws-cdk-lib/aws-events";
import { PRODUCT } from "../lambda/contract.ts";
import type { Chat } from "./configuration/chat.ts";

/** How EventBridge posts to a chat. */
export interface ChatService {
  /** Holds no secret: everyone who can list API destinations sees it. */
  readonly endpoint: string;
  /** The authorization and the parameters of the address. EventBridge keeps them in a secret of its own. */
  readonly authorization: Authorization;
  readonly queryStringParameters?: Readonly<Record<string, HttpParameter>>;
  /** The body of a request that shows these lines as they are. */
  readonly body: (lines: readonly string[]) => object;
}

export function chatService(chat: Chat): ChatService {
  const secret = SecretValue.secretsManager(chat.secretArn);
  if (chat.kind === "slack")
    return {
      endpoint: "https://slack.com/api/chat.postMessage",
      authorization: Authorization.apiKey(
        "Authorization",
        SecretValue.unsafePlainText(`Bearer ${secret.unsafeUnwrap()}`),
      ),
      body: (lines) => slackMessage(chat.channel, lines),
    };
  return {
    endpoint: chat.endpoint,
    // A connection needs an authorization. The workflow ignores the header: `sig` authorizes the request.
    authorization: Authorization.apiKey("x-sent-by", SecretValue.unsafePlainText(PRODUCT)),
    queryStringParameters: {
      ...Object.fromEntries(
        Object.entries(chat.parameters).map(([name, value]) => [name, HttpParameter.fromString(value)]),
      ),
      sig: HttpParameter.fromSecret(secret),
    },
    body: teamsMessage,
  };
}

/** https://docs.slack.dev/reference/methods/chat.postMessage: neither formatting nor links nor mentions. */
function slackMessage(channel: string, lines: readonly string[]): object {
  return {
    channel,
    text: lines.join("\n"),
    mrkdwn: false,
    parse: "none",
    link_names: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

/** An Adaptive Card. Unlike a `TextBlock`, a `TextRun` has no Markdown. */
function teamsMessage(lines: readonly string[]): object {
  const body = lines.map((text) => ({ type: "RichTextBlock", inlines: [{ type: "TextRun", text }] }));
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body,
  };
  return {
    type: "message",
    attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content }],
  };
}
