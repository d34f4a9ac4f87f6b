import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { chatLine, chatLines } from "../../lambda/report/chat.ts";
import { modelOf, situationOf } from "../support/situations.ts";

describe("a line of a chat message", () => {
  it.each([
    ["acme_eu-1", "acme_eu-1"],
    ["Smith & Sons", "Smith ＆ Sons"],
    ["<!channel> <@U012|you>", "‹!channel› ‹＠U012|you›"],
    ["@here", "＠here"],
    ["*bold* ~gone~ `code`", "∗bold∗ ∼gone∼ 'code'"],
    ["[pay](https://evil.example/x)", "(pay)(https:// evil.example/x)"],
    ["<https://evil.example|login>", "‹https:// evil.example|login›"],
    ["www.evil.example", "www. evil.example"],
    ['a"b\\c', "a'b/c"],
    ["one\ntwo\u202Ethree", "one\uFFFDtwo\uFFFDthree"],
    ["x".repeat(2_000), `${"x".repeat(999)}…`],
  ])("shows %j as %j", (text, shown) => {
    expect(chatLine(text)).toBe(shown);
  });

  it("is valid between the quotes of JSON, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 1_500 }), (text) => {
        const line = chatLine(text);
        expect(JSON.parse(`"${line}"`)).toBe(line);
        expect(line).not.toMatch(/[<>&@*`\n]/);
        expect(line.length).toBeLessThanOrEqual(1_000);
      }),
    );
  });
});

describe("the changes of a run", () => {
  const model = modelOf(situationOf("every-kind-of-change"));
  const { manifest } = model;
  const [change] = model.changes;
  if (change === undefined) throw new Error("The situation has no changes.");
  const withChanges = (count: number, total: number) => ({
    ...model,
    changes: Array.from({ length: count }, () => change),
    manifest: { ...manifest, summary: { ...manifest.summary, severity: { high: total, medium: 0, low: 0, info: 0 } } },
  });

  it("names the worst, and counts the others", () => {
    const total = Object.values(manifest.summary.severity).reduce((sum, count) => sum + count, 0);
    const { changes } = chatLines(model);
    expect(changes).toMatch(/^Worst changes: high: /);
    expect(changes).toContain(`; ${total - 3} more changes.`);
  });

  it("name the same change in many Organizations once", () => {
    const { changes } = chatLines(withChanges(27, 27));
    expect(changes).toMatch(/^Worst changes: [^;]+ in 27 Organizations\.$/);
  });

  it("count what the report does not list", () => {
    expect(chatLines(withChanges(1, 2)).changes).toMatch(/; 1 more change\.$/);
  });

  it("say why there are none", () => {
    expect(chatLines(withChanges(0, 0)).changes).toMatch(/^No changes in /);
  });
});
