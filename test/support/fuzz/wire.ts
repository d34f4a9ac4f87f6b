import {
  connectionsPageSchema,
  organizationSchema,
  organizationsPageSchema,
  parseAnswer,
} from "../../../lambda/auth0/answers.ts";
import { AttemptError, jsonOf } from "../../../lambda/auth0/attempt.ts";
import { mutated, type Random } from "./random.ts";

const CONNECTION =
  '{"connection_id":"con_0000000000000001","assign_membership_on_login":true,"show_as_button":false,"is_signup_enabled":true,"connection":{"name":"sso","strategy":"samlp"},"added_later":[{"x":1.5e300}]}';
const ORGANIZATION = '{"id":"org_0000000000000001","name":"acme","display_name":"Acme \\ud83d\\ude00"}';
const ANSWERS = [
  `[${CONNECTION},${CONNECTION.replace("0001", "0002")}]`,
  `{"start":0,"limit":50,"total":1,"enabled_connections":[${CONNECTION}]}`,
  `[${ORGANIZATION}]`,
  `{"organizations":[${ORGANIZATION}],"next":"MjAyNg"}`,
  `{"start":0,"limit":50,"total":9,"organizations":[${ORGANIZATION}]}`,
  ORGANIZATION,
  '{"statusCode":403,"error":"Forbidden","message":"Insufficient scope","errorCode":"insufficient_scope"}',
].map((text) => Buffer.from(text));
/** What no random edit finds: other types, names of the prototype, numbers that are none, deep and long values. */
const FRAGMENTS = [
  "null",
  "-1",
  "1e999",
  "[]",
  "{}",
  '""',
  '"\\ud800"',
  '{"__proto__":{"connection_id":1}}',
  '{"constructor":null}',
  `${"[".repeat(500)}${"]".repeat(500)}`,
  `"${"e".repeat(5_000)}"`,
].map((text) => Buffer.from(text));
const SCHEMAS = [connectionsPageSchema, organizationsPageSchema, organizationSchema];
const STATUSES = [200, 200, 200, 200, 400, 401, 403, 404, 418, 429, 500];

/** A random answer of a hostile API. */
function answer(random: Random): Uint8Array {
  let body: Uint8Array = random.pick(ANSWERS);
  for (let edits = 1 + random.below(4); edits > 0; edits -= 1) {
    if (random.below(3) === 0) body = mutated(body, random);
    else {
      const text = Buffer.from(body).toString();
      const values = [...text.matchAll(/(?<=[:[,])("[^"]*"|\d+|true|false|null)/g)];
      const value = values[random.below(values.length)];
      if (value === undefined) continue;
      const fragment = random.pick(FRAGMENTS).toString();
      body = Buffer.from(text.slice(0, value.index) + fragment + text.slice(value.index + value[0].length));
    }
  }
  return body;
}

/**
 * Parses one random answer. Returns whether it was accepted, and null when it was refused with the error for that; throws
 * any other error.
 */
export function fuzzWire(random: Random): boolean {
  const outcome = { kind: "answer", status: random.pick(STATUSES), body: answer(random) } as const;
  try {
    const json = jsonOf(outcome, (text) => text);
    const accepted = SCHEMAS.map((schema) => parseAnswer(schema, json)).filter(({ ok }) => ok);
    JSON.stringify(accepted);
    return accepted.length > 0;
  } catch (error) {
    if (error instanceof AttemptError) return false;
    throw error;
  }
}
