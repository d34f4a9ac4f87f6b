import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { BUILT_IN_RULE_IDS, RULES } from "../../lambda/findings/rules.ts";
import { rulesPage } from "../support/rules-page.ts";

const PAGE = join(import.meta.dirname, "../../docs/rules.md");

describe("the built-in rules", () => {
  it("are described in docs/rules.md; UPDATE_GOLDEN=1 writes it", () => {
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(PAGE, rulesPage());
    expect(readFileSync(PAGE, "utf8")).toBe(rulesPage());
  });

  it("have one description each, under their own ID", () => {
    expect(Object.keys(RULES).sort()).toEqual([...BUILT_IN_RULE_IDS].sort());
    for (const id of BUILT_IN_RULE_IDS) expect(RULES[id].id).toBe(id);
  });

  it.each(BUILT_IN_RULE_IDS)("%s has whole sentences on one line, and a page of Auth0", (id) => {
    const { title, wrong, why, remedy, source, worse } = RULES[id];
    for (const sentence of [wrong, why, remedy, worse?.wrong ?? wrong]) expect(sentence).toMatch(/^[A-Z][^\n|]*\.$/);
    expect(title).toMatch(/^[A-Z][^\n.|]*$/);
    expect(source).toMatch(/^https:\/\/auth0\.com\/docs\/[a-z0-9/-]+$/);
  });
});
