import * as v from "valibot";

/** Where messages about runs go, and how EventBridge proves who it is. The secret itself stays in Secrets Manager. */
export type Chat =
  /** `secretArn`: the token of a bot. `channel`: the ID of the channel that it posts to. */
  | { readonly kind: "slack"; readonly secretArn: string; readonly channel: string }
  /** `secretArn`: the value of the parameter `sig`. `endpoint` and `parameters`: the rest of the workflow's address. */
  | {
      readonly kind: "teams";
      readonly secretArn: string;
      readonly endpoint: string;
      readonly parameters: Readonly<Record<string, string>>;
    };

const SECRET = "it must be the ARN of a secret in Secrets Manager, including its suffix of six characters";
const CHANNEL = "it must be the ID of a Slack channel such as C0123456789, not its name";
const TEAMS = "it must be the https address of a Teams workflow, without its parameter sig";
const TEAMS_SIGNED =
  "the parameter sig is a secret: remove it here, and store its value in the secret of chatWebhookSecretArn";
/** What EventBridge accepts as the address of an API destination, without a query. */
const ENDPOINT = /^https:\/\/[a-z0-9.-]+\.[a-z]{2,}(?::\d+)?\/[A-Za-z0-9%._~/-]+$/;
const SECRET_PARAMETER = "sig";

interface TeamsAddress {
  readonly endpoint: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The keys of the stack that say where messages go. `secretArn` is the schema of the ARN of a secret. */
export function chatEntries<Schema extends v.GenericSchema<string, string>>(secretArn: Schema) {
  return {
    chatWebhookSecretArn: v.optional(
      v.pipe(
        v.string(SECRET),
        v.rawCheck(({ dataset, addIssue }) => {
          if (!dataset.typed || v.is(secretArn, dataset.value)) return;
          // The secret itself, in place of its ARN, is not shown.
          addIssue({ message: SECRET, input: dataset.value.startsWith("arn:") ? dataset.value : "not an ARN" });
        }),
      ),
    ),
    chatSlackChannel: v.optional(v.pipe(v.string(CHANNEL), v.regex(/^[CG][A-Z0-9]{8,20}$/, CHANNEL))),
    chatTeamsUrl: v.optional(
      v.pipe(
        v.string(TEAMS),
        v.rawTransform<string, TeamsAddress>(({ dataset, addIssue, NEVER }) => {
          const url = URL.canParse(dataset.value) ? new URL(dataset.value) : null;
          const address = url === null ? null : teamsAddress(url);
          if (address !== null && url?.searchParams.has(SECRET_PARAMETER) === false) return address;
          // An address can be a secret as a whole: the message shows no more than the host.
          addIssue({ message: address === null ? TEAMS : TEAMS_SIGNED, input: url?.origin ?? "no address" });
          return NEVER;
        }),
      ),
    ),
  };
}

function teamsAddress(url: URL): TeamsAddress | null {
  const endpoint = `${url.origin}${url.pathname}`;
  const isWorkflow = url.searchParams.has("api-version") && url.pathname.includes("/workflows/");
  if (!isWorkflow || !ENDPOINT.test(endpoint) || url.hash !== "" || url.username !== "") return null;
  return { endpoint, parameters: Object.fromEntries(url.searchParams) };
}

export interface ChatKeys {
  readonly chatWebhookSecretArn?: string | undefined;
  readonly chatSlackChannel?: string | undefined;
  readonly chatTeamsUrl?: TeamsAddress | undefined;
}

/** What is wrong with the keys together: the key, and what to do. Null if they fit. */
export function chatProblem(keys: ChatKeys): readonly [key: keyof ChatKeys, message: string] | null {
  const { chatWebhookSecretArn: secret, chatSlackChannel: slack, chatTeamsUrl: teams } = keys;
  if (slack !== undefined && teams !== undefined)
    return ["chatTeamsUrl", "it cannot be combined with chatSlackChannel; set one of them"];
  if (secret !== undefined && slack === undefined && teams === undefined)
    return ["chatWebhookSecretArn", "it needs chatSlackChannel or chatTeamsUrl, which say where messages go"];
  if (secret === undefined && (slack !== undefined || teams !== undefined))
    return [
      slack === undefined ? "chatTeamsUrl" : "chatSlackChannel",
      "it needs chatWebhookSecretArn, the secret that authorizes the messages",
    ];
  return null;
}

/** Where messages go; undefined: nowhere. The keys must fit together. */
export function chatOf(keys: ChatKeys): Chat | undefined {
  const { chatWebhookSecretArn: secretArn, chatSlackChannel: channel, chatTeamsUrl: teams } = keys;
  if (secretArn === undefined) return undefined;
  if (channel !== undefined) return { kind: "slack", secretArn, channel };
  return teams && { kind: "teams", secretArn, ...teams };
}
