import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { grouped } from "../../lambda/domain/text.ts";
import * as bounds from "../../lambda/findings/bounds.ts";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../../lambda/findings/policy.ts";
import { PROPERTIES } from "../../lambda/findings/types.ts";
import { ACCEPTED, REFUSED } from "../support/policy-cases.ts";

const DOCS = join(import.meta.dirname, "../../docs");
const ajv = new Ajv2020({ strict: true });
formats.default(ajv);
const validate = ajv.compile(JSON.parse(readFileSync(join(DOCS, "policy.schema.json"), "utf8")));

describe("docs/policy.schema.json", () => {
  it.each(ACCEPTED)("accepts $name", ({ policy }) => {
    validate(policy);
    expect(validate.errors ?? []).toEqual([]);
  });

  it.each(REFUSED.filter(({ parserAlone }) => parserAlone !== true))("refuses $name", ({ policy }) => {
    expect(validate(policy)).toBe(false);
  });

  it.each(REFUSED.filter(({ parserAlone }) => parserAlone === true))(
    "leaves it to the parser to refuse $name",
    ({ policy }) => {
      expect(validate(policy)).toBe(true);
    },
  );

  it("accepts the built-in policy", () => {
    expect(validate(JSON.parse(BUILT_IN_POLICY_TEXT))).toBe(true);
  });
});

/** What only the parser sees: CEL, and what two parts of a file say about each other. */
const PARSER_ALONE =
  /is no rule; expected|\.when: (?!expected a text|this key is)|has the same ID; give|is a built-in rule; choose/;

/** What is put in the place of a value; undefined takes the key away. */
const replacement = fc.oneof(
  fc.constantFrom(
    undefined,
    null,
    0,
    1,
    2,
    365,
    366,
    10_001,
    1.5,
    true,
    "",
    " ",
    "on",
    "off",
    "high",
    "sso-bypass",
    "a-b",
    "A",
  ),
  fc.constantFrom("2027-02-28", "2027-02-29", "1969-12-31", "1970-01-01", "2028-02-29", "9999-12-31", "10000-01-01"),
  fc.constantFrom(
    "x".repeat(500),
    "x".repeat(501),
    "\u{1F600}".repeat(500),
    "\u{1F600}".repeat(501),
    "true  ".repeat(400),
  ),
  fc.jsonValue({ maxDepth: 1 }),
);

describe("the schema and the parser", () => {
  it("accept the same files, whatever is replaced in one", () => {
    const changed = fc.record({
      file: fc.constantFrom(...ACCEPTED),
      where: fc.nat(),
      replacement,
      isAdded: fc.boolean(),
    });
    fc.assert(
      fc.property(changed, ({ file, where, replacement: value, isAdded }) => {
        const policy: unknown = JSON.parse(JSON.stringify(file.policy));
        const places = placesIn(policy);
        const place = places[where % places.length];
        if (place !== undefined) place.owner[isAdded ? "added" : place.key] = value;
        const text = JSON.stringify(policy);
        expect([text, validate(JSON.parse(text))]).toEqual([text, isAccepted(text)]);
      }),
      { numRuns: 2_000 },
    );
  });
});

interface Place {
  /** An object or a list. */
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

/** Each place in a file; of long lists, the first ones. */
function placesIn(owner: unknown): readonly Place[] {
  if (!isOwner(owner)) return [];
  return Object.entries(owner)
    .slice(0, 10)
    .flatMap(([key, value]) => [{ owner, key }, ...placesIn(value)]);
}

function isOwner(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isAccepted(text: string): boolean {
  try {
    parsePolicy(text, "test");
    return true;
  } catch (error) {
    return PARSER_ALONE.test(String(error));
  }
}

describe("docs/policy.md", () => {
  const page = readFileSync(join(DOCS, "policy.md"), "utf8");
  const blocks = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, code = ""]) => code);

  it("shows policies that the parser and the schema accept", () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      parsePolicy(block, "docs/policy.md");
      expect(validate(JSON.parse(block))).toBe(true);
    }
  });

  it("names every property that expressions can use, and every bound", () => {
    for (const properties of Object.values(PROPERTIES))
      for (const name of properties.keys()) expect(page).toContain(`\`${name}\``);
    const { LONGEST_ID, FEWEST_UNREAD_DAYS, DEFAULT_UNREAD_DAYS, EXPIRY_NOTICE_DAYS, HIGHEST_VERSION, ...table } =
      bounds;
    for (const bound of Object.values(table)) expect(page).toMatch(new RegExp(`\\b${grouped(bound)}\\b`));
    expect(page).toContain(`at most ${LONGEST_ID}.`);
    expect(page).toContain(
      `the number of days, ${FEWEST_UNREAD_DAYS} to ${bounds.MOST_UNREAD_DAYS}. The default is ${DEFAULT_UNREAD_DAYS}.`,
    );
    expect(page).toContain(`waivers ${EXPIRY_NOTICE_DAYS} days before and ${EXPIRY_NOTICE_DAYS} days after`);
    expect(page).toContain(`a whole number from 1 to ${grouped(HIGHEST_VERSION)}`);
  });
});
