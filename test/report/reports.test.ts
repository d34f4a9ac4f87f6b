import { describe, expect, it } from "@jest/globals";
import { duration, grouped, plain } from "../../lambda/domain/text.ts";
import { csvHeader, csvRow } from "../../lambda/report/csv.ts";
import { encodeIndex, type IndexRun } from "../../lambda/report/history.ts";
import { renderHtml } from "../../lambda/report/html/report.ts";
import { renderIndex } from "../../lambda/report/html/run-index.ts";
import { renderJson } from "../../lambda/report/json.ts";
import { renderMarkdown } from "../../lambda/report/markdown.ts";
import { ocsfRow } from "../../lambda/report/ocsf.ts";
import { terminalLines } from "../../lambda/report/terminal.ts";
import { markdown } from "../../lambda/report/text.ts";
import { expectGolden } from "../support/golden.ts";
import { chain, largeSituation, modelOf, SITUATIONS } from "../support/situations.ts";

const CASES = Object.entries(SITUATIONS);

describe.each(CASES)("%s", (name, situation) => {
  const model = modelOf(situation);

  it("reads as before in Markdown", () => expectGolden(`${name}/report.md`, renderMarkdown(model)));
  it("reads as before in JSON", () => expectGolden(`${name}/report.json`, renderJson(model)));
  it("reads as before in CSV", () =>
    expectGolden(`${name}/changes.csv`, csvHeader() + situation.changes.map(csvRow).join("")));
  it("reads as before in HTML", () => expectGolden(`${name}/report.html`, renderHtml(model)));
  it("reads as before as OCSF events", () =>
    expectGolden(
      `${name}/changes.ocsf.ndjson`,
      situation.changes.map((change) => ocsfRow(change, situation.manifest)).join(""),
    ));
  it("reads as before on a terminal", () =>
    expectGolden(`${name}/terminal.txt`, `${terminalLines(model).join("\n")}\n`));
});

it("the index reads as before", () => {
  const runs = chain(7).map((entry, index): IndexRun => ({ runId: entry.runId, entry: index === 2 ? null : entry }));
  const { tenant } = modelOf(SITUATIONS.unchanged ?? missing()).manifest;
  expectGolden("index/index.html", renderIndex(tenant, runs.reverse()));
  expectGolden("index/index.json", encodeIndex(runs));
  expectGolden("index/none.html", renderIndex(tenant, []));
});

function missing(): never {
  throw new Error("A situation is missing.");
}

describe("hostile names", () => {
  const situation = SITUATIONS["hostile-names"];
  if (situation === undefined) throw new Error("The situation is missing.");
  const model = modelOf(situation);

  it("steer no terminal", () => {
    expect(terminalLines(model).join("")).not.toMatch(
      /[\p{Cc}\u202A-\u202E\u2066-\u2069\uD800-\uDFFF](?![\uDC00-\uDFFF])/u,
    );
  });

  it("are no markup in Markdown", () => {
    const text = renderMarkdown(model);
    expect(text).not.toMatch(/<script|<img|(?<!\\)\]\(|\n# heading/);
    expect(text.match(/^# /gm)).toHaveLength(1);
  });

  it("are no markup in HTML, and turn no text around", () => {
    const text = renderHtml(model);
    expect(text).not.toMatch(/<(script|img|iframe|object|link|base)|<[^>]*\s(on\w+|style)=/i);
    expect(text).not.toMatch(/(?!\n)\p{Cc}|[\u202A-\u202E\u2066-\u2069\u200E\u200F]/u);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
    expect(text).toContain("👩‍👩‍👧‍👦 família Żółć");
  });

  it("are no formula in a spreadsheet", () => {
    const cells = situation.changes.map(csvRow).join("").split(/[,\n]/);
    expect(cells.filter((cell) => /^"?[=+\-@\t]/.test(cell))).toEqual([]);
  });
});

describe("100,000 Organizations with the longest names", () => {
  const model = modelOf(largeSituation(100_000));

  it("are reported in under 1 MB, whatever the form", () => {
    const sizes = [renderHtml(model), renderJson(model), renderMarkdown(model)].map((text) => Buffer.byteLength(text));
    for (const size of sizes) expect(size).toBeLessThan(1_000_000);
  });

  it("show the first ones and say how many more there are", () => {
    expect(model.open).toHaveLength(200);
    expect(model.openTotal).toBe(33_334);
    const text = renderHtml(model);
    expect(text).toContain("33,334 changes: 33,334 high. 33,333 of 100,000 Organizations could not be read.");
    expect(text).toMatch(/And 3\d,\d{3} more changes: <a href="changes.csv">/);
    expect(text).toMatch(/And 33,\d{3} more Organizations: the <a href="#evidence">snapshot/);
    expect(text).toContain("People can join 33,334 Organizations by themselves");
    expect(renderMarkdown(model)).toContain("33,334 Organizations by themselves");
  });

  it("read as before in Markdown and on a terminal", () => {
    expectGolden("100000-organizations/report.md", renderMarkdown(model));
    expectGolden("100000-organizations/terminal.txt", `${terminalLines(model).join("\n")}\n`);
  });
});

it("a long list of changes and unread Organizations says how many more there are", () => {
  const base = SITUATIONS["every-kind-of-change"];
  const unread = SITUATIONS.partial;
  if (base === undefined || unread === undefined) throw new Error("A situation is missing.");
  const many = <Item>(items: readonly Item[]) => Array.from({ length: 150 }, () => items).flat();
  const severity = { high: 150, medium: 0, low: 0, info: 0 };
  const organizations = { requested: 450, observed: 0, failed: 450, deleted: 0 };
  const manifest = { ...base.manifest, summary: { ...base.manifest.summary, severity, organizations } };
  const model = modelOf({
    ...base,
    manifest,
    changes: many(base.changes.slice(0, 1)),
    snapshot: many(unread.snapshot),
  });
  expect(renderMarkdown(model)).toContain("and 50 more changes");
  expect(renderMarkdown(model)).toContain("and 350 more Organizations");
  expect(terminalLines(model).join("\n")).toContain("and 130 more changes in the report");
  expect(terminalLines(model).join("\n")).toContain("and 430 more Organizations not read");
});

it("a failed run that recorded no reason says so", () => {
  const failed = SITUATIONS.failed ?? missing();
  const model = modelOf({ ...failed, manifest: { ...failed.manifest, error: null } });
  expect(renderHtml(model).match(/no reason was recorded/g)).toHaveLength(2);
});

it("a property that Auth0 added since is shown under its own name", () => {
  const base = SITUATIONS["every-kind-of-change"] ?? missing();
  const properties = [
    { name: "new_property", previousValue: null, updatedValue: { deep: ["value"] } },
    { name: "connection.strategy", previousValue: "samlp", updatedValue: null },
    { name: "connection.name", previousValue: null, updatedValue: "sso" },
    { name: "is_signup_enabled", previousValue: false, updatedValue: true },
    { name: "display_name", previousValue: "Acme", updatedValue: null },
  ];
  const changes = base.changes.filter(({ change }) => change === "connection_updated");
  const text = renderHtml(modelOf({ ...base, changes: changes.map((change) => ({ ...change, properties })) }));
  expect(text).toContain(
    "<code>new_property</code>: <bdi><strong>{&quot;deep&quot;:[&quot;value&quot;]}</strong></bdi>",
  );
});

it("figures and text are written the same everywhere", () => {
  expect([999, 1000, 1_234_567].map(grouped)).toEqual(["999", "1,000", "1,234,567"]);
  expect([940, 59_000, 90_000, 5_400_000, 1e9].map(duration)).toEqual([
    "0.9 s",
    "59 s",
    "1.5 min",
    "1.5 h",
    "11.6 days",
  ]);
  expect(plain("a\u001b[31m\u202e\n\u200D")).toBe("a\uFFFD[31m\uFFFD\uFFFD\u200D");
  expect(markdown("*a* @b #1 <c>")).toBe("\\*a\\* &#64;b \\#1 &lt;c&gt;");
});
