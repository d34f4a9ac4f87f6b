import * as v from "valibot";
import type { Severity } from "../domain/change.ts";
import { ConfigurationError } from "../domain/errors.ts";
import { plain } from "../domain/text.ts";
import { DEFAULT_UNREAD_DAYS, LONGEST_POLICY } from "./bounds.ts";
import { type CustomRule, compileCustomRule } from "./custom-rule.ts";
import { messageOf } from "./expression-error.ts";
import { BUILT_IN_RULE_IDS, type BuiltInRuleId, RULES, type Rule } from "./rules.ts";
import { isBuiltIn, type PolicyFile, policySchema } from "./schema.ts";
import { type PolicyWaiver, WaiverIndex } from "./waiver-index.ts";

/** The policy of an owner who has none: every built-in rule as it is shipped. */
export const BUILT_IN_POLICY_TEXT = '{"version":1}\n';

/** A policy that is ready to judge by. */
export interface Policy {
  /**
   * The built-in rules that are on, in the order of `BUILT_IN_RULE_IDS`, with the severity that the owner gave; null: the
   * severity of the rule itself.
   */
  readonly builtIn: ReadonlyMap<BuiltInRuleId, Severity | null>;
  /** `unread-too-long` finds Organizations that were not read for more than this, in days. */
  readonly unreadDays: number;
  readonly waivers: WaiverIndex;
  /** In the order of the policy. */
  readonly custom: readonly CustomRule[];
}

/**
 * Reads a policy file. `where` names it in messages: an option or a file. Throws `ConfigurationError`: one line that
 * gives the JSON path of what is wrong, and what to change.
 */
export function parsePolicy(text: string, where: string): Policy {
  const file = check(readJson(text, where), where);
  const custom = file.custom.map((rule, index) => {
    const path = `$.custom[${index}]`;
    if (isBuiltIn(rule.id)) refuse(where, `${path}.id`, `${rule.id} is a built-in rule; choose another ID`);
    const first = file.custom.findIndex(({ id }) => id === rule.id);
    if (first < index) refuse(where, `${path}.id`, `$.custom[${first}] has the same ID; give each rule its own`);
    try {
      return compileCustomRule(rule);
    } catch (error) {
      return refuse(where, `${path}.when`, messageOf(error));
    }
  });
  const waivers = file.waivers.map((waiver, index): PolicyWaiver => {
    if (!isBuiltIn(waiver.rule) && !custom.some(({ id }) => id === waiver.rule))
      refuse(
        where,
        `$.waivers[${index}].rule`,
        `${shown(waiver.rule)} is no rule; expected ${BUILT_IN_RULE_IDS.join(", ")} or the ID of a custom rule`,
      );
    const { rule, organization, connection = null, reason, expires = null, approved_by: approvedBy = null } = waiver;
    return { rule, ruleVersion: waiver.rule_version, organization, connection, reason, expires, approvedBy };
  });
  return { ...builtInSettings(file.rules), waivers: new WaiverIndex(waivers), custom };
}

function readJson(text: string, where: string): unknown {
  if (text.length > LONGEST_POLICY)
    refuse(where, "$", `the file is too long; expected at most ${LONGEST_POLICY} characters`);
  try {
    // An editor on Windows may put a byte order mark first.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    return refuse(where, "$", `not JSON: ${messageOf(error)}`);
  }
}

function check(input: unknown, where: string): PolicyFile {
  const parsed = v.safeParse(policySchema, input, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const [{ message, path = [] }] = parsed.issues;
  return refuse(where, jsonPath(path.map(({ key }) => key)), message);
}

function jsonPath(keys: readonly unknown[]): string {
  const step = (key: unknown) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[A-Za-z_]\w*$/.test(String(key)) ? `.${key}` : `[${shown(String(key))}]`;
  };
  return `$${keys.map(step).join("")}`;
}

const LONGEST_SHOWN_CHARACTERS = 80;

function shown(text: string): string {
  const whole = JSON.stringify(text);
  return whole.length > LONGEST_SHOWN_CHARACTERS ? `${whole.slice(0, LONGEST_SHOWN_CHARACTERS)}…` : whole;
}

function refuse(where: string, path: string, problem: string): never {
  throw new ConfigurationError(plain(`${where}: ${path}: ${problem}.`.replaceAll(/\s+/g, " ")));
}

function builtInSettings(rules: PolicyFile["rules"]): Pick<Policy, "builtIn" | "unreadDays"> {
  const builtIn = new Map<BuiltInRuleId, Severity | null>();
  for (const id of BUILT_IN_RULE_IDS) {
    const setting = rules[id] ?? "on";
    if (setting !== "off") builtIn.set(id, setting === "on" ? null : (setting.severity ?? null));
  }
  const unread = rules["unread-too-long"];
  const unreadDays = typeof unread === "object" ? unread.days : undefined;
  return { builtIn, unreadDays: unreadDays ?? DEFAULT_UNREAD_DAYS };
}

/** What people read about a rule, built-in or custom. */
export type RuleDescription = Pick<Rule, "title" | "wrong" | "version" | "severity"> & {
  /** Null where a custom rule has none. */
  readonly [Key in "why" | "remedy" | "source"]: string | null;
};

/** Throws `RangeError` for the ID of a rule that the policy does not know. */
export function describeRule(policy: Policy, ruleId: string): RuleDescription {
  if (isBuiltIn(ruleId)) {
    const { title, wrong, why, remedy, source, version, severity } = RULES[ruleId];
    return { title, wrong, why, remedy, source, version, severity: policy.builtIn.get(ruleId) ?? severity };
  }
  const custom = policy.custom.find(({ id }) => id === ruleId);
  if (custom === undefined) throw new RangeError(`The policy has no rule ${ruleId}.`);
  const { title, message, why, remedy, version, severity } = custom;
  return { title: title ?? ruleId, wrong: message, why, remedy, source: null, version, severity };
}
