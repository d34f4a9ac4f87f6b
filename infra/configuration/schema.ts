import { readFileSync } from "node:fs";
import * as v from "valibot";
import { ATTRIBUTIONS, RESERVE } from "../../lambda/contract.ts";
import { ConfigurationError } from "../../lambda/domain/errors.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import { compareText } from "../../lambda/domain/order.ts";
import { parseOrganizationFile, parseOrganizationId } from "../../lambda/domain/organization-ids.ts";
import { parseDomain, tenantOf } from "../../lambda/domain/tenant.ts";
import { parsePolicy } from "../../lambda/findings/policy.ts";
import { type ChatKeys, chatEntries, chatOf, chatProblem } from "./chat.ts";
import { scheduleGaps } from "./schedule-expression.ts";
import { TIME_ZONES } from "./time-zones.ts";
import { updatesSchema } from "./updates.ts";

const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}$/;
const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/;
const EMAIL = /^[^\s@,;<>]+@[^\s@,;<>]+\.[^\s@,;<>]+$/;
const STACK_NAME_PATTERN = /^[A-Za-z][A-Za-z0-9-]{0,63}$/;
const BUCKET_NAME_PATTERN = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
/** S3 Object Lock takes a retention of up to 100 years. */
const LONGEST_RETENTION_DAYS = 36_500;

const ORGANIZATIONS =
  "it must be all, a list of IDs (org_ and 16 letters or digits), or @FILE with one ID on each line";
const DOMAIN = "it must be a host such as acme.eu.auth0.com, without a path";
const SCHEDULE =
  "it must be rate(N minutes|hours|days) or cron(minutes hours day-of-month month day-of-week year), with ? as day-of-month or day-of-week";
const TIMEZONE = "it must be UTC or the IANA name of a time zone such as Europe/Berlin";
const STACK_NAME = "it must be up to 64 letters, digits and hyphens, starting with a letter";
const BUCKET_NAME = "it must be the name of an S3 bucket, without s3:// and without a path";
const POLICY = "it must be @FILE with a policy in JSON, or the policy itself as an object";
const RESERVE_BOUNDS = `it must be a number from ${RESERVE.lowest} to ${RESERVE.highest}`;

/** A step that reports the message of a `ConfigurationError`. */
function parsedBy<In, Out>(parse: (value: In) => Out) {
  return v.rawTransform<In, Out>(({ dataset, addIssue, NEVER }) => {
    try {
      return parse(dataset.value);
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      addIssue({ message: error.message.replace(/\.$/, "") });
      return NEVER;
    }
  });
}

/** A number, or a number as text: `-c` gives text. */
function numberOrText(message: string) {
  const text = v.pipe(v.string(), v.trim(), v.nonEmpty(message), v.transform(Number));
  return v.union([v.number(), text], message);
}

const keyArn = v.optional(
  v.pipe(
    v.string("it must be the ARN of a KMS key"),
    v.regex(KEY_ARN, "it must be the ARN of a KMS key, arn:aws:kms:REGION:ACCOUNT:key/ID; an alias is not accepted"),
  ),
);

/** What is kept of the tenant's logs. */
const attribution = v.optional(v.picklist(ATTRIBUTIONS, `it must be ${ATTRIBUTIONS.join(", ")}`));

/** The text of the policy that judges: what the function is given is what was checked. */
const policy = v.optional(
  v.pipe(
    v.union([v.string(), v.record(v.string(), v.unknown())], POLICY),
    parsedBy<string | Record<string, unknown>, string>(policyText),
  ),
);

const secretArn = v.pipe(
  v.string("it must be the ARN of a secret"),
  v.regex(SECRET_ARN, "it must be the ARN of a secret in Secrets Manager, including its suffix of six characters"),
);

const tenantEntries = {
  domain: v.pipe(
    v.string(DOMAIN),
    parsedBy((text) => {
      const domain = domainIn(text);
      if (domain === null) throw new ConfigurationError(DOMAIN);
      return domain;
    }),
  ),
  organizations: v.optional(
    v.pipe(
      v.union([v.string(), v.array(v.string(ORGANIZATIONS))], ORGANIZATIONS),
      parsedBy<string | string[], "all" | readonly OrganizationId[]>(organizations),
    ),
    "all",
  ),
  schedule: v.optional(
    v.pipe(
      v.string(SCHEDULE),
      v.trim(),
      v.check((text) => scheduleGaps(text) !== null, SCHEDULE),
    ),
    "cron(0 6 * * ? *)",
  ),
  /** Without it, what all tenants have. */
  updates: updatesSchema,
  attribution,
  timezone: v.optional(
    v.pipe(
      v.string(TIMEZONE),
      v.check((name) => TIME_ZONES.has(name), TIMEZONE),
    ),
    "UTC",
  ),
  /** The share of the rate limit that is left to others. */
  reserve: v.optional(
    v.pipe(
      numberOrText(RESERVE_BOUNDS),
      v.check((share) => share >= RESERVE.lowest && share <= RESERVE.highest, RESERVE_BOUNDS),
    ),
    RESERVE.default,
  ),
  /** Without it, the policy of all tenants. */
  policy,
  /** An existing secret with the token; without one, the stack creates a secret and renews its token. */
  tokenSecretArn: v.optional(secretArn),
  /** The KMS key that encrypts this secret, if it is not the key of Secrets Manager. */
  tokenSecretKeyArn: keyArn,
};

/** The keys of one tenant. */
export const TENANT_KEYS = Object.keys(tenantEntries);

/** One tenant. Rejects other keys. */
export const tenantSchema = v.pipe(
  v.strictObject(tenantEntries, (issue) => {
    if (issue.expected === "never") return `unknown key; a tenant's keys are ${TENANT_KEYS.join(", ")}`;
    return issue.expected === "Object" ? 'it must be a tenant, { "domain": ... }' : DOMAIN;
  }),
  v.forward(
    v.check(
      ({ tokenSecretArn, tokenSecretKeyArn }) => tokenSecretKeyArn === undefined || tokenSecretArn !== undefined,
      "it needs tokenSecretArn, the secret that this key encrypts",
    ),
    ["tokenSecretKeyArn"],
  ),
  v.transform(({ tokenSecretArn = null, tokenSecretKeyArn = null, ...tenant }) => ({
    ...tenant,
    tokenSecretArn,
    tokenSecretKeyArn,
    /** The tenant in object keys. */
    tenant: tenantOf(tenant.domain),
  })),
);

/** One tenant of a stack. */
export interface TenantConfiguration extends Omit<v.InferOutput<typeof tenantSchema>, "updates" | "attribution"> {
  /** The text of the policy that judges the tenant; undefined: the built-in rules do. */
  readonly policy: string | undefined;
  /** When updates run; null: never. */
  readonly updates: string | null;
  readonly attribution: (typeof ATTRIBUTIONS)[number];
}

const RETENTION = `it must be a whole number of days from 1 to ${LONGEST_RETENTION_DAYS}`;

const sharedEntries = {
  /** Two stacks in one account need two names. */
  stackName: v.optional(
    v.pipe(v.string(STACK_NAME), v.regex(STACK_NAME_PATTERN, STACK_NAME)),
    "Auth0OrganizationAuditor",
  ),
  /** An existing evidence bucket to continue with; without it, the stack creates a bucket. */
  evidenceBucketName: v.optional(v.pipe(v.string(BUCKET_NAME), v.regex(BUCKET_NAME_PATTERN, BUCKET_NAME))),
  /** Subscribed to the topic; without it, the topic has no subscription. */
  alertEmail: v.optional(
    v.pipe(
      v.string("it must be one e-mail address"),
      v.trim(),
      v.regex(EMAIL, "it must be one e-mail address such as security@acme.example"),
    ),
  ),
  /** How long evidence is kept. */
  retentionDays: v.optional(
    v.pipe(
      numberOrText(RETENTION),
      v.check((days) => Number.isInteger(days) && days >= 1 && days <= LONGEST_RETENTION_DAYS, RETENTION),
    ),
    2_555,
  ),
  objectLock: v.optional(
    v.picklist(["off", "governance", "compliance"], "it must be off, governance or compliance"),
    "off",
  ),
  /** Encrypts the evidence; without it, keys of S3 do. */
  encryptionKeyArn: keyArn,
  /** Signs manifests: ECC_NIST_P256, SIGN_VERIFY. */
  signingKeyArn: keyArn,
  /** Judges the tenants that have no policy; without it, the built-in rules do. */
  policy,
  /** For the tenants that have none of their own; without them, no updates, and `full`. */
  updates: updatesSchema,
  attribution,
  ...chatEntries(secretArn),
};

/** What all tenants of a stack share. */
export const sharedSchema = v.pipe(
  v.object(sharedEntries),
  v.rawCheck(({ dataset, addIssue }) => {
    const [key, message] = (dataset.typed && chatProblem(dataset.value)) || [];
    if (!dataset.typed || key === undefined || message === undefined) return;
    const value = dataset.value[key];
    addIssue({
      message,
      input: value,
      path: [{ type: "object", origin: "value", input: { ...dataset.value }, key, value }],
    });
  }),
  v.transform(({ chatWebhookSecretArn, chatSlackChannel, chatTeamsUrl, ...shared }) => ({
    ...shared,
    /** Where messages about runs go; undefined: to no chat. */
    chat: chatOf({ chatWebhookSecretArn, chatSlackChannel, chatTeamsUrl } satisfies ChatKeys),
  })),
);

/** The `context` of `cdk.json`, and of `-c key=value`. */
export interface Configuration extends v.InferOutput<typeof sharedSchema> {
  readonly tenants: readonly TenantConfiguration[];
}

/** The keys of the stack, for all its tenants. */
export const SHARED_KEYS = Object.keys(sharedEntries);

export const CONTEXT_KEYS = [...new Set(["tenants", ...TENANT_KEYS, ...SHARED_KEYS])];

export function isKnownContextKey(key: string): boolean {
  return CONTEXT_KEYS.includes(key);
}

/** A value that came as text, `-c tenants='[...]'`; what is not JSON stays text. */
export function jsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A public host name, or a host with a port (a local tenant). */
function domainIn(text: string) {
  try {
    const domain = parseDomain(text, "domain");
    return /[.:]/.test(domain) ? domain : null;
  } catch {
    return null;
  }
}

function organizations(given: string | readonly string[]): "all" | readonly OrganizationId[] {
  if (given === "all") return "all";
  if (typeof given === "string" && given.startsWith("@")) return listedIn(given.slice(1));
  const list = typeof given === "string" ? v.parse(idsInText, given) : given;
  const ids = list.map((text) => {
    const id = parseOrganizationId(text);
    if (id === null)
      throw new ConfigurationError(`${JSON.stringify(text.slice(0, 60))} is not an Organization ID; ${ORGANIZATIONS}`);
    return id;
  });
  if (ids.length === 0) throw new ConfigurationError(`the list is empty; ${ORGANIZATIONS}`);
  return [...new Set(ids)].sort(compareText);
}

/** IDs separated by commas, or a JSON list, as `-c` gives them. */
const idsInText = v.pipe(
  v.string(),
  v.transform((text) => {
    const parsed = v.safeParse(v.array(v.string()), jsonText(text));
    if (parsed.success) return parsed.output;
    return text
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "");
  }),
);

function listedIn(file: string): readonly OrganizationId[] {
  return parseOrganizationFile(contentOf(file, ORGANIZATIONS), file);
}

function policyText(given: string | Readonly<Record<string, unknown>>): string {
  const file = typeof given === "string" && given.startsWith("@") ? given.slice(1) : null;
  const text = file !== null ? contentOf(file, POLICY) : typeof given === "string" ? given : JSON.stringify(given);
  parsePolicy(text, file ?? "the policy");
  return text;
}

function contentOf(file: string, allowed: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    throw new ConfigurationError(`the file ${JSON.stringify(file)} cannot be read; ${allowed}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ConfigurationError(`the file ${JSON.stringify(file)} is not UTF-8 text; ${allowed}`);
  }
}
