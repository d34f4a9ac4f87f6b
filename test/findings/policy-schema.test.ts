import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../../lambda/findings/policy.ts";
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

describe("docs/policy.md", () => {
  const blocks = [...readFileSync(join(DOCS, "policy.md"), "utf8").matchAll(/```json\n(.*?)```/gs)].map(
    ([, code = ""]) => code,
  );

  it("shows policies that the parser and the schema accept", () => {
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      parsePolicy(block, "docs/policy.md");
      expect(validate(JSON.parse(block))).toBe(true);
    }
  });
});
