import { readFileSync } from "node:fs";
import type { Node } from "constructs";
import * as v from "valibot";

/** What the stack is told by `cdk.json` context, or by `-c key=value`. */
export interface Configuration {
  readonly domain: string;
  /** `all`, or the IDs. */
  readonly organizations: "all" | readonly string[];
  readonly schedule: string;
  readonly timezone: string;
  /** The share of the rate limit that is left to others, 0 to 0.9. */
  readonly reserve: number;
  /** A secret of your own; without, the stack makes one. */
  readonly tokenSecretArn: string | null;
}

/** A context value is wrong. The message names the key and says what is allowed. */
export class ContextError extends Error {
  override readonly name = "ContextError";
}

const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+(:[1-9][0-9]{0,4})?$/;
const ORGANIZATION_ID = /^org_[A-Za-z0-9]{16}$/;
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
const RATE = /^rate\((1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))\)$/;
const CRON = /^cron\([^\s()]+( [^\s()]+){5}\)$/;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$/;

const schema = v.object({
  domain: v.pipe(
    v.string("name the tenant's domain, such as acme.eu.auth0.com"),
    v.trim(),
    v.toLowerCase(),
    v.regex(DOMAIN, "it must be a host such as acme.eu.auth0.com, without scheme or path"),
  ),
  organizations: v.optional(
    v.union(
      [v.string(), v.array(v.string())],
      "it must be all, a list of IDs, IDs separated by commas, or @FILE with one ID a line",
    ),
    "all",
  ),
  schedule: v.optional(
    v.pipe(
      v.string("it must be rate(...) or cron(...)"),
      v.check(
        (text) => RATE.test(text) || CRON.test(text),
        "it must be rate(N minutes|hours|days) or cron(minutes hours day-of-month month day-of-week year)",
      ),
    ),
    "cron(0 6 * * ? *)",
  ),
  timezone: v.optional(
    v.pipe(
      v.string("it must be the name of a time zone"),
      v.check(isTimezone, "it must be the name of a time zone such as Europe/Berlin"),
    ),
    "UTC",
  ),
  reserve: v.optional(
    v.pipe(
      v.union([v.number(), v.string()]),
      v.transform((value) => (value === "" ? Number.NaN : Number(value))),
      v.check((share) => share >= 0 && share <= 0.9, "it must be a number from 0 to 0.9"),
    ),
    0.25,
  ),
  tokenSecretArn: v.optional(
    v.nullable(
      v.pipe(v.string(), v.regex(SECRET_ARN, "it must be the ARN of a secret in Secrets Manager, with its suffix")),
    ),
    null,
  ),
});

/** Reads and checks the context. Throws `ContextError`. */
export function readConfiguration(node: Node): Configuration {
  const given = Object.fromEntries(Object.keys(schema.entries).map((key) => [key, node.tryGetContext(key)]));
  const parsed = v.safeParse(schema, given);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    const key = String(issue.path?.[0]?.key ?? "context");
    throw new ContextError(`${key}: ${JSON.stringify(given[key]) ?? "it is missing"}: ${issue.message}.`);
  }
  return { ...parsed.output, organizations: organizations(parsed.output.organizations) };
}

function organizations(given: string | readonly string[]): "all" | readonly string[] {
  if (given === "all") return "all";
  const ids = typeof given === "string" ? listed(given) : given;
  if (ids.length === 0) throw new ContextError("organizations: it names none; write all, or one ID at least.");
  for (const id of ids)
    if (!ORGANIZATION_ID.test(id))
      throw new ContextError(`organizations: ${JSON.stringify(id)} is not an ID: org_ and 16 letters or digits.`);
  return [...new Set(ids)].sort();
}

function listed(text: string): readonly string[] {
  if (!text.startsWith("@"))
    return text
      .split(",")
      .map((id) => id.trim())
      .filter((id) => id !== "");
  try {
    return readFileSync(text.slice(1), "utf8")
      .split(/\r?\n/)
      .map((line) => line.replace(/#.*$/, "").trim())
      .filter((id) => id !== "");
  } catch {
    throw new ContextError(`organizations: the file ${JSON.stringify(text.slice(1))} cannot be read.`);
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
