import { createHash } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { duration, grouped, plain } from "../../lambda/domain/text.ts";
import { describeRule, parsePolicy } from "../../lambda/findings/policy.ts";
import { RUN_CHANGES_CSV } from "../../lambda/report/changes-csv.ts";
import { csvRow } from "../../lambda/report/csv.ts";
import { markdown } from "../../lambda/report/escape-markdown.ts";
import { ACTION_PLAN_CSV, FINDINGS_CSV, isToPlan } from "../../lambda/report/findings-csv.ts";
import { renderIndex } from "../../lambda/report/html/index-page.ts";
import { renderHtml } from "../../lambda/report/html/report-page.ts";
import { renderJson } from "../../lambda/report/json.ts";
import { renderMarkdown } from "../../lambda/report/markdown.ts";
import { ocsfRow, ocsfUndoneRow } from "../../lambda/report/ocsf.ts";
import { ocsfFindingRow } from "../../lambda/report/ocsf-finding.ts";
import { type IndexRun, indexDays } from "../../lambda/report/read-index.ts";
import { terminalLines } from "../../lambda/report/terminal.ts";
import { expectGolden } from "../support/golden.ts";
import {
  chain,
  explainedChanges,
  HOSTILE,
  largeSituation,
  modelOf,
  SITUATIONS,
  type Situation,
  situationOf,
} from "../support/situations.ts";

describe.each(Object.entries(SITUATIONS))("the golden files of %s", (name, situation) => {
  const { findings, manifest, snapshot } = situation;
  const model = modelOf(situation);

  it("match report.md", () => expectGolden(`${name}/report.md`, renderMarkdown(model)));
  it("match report.json", () => expectGolden(`${name}/report.json`, renderJson(model)));
  it("match report.html", () => expectGolden(`${name}/report.html`, renderHtml(model)));
  it("match changes.csv", () => expectGolden(`${name}/changes.csv`, RUN_CHANGES_CSV.header() + rows(situation)));
  it("match changes.ocsf.ndjson", () => {
    const undone = situation.operations.flatMap((one) => one.undone.map((each) => ocsfUndoneRow(each, one, manifest)));
    const changed = explainedChanges(situation).map(({ change, who }) => ocsfRow(change, manifest, who));
    expectGolden(`${name}/changes.ocsf.ndjson`, [...undone, ...changed].join(""));
  });
  it("match findings.csv, action-plan.csv and findings.ocsf.ndjson", () => {
    const policy = parsePolicy(situation.policy, "the policy");
    const listed = findings.map((finding) => ({
      finding,
      rule: describeRule(policy, finding.rule),
      displayName:
        snapshot.find((line) => line.organizationId === finding.organizationId)?.organizationDisplayName ?? null,
      tenant: manifest.tenant,
    }));
    const planned = listed.filter(({ finding }) => isToPlan(finding)).map((one) => ACTION_PLAN_CSV.row(one));
    expectGolden(`${name}/findings.csv`, FINDINGS_CSV.header() + listed.map((one) => FINDINGS_CSV.row(one)).join(""));
    expectGolden(`${name}/action-plan.csv`, ACTION_PLAN_CSV.header() + planned.join(""));
    expectGolden(
      `${name}/findings.ocsf.ndjson`,
      listed.map(({ finding, rule }) => ocsfFindingRow(finding, rule, manifest)).join(""),
    );
  });
  it("match the terminal", () => expectGolden(`${name}/terminal.txt`, `${terminalLines(model).join("\n")}\n`));
});

it("the index matches its golden files", () => {
  const runs = chain(7).map(
    (summary, index): IndexRun => ({ runId: summary.runId, summary: index === 2 ? null : summary }),
  );
  const { tenant } = situationOf("unchanged").manifest;
  expectGolden("index/index.html", renderIndex(tenant, indexDays(runs)));
  expectGolden("index/none.html", renderIndex(tenant, []));
});

it("a page allows its own style sheet and nothing else", () => {
  const page = renderHtml(modelOf(situationOf("unchanged")));
  const [, style = ""] = /<style>(.+)<\/style>/s.exec(page) ?? [];
  const [, policy = ""] = /Content-Security-Policy" content="([^"]+)"/.exec(page) ?? [];
  const hash = createHash("sha256").update(style).digest("base64");
  const directives = ["default-src 'none'", `style-src 'sha256-${hash}'`, "base-uri 'none'", "form-action 'none'"];
  expect(policy.split("; ")).toEqual(directives);
});

const rows = (situation: Situation) =>
  explainedChanges(situation)
    .map((one) => RUN_CHANGES_CSV.row(one))
    .join("");

describe.each(["hostile-names", "hostile-actors"])("%s", (name) => {
  const situation = situationOf(name);
  const model = modelOf(situation);

  it("do not control a terminal", () => {
    expect(terminalLines(model).join("")).not.toMatch(
      /[\p{Cc}\u202A-\u202E\u2066-\u2069\uD800-\uDFFF](?![\uDC00-\uDFFF])/u,
    );
  });

  it("are not markup in Markdown", () => {
    const text = renderMarkdown(model);
    expect(text).not.toMatch(/<script|<img|(?<!\\)\]\(|\n# heading/);
    expect(text.match(/^# /gm)).toHaveLength(1);
  });

  it("are not markup in HTML and do not change the direction of text", () => {
    const text = renderHtml(model);
    expect(text).not.toMatch(/<(script|img|iframe|object|link|base)|<[^>]*\s(on\w+|style)=/i);
    expect(text).not.toMatch(/(?!\n)\p{Cc}|[\u202A-\u202E\u2066-\u2069\u200E\u200F]/u);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;");
    expect(text).toContain(HOSTILE[6]);
  });

  it("are not formulas in a spreadsheet", () => {
    const cells = rows(situation).split(/[,\n]/);
    expect(cells.filter((cell) => /^"?[=+\-@\t]/.test(cell))).toEqual([]);
  });

  it("are not formulas where a locale separates cells with another character", () => {
    const [change] = situation.changes;
    if (change === undefined) throw new RangeError("There is no change.");
    const names = ["=1", " =1", "a;=1", "a; @b", "a|+1", "a,-1", "a\t=1", "a\r\n=1", "\uFF1D1", "a;\u202E=1"];
    const rows = names.map((organizationName) => csvRow({ ...change, organizationName }, situation.manifest.tenant));
    for (const row of rows) {
      expect(row.trimEnd()).toMatch(/^"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*$/);
      expect(row.split(/[;|,\t\n]/).filter((cell) => /^["\s]*[=+\-@\uFF1D]/.test(cell))).toEqual([]);
    }
  });
});

/** Numbers that say how many items the lists of a page leave out. */
function leftOut(page: string): readonly number[] {
  return [...page.matchAll(/<p class="more">([\d,]+)/g)].map(([, digits]) => Number(digits?.replaceAll(",", "")));
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
const matches = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;

describe("a report of 100,000 Organizations with the longest names", () => {
  const model = modelOf(largeSituation(100_000));

  it("is under 1 MB in each format", () => {
    for (const render of [renderHtml, renderJson, renderMarkdown])
      expect(Buffer.byteLength(render(model))).toBeLessThan(1_000_000);
  });

  it("counts the Organizations and changes that it leaves out", () => {
    expect(model.open).toHaveLength(200);
    expect(model.openTotal).toBe(33_334);
    const page = renderHtml(model);
    const [findings = "", changes = "", unread = ""] = ["findings", "changes", "unread"].map(
      (id) => page.split("<section ").find((section) => section.includes(`<h2 id="${id}">`)) ?? "",
    );
    const [inGroup] = /in ([\d,]+) Organizations<\/bdi>/.exec(changes) ?? [];
    expect(inGroup).toContain("33,334");
    expect(matches(changes, /<li>/g) - 1 + sum(leftOut(changes))).toBe(33_334);
    expect(matches(unread, /<article/g) + sum(leftOut(unread))).toBe(33_333);
    const open = Object.values(model.manifest.summary.findings.open).reduce((all, count) => all + count, 0);
    expect(matches(findings, /<tr>/g) - matches(findings, /<thead>/g) + sum(leftOut(findings))).toBe(open);
    expect(open).toBeGreaterThan(100_000);
  });

  it("lists Organizations for each rule that found any", () => {
    const rules = model.findings?.rules ?? [];
    expect(rules.map(({ rule }) => rule)).toEqual([
      "sso-bypass",
      "open-membership",
      "open-signup",
      "shared-enterprise-connection",
    ]);
    for (const { shown } of rules) expect(shown).toHaveLength(100);
    expect(matches(renderHtml(model), /<table class="compact">/g)).toBe(rules.length);
  });

  it("matches its golden files", () => {
    expectGolden("100000-organizations/report.md", renderMarkdown(model));
    expectGolden("100000-organizations/terminal.txt", `${terminalLines(model).join("\n")}\n`);
  });
});

it("Markdown and the terminal count the changes and Organizations that they leave out", () => {
  const base = situationOf("every-kind-of-change");
  const many = <Item>(items: readonly Item[]) => Array.from({ length: 150 }, () => items).flat();
  const severity = { high: 150, medium: 0, low: 0, info: 0 };
  const organizations = { requested: 450, observed: 0, failed: 450, deleted: 0 };
  const manifest = { ...base.manifest, summary: { ...base.manifest.summary, severity, organizations } };
  const changes = many(base.changes.slice(0, 1)).map((change, index) => ({ ...change, connectionName: `c${index}` }));
  const snapshot = many(situationOf("partial").snapshot);
  const model = modelOf({ ...base, manifest, changes, snapshot, findings: [] });
  const items = renderMarkdown(model).match(/^- .*/gm) ?? [];
  // 100 of each are listed, and one more item counts the rest.
  expect(items).toHaveLength(202);
  expect([items[100], items[201]]).toEqual([expect.stringMatching(/\b350\b/), expect.stringMatching(/\b50\b/)]);
  const lines = terminalLines(model).filter((line) => line.startsWith("  "));
  expect(lines).toHaveLength(42);
  expect([lines[20], lines[41]]).toEqual([expect.stringMatching(/\b130\b/), expect.stringMatching(/\b430\b/)]);
});

it("a report of a failed run without a reason matches its golden file", () => {
  const failed = situationOf("failed");
  const model = modelOf({ ...failed, manifest: { ...failed.manifest, error: null } });
  expectGolden("failed/without-reason.html", renderHtml(model));
});

it("a property that this version does not know is shown by its own name", () => {
  const base = situationOf("every-kind-of-change");
  const properties = [
    { name: "new_property", previousValue: null, updatedValue: { deep: ["value"] } },
    { name: "constructor", previousValue: null, updatedValue: true },
  ];
  const changes = base.changes.filter(({ change }) => change === "connection_updated");
  const text = renderHtml(modelOf({ ...base, changes: changes.map((change) => ({ ...change, properties })) }));
  expect(text).toContain("new_property: null → {&quot;deep&quot;:[&quot;value&quot;]}, constructor: null → true");
});

it("numbers, durations and untrusted text have one format", () => {
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
