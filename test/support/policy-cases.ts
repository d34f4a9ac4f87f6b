import { LONGEST_EXPRESSION, LONGEST_TEXT, MOST_CUSTOM_RULES, MOST_WAIVERS } from "../../lambda/findings/bounds.ts";

/** A policy file, and what is wrong with it. */
export interface PolicyCase {
  readonly name: string;
  readonly policy: unknown;
  /** The JSON path of the refused value and the beginning of the message; null: the policy is accepted. */
  readonly refused: string | null;
  /** Only the parser can refuse it: CEL, and what two parts of the file say about each other. */
  readonly parserAlone?: boolean;
}

export const WAIVER = { rule: "sso-bypass", organization: "acme-*", reason: "Vendor access" };
export const CUSTOM = { id: "no-passwords", severity: "high", message: "No passwords.", when: "true" };

function waiver(properties: object): unknown {
  return { version: 1, waivers: [{ ...WAIVER, ...properties }] };
}

function custom(properties: object): unknown {
  return { version: 1, custom: [{ ...CUSTOM, ...properties }] };
}

function rules(settings: object): unknown {
  return { version: 1, rules: settings };
}

function repeated<Item>(count: number, item: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, index) => item(index));
}

const without = (object: Readonly<Record<string, unknown>>, key: string) =>
  Object.fromEntries(Object.entries(object).filter(([one]) => one !== key));

export const ACCEPTED: readonly PolicyCase[] = [
  { name: "an empty policy", policy: { version: 1 }, refused: null },
  { name: "empty parts", policy: { version: 1, rules: {}, waivers: [], custom: [] }, refused: null },
  { name: "rules on and off", policy: rules({ "sso-bypass": "off", "open-signup": "on" }), refused: null },
  { name: "a severity", policy: rules({ "locked-out": { severity: "info" } }), refused: null },
  { name: "days", policy: rules({ "unread-too-long": { days: 365, severity: "low" } }), refused: null },
  { name: "an empty setting", policy: rules({ "unread-too-long": {} }), refused: null },
  { name: "a waiver", policy: waiver({}), refused: null },
  {
    name: "a waiver with everything",
    policy: waiver({ rule_version: 2, connection: "con", expires: "2028-02-29", approved_by: "CISO" }),
    refused: null,
  },
  { name: "a custom rule", policy: custom({}), refused: null },
  {
    name: "a custom rule with everything",
    policy: custom({ version: 2, title: "T", why: "W", remedy: "R" }),
    refused: null,
  },
  {
    name: "a waiver of a custom rule",
    policy: { version: 1, custom: [CUSTOM], waivers: [{ ...WAIVER, rule: "no-passwords" }] },
    refused: null,
  },
  {
    name: "as many waivers as are allowed",
    policy: { version: 1, waivers: repeated(MOST_WAIVERS, () => WAIVER) },
    refused: null,
  },
];

const SETTING = 'expected "on", "off" or an object';
const TEXT = `expected a text of 1 to ${LONGEST_TEXT} characters`;
const DATE = "expected a date that exists";

export const REFUSED: readonly PolicyCase[] = [
  { name: "a list", policy: [], refused: '$: expected a policy, { "version": 1' },
  { name: "null", policy: null, refused: "$: expected a policy" },
  { name: "no version", policy: {}, refused: "$.version: this key is required" },
  { name: "another version", policy: { version: 2 }, refused: "$.version: expected 1," },
  { name: "a version as text", policy: { version: "1" }, refused: "$.version: expected 1," },
  {
    name: "an unknown key",
    policy: { version: 1, waiver: [] },
    refused: "$.waiver: unknown key; expected one of version,",
  },
  {
    name: "a rule that does not exist",
    policy: rules({ "sso-bypas": "off" }),
    refused: '$.rules["sso-bypas"]: unknown rule; ',
  },
  { name: "rules as a list", policy: rules([]), refused: "$.rules: expected an object" },
  {
    name: "another setting",
    policy: rules({ "sso-bypass": "disabled" }),
    refused: `$.rules["sso-bypass"]: ${SETTING}`,
  },
  { name: "a setting of null", policy: rules({ "sso-bypass": null }), refused: `$.rules["sso-bypass"]: ${SETTING}` },
  { name: "a setting as a list", policy: rules({ "sso-bypass": [] }), refused: `$.rules["sso-bypass"]: ${SETTING}` },
  {
    name: "another severity",
    policy: rules({ "sso-bypass": { severity: "critical" } }),
    refused: '$.rules["sso-bypass"].severity: expected one of high, medium, low, info',
  },
  {
    name: "days of another rule",
    policy: rules({ "sso-bypass": { days: 3 } }),
    refused: '$.rules["sso-bypass"].days: unknown key; expected one of severity',
  },
  ...[0, 366, 1.5, "3"].map((days) => ({
    name: `${JSON.stringify(days)} days`,
    policy: rules({ "unread-too-long": { days } }),
    refused: '$.rules["unread-too-long"].days: expected a whole number of days from 1 to 365',
  })),
  { name: "waivers as an object", policy: { version: 1, waivers: {} }, refused: "$.waivers: expected a list" },
  {
    name: "a waiver as text",
    policy: { version: 1, waivers: ["all"] },
    refused: '$.waivers[0]: expected a waiver, { "rule"',
  },
  ...["rule", "organization", "reason"].map((key) => ({
    name: `a waiver without ${key}`,
    policy: { version: 1, waivers: [WAIVER, without(WAIVER, key)] },
    refused: `$.waivers[1].${key}: this key is required`,
  })),
  { name: "a waiver with an empty reason", policy: waiver({ reason: " " }), refused: `$.waivers[0].reason: ${TEXT}` },
  {
    name: "a reason past its bound",
    policy: waiver({ reason: "r".repeat(501) }),
    refused: `$.waivers[0].reason: ${TEXT}`,
  },
  {
    name: "an unknown key of a waiver",
    policy: waiver({ until: "2027-01-01" }),
    refused: "$.waivers[0].until: unknown key",
  },
  ...["2027-02-30", "2027-13-01", "2027-1-1", "tomorrow", "2027-03-31T00:00:00Z", 20270331, "0000-00-00"].map(
    (expires) => ({
      name: `a waiver that expires on ${expires}`,
      policy: waiver({ expires }),
      refused: `$.waivers[0].expires: ${DATE}`,
    }),
  ),
  {
    name: "a rule's version of 0",
    policy: waiver({ rule_version: 0 }),
    refused: "$.waivers[0].rule_version: expected a whole",
  },
  {
    name: "a waiver of an unknown rule",
    policy: waiver({ rule: "no-passwords" }),
    refused: '$.waivers[0].rule: "no-passwords" is no rule; expected sso-bypass,',
    parserAlone: true,
  },
  {
    name: "too many waivers",
    policy: { version: 1, waivers: repeated(MOST_WAIVERS + 1, () => WAIVER) },
    refused: `$.waivers: expected at most ${MOST_WAIVERS} entries`,
  },
  ...["id", "severity", "message", "when"].map((key) => ({
    name: `a custom rule without ${key}`,
    policy: { version: 1, custom: [without(CUSTOM, key)] },
    refused: `$.custom[0].${key}: this key is required`,
  })),
  ...["No-Passwords", "-a", "a--b", "1a", "", "a".repeat(65), "a_b"].map((id) => ({
    name: `a custom rule with the ID ${JSON.stringify(id)}`,
    policy: custom({ id }),
    refused: "$.custom[0].id: expected an ID of up to 64",
  })),
  { name: "an unknown key of a custom rule", policy: custom({ if: "true" }), refused: "$.custom[0].if: unknown key" },
  {
    name: "an expression past its bound",
    policy: custom({ when: `true${" ".repeat(LONGEST_EXPRESSION)}` }),
    refused: `$.custom[0].when: expected a text of 1 to ${LONGEST_EXPRESSION} characters`,
  },
  {
    name: "too many custom rules",
    policy: { version: 1, custom: repeated(MOST_CUSTOM_RULES + 1, (index) => ({ ...CUSTOM, id: `rule-${index}` })) },
    refused: `$.custom: expected at most ${MOST_CUSTOM_RULES} entries`,
  },
  {
    name: "a custom rule with the ID of a built-in one",
    policy: custom({ id: "sso-bypass" }),
    refused: "$.custom[0].id: sso-bypass is a built-in rule; choose another ID",
    parserAlone: true,
  },
  {
    name: "an ID that is used twice",
    policy: { version: 1, custom: [CUSTOM, { ...CUSTOM, when: "false" }] },
    refused: "$.custom[1].id: $.custom[0] has the same ID",
    parserAlone: true,
  },
  {
    name: "what is not CEL",
    policy: custom({ when: "tr ue" }),
    refused: "$.custom[0].when: not CEL: ",
    parserAlone: true,
  },
  {
    name: "CEL that does not type-check",
    policy: custom({ when: "organization.nme == 'x'" }),
    refused: "$.custom[0].when: organization has no property nme; it has id, name,",
    parserAlone: true,
  },
];
