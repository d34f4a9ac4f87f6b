import * as v from "valibot";
import { SEVERITIES } from "../domain/change.ts";
import { parseInstant } from "../domain/time.ts";
import {
  FEWEST_UNREAD_DAYS,
  HIGHEST_VERSION,
  LONGEST_EXPRESSION,
  LONGEST_ID,
  LONGEST_TEXT,
  MOST_CUSTOM_RULES,
  MOST_UNREAD_DAYS,
  MOST_WAIVERS,
} from "./bounds.ts";
import { BUILT_IN_RULE_IDS, type BuiltInRuleId } from "./rules.ts";

const CUSTOM_ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const EXPECTED_ID = `expected an ID of up to ${LONGEST_ID} lower-case letters, digits and hyphens, such as no-passwords`;
const EXPECTED_DATE = "expected a date that exists, as YYYY-MM-DD, such as 2027-03-31";
const EXPECTED_VERSION = `expected a whole number from 1 to ${HIGHEST_VERSION}`;
const EXPECTED_DAYS = `expected a whole number of days from ${FEWEST_UNREAD_DAYS} to ${MOST_UNREAD_DAYS}`;
const EXPECTED_SEVERITY = `expected one of ${SEVERITIES.join(", ")}`;
const SETTING = 'expected "on", "off" or an object such as { "severity": "medium" }';

/** An object that has these keys and no other; `what` names it in messages. */
function only<const Entries extends v.ObjectEntries>(entries: Entries, what: string, unknown = "unknown key") {
  const keys = Object.keys(entries).join(", ");
  const expected = `expected ${what}`;
  const object = v.strictObject(entries, (issue) => {
    if (issue.expected === "never") return `${unknown}; expected one of ${keys}`;
    return issue.expected === "Object" ? expected : "this key is required";
  });
  // To valibot, a list is an object without keys.
  return v.lazy((given) => (Array.isArray(given) ? v.never(expected) : object));
}

function text(longest = LONGEST_TEXT) {
  const expected = `expected a text of 1 to ${longest} characters`;
  return v.pipe(
    v.string(expected),
    v.check((given) => given.trim() !== "" && characters(given) <= longest, expected),
  );
}

/** As JSON Schema counts: code points. */
function characters(text: string): number {
  return [...text].length;
}

function list<Item extends v.GenericSchema>(item: Item, most: number) {
  return v.optional(
    v.pipe(v.array(item, "expected a list"), v.maxLength(most, `expected at most ${most} entries`)),
    [],
  );
}

function whole(lowest: number, highest: number, expected: string) {
  return v.pipe(v.number(expected), v.integer(expected), v.minValue(lowest, expected), v.maxValue(highest, expected));
}

const severity = v.picklist(SEVERITIES, EXPECTED_SEVERITY);
const version = v.optional(whole(1, HIGHEST_VERSION, EXPECTED_VERSION), 1);
const days = v.optional(whole(FEWEST_UNREAD_DAYS, MOST_UNREAD_DAYS, EXPECTED_DAYS));
const date = v.pipe(
  v.string(EXPECTED_DATE),
  v.check((given) => /^\d{4}-\d{2}-\d{2}$/.test(given) && parseInstant(`${given}T00:00Z`) !== null, EXPECTED_DATE),
);

function setting<const Entries extends v.ObjectEntries>(entries: Entries) {
  const settings = only(entries, SETTING.replace("expected ", ""));
  // A lookup by type: a union would say only that no member of it fits.
  return v.lazy((given) => (typeof given === "object" ? settings : v.picklist(["on", "off"], SETTING)));
}

const severityAlone = setting({ severity: v.optional(severity) });
const ruleEntries = {
  "sso-bypass": v.optional(severityAlone),
  "open-membership": v.optional(severityAlone),
  "open-signup": v.optional(severityAlone),
  "shared-enterprise-connection": v.optional(severityAlone),
  "locked-out": v.optional(severityAlone),
  "unread-too-long": v.optional(setting({ severity: v.optional(severity), days })),
  "signup-without-membership": v.optional(severityAlone),
} satisfies Record<BuiltInRuleId, v.GenericSchema>;

const waiver = only(
  {
    rule: text(),
    rule_version: version,
    organization: text(),
    connection: v.optional(text()),
    reason: text(),
    expires: v.optional(date),
    approved_by: v.optional(text()),
  },
  'a waiver, { "rule": ..., "organization": ..., "reason": ... }',
);

const custom = only(
  {
    id: v.pipe(v.string(EXPECTED_ID), v.maxLength(LONGEST_ID, EXPECTED_ID), v.regex(CUSTOM_ID, EXPECTED_ID)),
    version,
    severity,
    message: text(),
    when: text(LONGEST_EXPRESSION),
    title: v.optional(text()),
    why: v.optional(text()),
    remedy: v.optional(text()),
  },
  'a custom rule, { "id": ..., "severity": ..., "message": ..., "when": ... }',
);

/** A policy file, apart from what its parts say about each other. `docs/policy.schema.json` says the same. */
export const policySchema = only(
  {
    version: v.literal(1, "expected 1, the version of the policy format that this program reads"),
    rules: v.optional(only(ruleEntries, "an object with a setting for each rule", "unknown rule"), {}),
    waivers: list(waiver, MOST_WAIVERS),
    custom: list(custom, MOST_CUSTOM_RULES),
  },
  'a policy, { "version": 1, ... }',
);

export type PolicyFile = v.InferOutput<typeof policySchema>;

/** The IDs of custom rules may not be those of built-in ones. */
export function isBuiltIn(id: string): id is BuiltInRuleId {
  return BUILT_IN_RULE_IDS.some((one) => one === id);
}
