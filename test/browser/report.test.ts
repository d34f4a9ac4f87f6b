import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import * as v from "valibot";
import { plain } from "../../lambda/domain/text.ts";
import { indexKey, parseManifestKey, reportKey } from "../../lambda/evidence/format/keys.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import { RULES } from "../../lambda/findings/rules.ts";
import { renderIndex } from "../../lambda/report/html/index-page.ts";
import { renderHtml } from "../../lambda/report/html/report-page.ts";
import { type IndexRun, indexDays } from "../../lambda/report/read-index.ts";
import { MAX_RECENT_RUNS } from "../../lambda/report/recent-runs.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { auditDemoDays } from "../support/demo-days.ts";
import { chain, HOSTILE, largeSituation, modelOf, SITUATIONS, situationOf } from "../support/situations.ts";

const ROOT = join(import.meta.dirname, "../..");
const ARTEFACTS = join(ROOT, "coverage/screenshots");
/** The picture in README. `UPDATE_PICTURE=1 npm run test:all -- test/browser` replaces it. */
const PICTURE = join(ROOT, "docs/report.png");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIEWPORTS = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const;
/** One more run than a chart shows. */
const DEMO_DAYS = MAX_RECENT_RUNS + 1;
const LOOKS = (["phone", "desktop"] as const).flatMap((size) =>
  (["light", "dark"] as const).map((scheme) => ({ size, scheme })),
);

interface Opened {
  readonly page: Page;
  /** Console messages, errors, dialogs and requests other than for the page itself. Empty for a sound page. */
  readonly complaints: readonly string[];
}

let test: TestBrowser;
let folder: string;
const files = new Map<string, string>();

beforeAll(async () => {
  await mkdir(ARTEFACTS, { recursive: true });
  folder = await mkdtemp(join(tmpdir(), "pages-"));
  test = await launchBrowser();
  const evidence = join(folder, "evidence");
  const key = await auditDemoDays(folderEvidenceStore(evidence), DEMO_DAYS);
  const named = parseManifestKey(key);
  if (named === null) throw new Error(`${key} is not the key of a manifest.`);
  files.set("demo", join(evidence, reportKey(named.tenant, named.runId, "report.html")));
  files.set("index", join(evidence, indexKey(named.tenant)));
  const runs = chain(3).map(({ runId }): IndexRun => ({ runId, summary: null }));
  files.set("unreadable-runs", join(folder, "unreadable-runs.html"));
  await writeFile(join(folder, "unreadable-runs.html"), renderIndex(named.tenant, indexDays(runs)));
  const rendered = { ...SITUATIONS, "100000-organizations": largeSituation(100_000) };
  for (const [name, situation] of Object.entries(rendered)) {
    const file = join(folder, `${name}.html`);
    await writeFile(file, renderHtml(modelOf(situation)));
    files.set(name, file);
  }
}, 120_000);
afterAll(async () => {
  await test?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(name: string, { size, scheme }: (typeof LOOKS)[number]): Promise<Opened> {
  const context = await test.browser.newContext({ viewport: VIEWPORTS[size], colorScheme: scheme });
  const page = await context.newPage();
  const url = pathToFileURL(files.get(name) ?? name).href;
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(url, { waitUntil: "load" });
  return { page, complaints };
}

const axeSchema = v.object({
  violations: v.array(v.object({ id: v.string(), help: v.string(), nodes: v.array(v.object({ html: v.string() })) })),
  passes: v.array(v.unknown()),
});

/** The rules that axe finds violated. axe is evaluated through the debugger, because the page's policy forbids scripts. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const result = v.parse(axeSchema, await page.evaluate("axe.run(document, { resultTypes: ['violations'] })"));
  expect(result.passes.length).toBeGreaterThan(10);
  return result.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
}

const number = async (page: Page, expression: string) => v.parse(v.number(), await page.evaluate(expression));
const bottom = (page: Page, selector: string) =>
  number(page, `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().bottom`);

/** Pages tested in every look. The other pages are tested on a light phone and a dark desktop. */
const IN_EVERY_LOOK: readonly string[] = ["demo", "index", "hostile-names"];

describe.each(LOOKS)("on a $size, $scheme", (look) => {
  const isLookOfAllPages = (look.size === "phone") === (look.scheme === "light");
  const names = ["demo", "index", "unreadable-runs", ...Object.keys(SITUATIONS)];

  it.each(names.filter((name) => isLookOfAllPages || IN_EVERY_LOOK.includes(name)))(
    "%s is accessible, fits the width and loads nothing else",
    async (name) => {
      const { page, complaints } = await open(name, look);
      await page.screenshot({ path: join(ARTEFACTS, `${name}-${look.size}-${look.scheme}.png`), fullPage: true });
      expect(await number(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(
        VIEWPORTS[look.size].width,
      );
      expect(await violations(page)).toEqual([]);
      await page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
      expect(await number(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(
        VIEWPORTS[look.size].width,
      );
      expect(complaints).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  it("shows the verdict, coverage, findings, changes and chart on the first screen and all answers by the second", async () => {
    const { page } = await open("demo", look);
    const { height } = VIEWPORTS[look.size];
    for (const selector of [".verdict", ".when", ".tiles", ".tiles ~ .tiles", ".coverage", ".picture .scale"])
      expect(await bottom(page, selector)).toBeLessThanOrEqual(height);
    expect(await bottom(page, ".answers")).toBeLessThanOrEqual(2 * height);
    await page.context().close();
  });
});

it("a day with more than 40 changes fits on three screens of a desktop", async () => {
  const busy = situationOf("busy-day");
  expect(busy.changes.length).toBeGreaterThan(40);
  const { page } = await open("busy-day", { size: "desktop", scheme: "light" });
  expect(await number(page, "document.documentElement.scrollHeight")).toBeLessThanOrEqual(3 * VIEWPORTS.desktop.height);
  expect(await page.locator("#changes ~ .changes li").count()).toBeGreaterThanOrEqual(busy.changes.length);
  const folded = page.locator("#changes ~ .changes details li");
  expect(await folded.count()).toBeGreaterThanOrEqual(27);
  expect(await folded.first().isVisible()).toBe(false);
  await page.locator("#changes ~ .changes summary").filter({ hasText: "in 27 Organizations" }).click();
  expect(await folded.last().isVisible()).toBe(true);
  await page.context().close();
});

const [PHONE] = LOOKS;

describe("in a browser", () => {
  const phone = PHONE ?? { size: "phone", scheme: "light" };

  it("the accessibility check finds violations, and the policy blocks injected content", async () => {
    const { page, complaints } = await open("lock-out", phone);
    await page.evaluate("document.querySelector('.verdict').style.color = '#eeeeee'");
    expect(await violations(page)).toEqual([expect.stringContaining("color-contrast")]);
    for (const foreign of [
      "Object.assign(document.createElement('script'), { text: 'alert(1)' })",
      "Object.assign(new Image(), { src: 'https://example.invalid/x.png' })",
    ]) {
      const refused = page.waitForEvent("console");
      await page.evaluate(`document.body.append(${foreign})`);
      expect((await refused).text()).toContain("Content Security Policy");
    }
    expect(complaints.filter((one) => one.startsWith("dialog"))).toEqual([]);
    await page.context().close();
  });

  it("hostile names are shown as text", async () => {
    const { page } = await open("hostile-names", phone);
    expect(await page.locator("script, img, iframe, object, embed, form, base, link").count()).toBe(0);
    const titles = await page.locator("#changes ~ .changes.high li > bdi:first-child").allTextContents();
    expect(titles).toHaveLength(HOSTILE.length);
    expect(new Set(titles)).toEqual(new Set(HOSTILE.map(plain)));
    await page.context().close();
  });

  it("hostile texts of a policy and hostile names of findings are shown as text", async () => {
    const { page } = await open("hostile-policy", phone);
    expect(await page.locator("script, img, iframe, object, embed, form, base, link").count()).toBe(0);
    const titles = await page.locator("#findings ~ .cards h3 bdi").allTextContents();
    const ofPolicy = HOSTILE.filter((text) => text.isWellFormed()).map(plain);
    expect(titles).toEqual(expect.arrayContaining(ofPolicy));
    const names = await page.locator("#findings ~ .cards table th[scope=row] > bdi:first-child").allTextContents();
    expect(new Set(names)).toEqual(new Set(HOSTILE.map(plain)));
    await page.context().close();
  });

  it("every link of a report and of the index has a target", async () => {
    const sources = Object.values(RULES).map(({ source }) => source);
    const isPage = (link: string) => link.startsWith("https://");
    for (const name of ["demo", "index"]) {
      const { page } = await open(name, phone);
      const links = await page.locator("a").evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
      const [toPages, local] = [links.filter(isPage), links.filter((link) => !isPage(link))];
      for (const link of toPages)
        if (!link.startsWith("https://manage.auth0.com/dashboard/")) expect(sources).toContain(link);
      const toFiles = local.filter((link) => !link.startsWith("#"));
      expect(toFiles.length).toBeGreaterThan(name === "index" ? DEMO_DAYS - 1 : 5);
      for (const link of toFiles)
        expect([link, existsSync(join(dirname(files.get(name) ?? ""), link))]).toEqual([link, true]);
      for (const link of local.filter((one) => one.startsWith("#"))) expect(await page.locator(link).count()).toBe(1);
      await page.context().close();
    }
  });

  it("a report of 100,000 Organizations loads, and its load time is saved with the screenshots", async () => {
    const { page, complaints } = await open("100000-organizations", phone);
    await page.screenshot({ path: join(ARTEFACTS, "100000-organizations-phone-light.png") });
    const drawnMs = await number(page, "performance.getEntriesByType('navigation')[0].loadEventEnd");
    await writeFile(join(ARTEFACTS, "100000-organizations.json"), `${JSON.stringify({ drawn_ms: drawnMs })}\n`);
    expect(await page.locator("#changes ~ .changes li").count()).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
    await page.context().close();
  }, 60_000);

  it("a report prints", async () => {
    const { page } = await open("demo", phone);
    const pdf = await page.pdf({ format: "A4", margin: { top: "1cm", bottom: "1cm", left: "1cm", right: "1cm" } });
    await writeFile(join(ARTEFACTS, "demo.pdf"), pdf);
    expect(pdf.subarray(0, 5).toString()).toBe("%PDF-");
    await page.context().close();
  });

  it("the picture in README exists", async () => {
    if (process.env.UPDATE_PICTURE === "1" || !existsSync(PICTURE)) {
      const context = await test.browser.newContext({ viewport: VIEWPORTS.desktop, deviceScaleFactor: 1.5 });
      const page = await context.newPage();
      await page.goto(pathToFileURL(files.get("demo") ?? "").href);
      await page.screenshot({ path: PICTURE });
      await context.close();
    }
    expect(readFileSync(PICTURE).subarray(1, 4).toString()).toBe("PNG");
  });
});
