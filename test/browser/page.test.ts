import { existsSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { BrowserContext, Page } from "playwright-core";
import * as v from "valibot";
import { BRIEFLY_OPEN, UNREADABLE } from "../../lambda/demo/scenario.ts";
import { plain } from "../../lambda/domain/text.ts";
import { parseManifestKey } from "../../lambda/evidence/format/keys.ts";
import { RULES } from "../../lambda/findings/rules.ts";
import { ids } from "../support/audit-harness.ts";
import { auditDays, GOOGLE, SSO } from "../support/audited-days.ts";
import { launchBrowser, type TestBrowser } from "../support/browser.ts";
import { auditDemoDays } from "../support/demo-days.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { serveTest, type TestPage } from "../support/served-page.ts";
import { HOSTILE } from "../support/situations.ts";

const ROOT = join(import.meta.dirname, "../..");
const SCREENSHOTS = join(ROOT, "coverage/screenshots");
/** The picture in README. `UPDATE_PICTURE=1 npm run test:all -- test/browser` replaces it. */
const PICTURE = join(ROOT, "docs/page.png");
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const VIEWPORTS = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } } as const;
const LOOKS = (["phone", "desktop"] as const).flatMap((size) =>
  (["light", "dark"] as const).map((scheme) => ({ size, scheme })),
);
/** Lone halves of characters are not in an answer of the Management API. */
const NAMES = HOSTILE.filter((name) => name.isWellFormed());
const HOSTILE_PATHS = [
  "/",
  "/search?q=a",
  `/organizations/${ids("0")[0]}`,
  "/connections/con_2",
  "/findings",
  "/changes",
  "/runs",
];
const DAYS = 6;
const DAY_OF_FIRST_RUN = "2026-03-03";
/** Two hours after the last run. */
const NOW = "2026-03-08T08:00:00Z";
const UPDATES = 3;

let test: TestBrowser;
let demo: TestPage;
/** The same with updates after the last day. */
let updated: TestPage;
let hostile: TestPage;
let lastRun: string;

beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true });
  test = await launchBrowser();
  const recorded = memoryEvidenceStore();
  lastRun = parseManifestKey(await auditDemoDays(recorded, DAYS, { withLogs: true }))?.runId ?? "";
  demo = await serveTest(recorded, { now: () => Date.parse(NOW) });
  const later = memoryEvidenceStore();
  await auditDemoDays(later, 2, { withLogs: true, updates: UPDATES });
  updated = await serveTest(later, { now: () => Date.parse("2026-03-04T11:00:00Z") });
  hostile = await serveTest(await hostileEvidence());
}, 120_000);
afterAll(async () => {
  await Promise.all([demo?.close(), updated?.close(), hostile?.close()]);
  await test?.close();
});

/** Every name of Organizations and connections is hostile, and changes from day to day. */
async function hostileEvidence() {
  const store = memoryEvidenceStore();
  const all = ids(...NAMES.map((_, index) => String(index)));
  const day = (shift: number) => {
    const named = (index: number) => NAMES[(index + shift) % NAMES.length] ?? "";
    return {
      connections: new Map(
        all.map((id, index) => [
          id,
          [SSO, { ...GOOGLE, connection: { name: named(index), strategy: named(index + 1) } }],
        ]),
      ),
      names: new Map(all.map((id, index) => [id, named(index)])),
      displayNames: new Map(all.map((id, index) => [id, named(index)])),
    };
  };
  await auditDays(store, [day(0), day(1)]);
  return store;
}

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Console messages, errors, dialogs and requests to other servers. */
  readonly complaints: readonly string[];
}

async function open(served: TestPage, { size, scheme }: (typeof LOOKS)[number], path = "/"): Promise<Opened> {
  const context = await test.browser.newContext({ viewport: VIEWPORTS[size], colorScheme: scheme });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== `127.0.0.1:${served.port}`) complaints.push(`request: ${request.url()}`);
  });
  await page.goto(served.address);
  if (path !== "/") await page.goto(`http://127.0.0.1:${served.port}${path}`);
  return { page, context, complaints };
}

const axeSchema = v.object({
  violations: v.array(v.object({ id: v.string(), help: v.string(), nodes: v.array(v.object({ html: v.string() })) })),
  passes: v.array(v.unknown()),
});

/** The rules that axe finds violated. It is evaluated through the debugger, because the page's policy forbids scripts. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  const result = v.parse(axeSchema, await page.evaluate("axe.run(document, { resultTypes: ['violations'] })"));
  expect(result.passes.length).toBeGreaterThan(10);
  return result.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`);
}

const number = async (page: Page, expression: string) => v.parse(v.number(), await page.evaluate(expression));
const ACME = "org_demo000000000000";
/** The Organization that was briefly open. */
const DUNMORE = "org_demo000000000017";
const UPDATED_PATHS = ["/", "/runs", "/runs?day=2026-03-04", "/changes"];
const PATHS: Readonly<Record<string, () => string>> = {
  home: () => "/",
  search: () => "/search?q=a",
  "search-nothing": () => "/search?q=acne-aerospace",
  organization: () => `/organizations/${ACME}`,
  "organization-briefly-open": () => `/organizations/${DUNMORE}`,
  "organization-on-a-date": () => `/organizations/${ACME}?at=${DAY_OF_FIRST_RUN}`,
  connection: () => "/connections/con_demo000000000002",
  findings: () => "/findings",
  rule: () => "/findings?rule=sso-bypass&status=",
  changes: () => "/changes",
  runs: () => "/runs",
  run: () => `/runs/${lastRun}`,
};

/** Pages tested in every look. The other pages are tested on a light phone and a dark desktop. */
const IN_EVERY_LOOK: readonly string[] = ["home", "organization"];

describe.each(LOOKS)("on a $size, $scheme", (look) => {
  const isLookOfAllPages = (look.size === "phone") === (look.scheme === "light");

  it.each(Object.keys(PATHS).filter((name) => isLookOfAllPages || IN_EVERY_LOOK.includes(name)))(
    "%s is accessible, fits the width and loads nothing else",
    async (name) => {
      const { complaints, context, page } = await open(demo, look, PATHS[name]?.());
      await page.screenshot({
        path: join(SCREENSHOTS, `page-${name}-${look.size}-${look.scheme}.png`),
        fullPage: true,
      });
      expect(await number(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(
        VIEWPORTS[look.size].width,
      );
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    },
    60_000,
  );

  it.each(isLookOfAllPages ? UPDATED_PATHS : ["/"])(
    "%s is accessible and fits the width after updates",
    async (path) => {
      const { complaints, context, page } = await open(updated, look, path);
      const name = path.replaceAll(/\W/g, "-");
      await page.screenshot({ path: join(SCREENSHOTS, `updated${name}-${look.size}.png`), fullPage: true });
      expect(await number(page, "document.documentElement.scrollWidth")).toBe(VIEWPORTS[look.size].width);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await context.close();
    },
    60_000,
  );

  it.each(isLookOfAllPages ? HOSTILE_PATHS : ["/"])(
    "hostile names are shown as text on %s",
    async (path) => {
      const { complaints, context, page } = await open(hostile, look, path);
      expect(await page.locator("script, img, iframe, object, embed, base, link").count()).toBe(0);
      expect(await number(page, "document.documentElement.scrollWidth")).toBe(VIEWPORTS[look.size].width);
      expect(await violations(page)).toEqual([]);
      expect(complaints).toEqual([]);
      if (path.startsWith("/connections"))
        expect(new Set(await page.locator("tbody th a bdi").allTextContents())).toEqual(
          new Set(NAMES.map((name) => plain(name))),
        );
      await context.close();
    },
    60_000,
  );
});

describe("a walk", () => {
  const look = { size: "desktop", scheme: "light" } as const;

  it("goes from a search to an Organization, to a date, and to a finding, by keyboard alone", async () => {
    const { complaints, context, page } = await open(demo, look);
    await page.getByLabel("Organization or connection").focus();
    await page.keyboard.type("acme-aero");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Acme Aerospace" }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/organizations/${ACME}`);
    expect(await page.locator("h1").textContent()).toBe("Acme Aerospace");
    expect(await page.locator("#findings ~ ul").textContent()).toContain(RULES["sso-bypass"].title);
    await page.getByLabel("State on this day").fill(DAY_OF_FIRST_RUN);
    await page.getByLabel("State on this day").press("Enter");
    await page.waitForURL(`**/organizations/${ACME}?at=${DAY_OF_FIRST_RUN}`);
    expect(await page.locator(".answer").textContent()).toBe(
      "People can sign in through 1 connection: acme-aerospace-samlp.",
    );
    expect(await page.locator("#findings ~ p").first().textContent()).toBe("Nothing is open.");
    await page.getByRole("link", { name: "Show the present state" }).press("Enter");
    await page.waitForURL(`**/organizations/${ACME}`);
    await page.getByRole("link", { name: "google-oauth2" }).first().press("Enter");
    expect(await page.locator(".answer").textContent()).toBe("4 Organizations have it enabled.");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("a link from another site asks for one click, and then shows its page", async () => {
    const { context, page } = await open(demo, look);
    const target = `http://127.0.0.1:${demo.port}/organizations/${ACME}`;
    await page.route("http://ticket.example/**", (route) =>
      route.fulfill({ contentType: "text/html", body: `<a href="${target}">the evidence</a>` }),
    );
    await page.goto("http://ticket.example/1");
    await page.getByText("the evidence").click();
    await page.getByRole("link", { name: "Open the page" }).click();
    await page.getByRole("heading", { name: "Acme Aerospace" }).waitFor();
    expect(page.url()).toBe(target);
    await context.close();
  });

  it("who has not opened the address sees nothing", async () => {
    const context = await test.browser.newContext();
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${demo.port}/organizations/${ACME}`);
    expect(await page.locator("h1").textContent()).toBe("Not shown");
    expect(await violations(page)).toEqual([]);
    await context.close();
  });
});

/** What docs/walkthrough.md says, done: each question with what is clicked and what is read then. */
describe("the walkthrough answers", () => {
  const look = { size: "desktop", scheme: "light" } as const;
  const walks: Readonly<Record<string, (page: Page) => Promise<void>>> = {
    "Which connections could people use to sign in to Organization X on date D?": async (page) => {
      await page.getByLabel("Organization or connection").fill("acme-aerospace");
      await page.getByLabel("On this day").fill(DAY_OF_FIRST_RUN);
      await page.getByRole("button", { name: "Search" }).click();
      await page.getByRole("heading", { name: "Enabled connections" }).waitFor();
      expect(await page.locator("#connections ~ table tbody th").allInnerTexts()).toEqual([
        "acme-aerospace-samlp\nsamlp, enterprise",
      ]);
    },
    "What changed between two dates? Which changes widened access, and which locked people out?": async (page) => {
      await page.getByRole("link", { name: "Changes", exact: true }).click();
      await page.getByLabel("From the start of").fill("2026-03-08");
      await page.getByLabel("To the end of").fill("2026-03-08");
      await page.getByLabel("Severity").selectOption("high");
      await page.getByRole("button", { name: "Show" }).click();
      await page.waitForURL("**/changes?since=2026-03-08**");
      const text = await page.locator("main").innerText();
      expect(text).toContain("people can now sign in without the customer's identity provider");
      expect(text).toContain("No connection is enabled: the Organization's members are locked out.");
    },
    "Which Organizations could not be read, and what is their last known state?": async (page) => {
      await page.getByRole("link", { name: "1 Organization in the last run" }).click();
      const text = await page.locator("#unread ~ ul").innerText();
      expect(text).toContain(UNREADABLE);
      expect(text).toContain("Last known: eastgate-hospitals-samlp");
    },
    "Is the evidence complete and unaltered?": async (page) => {
      await page.getByRole("link", { name: "How to check every byte" }).click();
      const text = await page.locator("main").innerText();
      expect(text).toContain("Their manifests are a chain without a break.");
      expect(text).toContain("npm run evidence -- verify");
    },
    "What did the audit cost the tenant, in requests and as a share of the rate limit?": async (page) => {
      await page.getByRole("link", { name: "Details" }).click();
      expect(await page.locator("#cost ~ table").innerText()).toMatch(
        /Requests\s+69[\s\S]*Peak rate limit usage\s+\d+%/,
      );
    },
    "What is wrong today, by our own policy, and what have we accepted, why and until when?": async (page) => {
      await page.getByRole("link", { name: /open findings/ }).click();
      await page.getByLabel("Rule").selectOption("sso-bypass");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByRole("heading", { name: RULES["sso-bypass"].title }).waitFor();
      const text = await page.locator("main").innerText();
      expect(text).toContain("acme-aerospace");
      expect(text).toContain(RULES["sso-bypass"].remedy);
      await page.getByLabel("Status").selectOption("waived");
      await page.getByRole("button", { name: "Show" }).click();
      await page.getByRole("heading", { name: "No such finding" }).waitFor();
    },
    "Who changed it, from where, with which application, and how sure is that?": async (page) => {
      await page.getByRole("link", { name: "changes in the last 30 days" }).click();
      const entries = page.locator("#recorded ~ ul li");
      expect(await entries.filter({ hasText: "acme-aerospace" }).locator(".who").innerText()).toMatch(
        /^By Alice Example \(alice@example\.com\) in the Dashboard from 203\.0\.113\.7 at 2026-03-08 0\d:\d\d:\d\d UTC \(certain\)\.$/,
      );
      expect(await entries.filter({ hasText: "helix-pharma" }).locator(".who").innerText()).toMatch(
        /^By the application terraform \(Terraform.+\) from 198\.51\.100\.24 at .+ \(likely\)\. The connection itself was changed/,
      );
      await entries.getByRole("link", { name: "acme-aerospace" }).click();
      expect(await page.locator("#timeline ~ ol .who").first().innerText()).toContain("By Alice Example");
    },
    "Did anything open and close again between two looks?": async (page) => {
      await page.getByRole("link", { name: "1 temporary change in the last 30 days" }).click();
      const entry = await page.locator("#undone ~ ul li").innerText();
      expect(entry).toContain("For 7 minutes on 8 March 2026, anyone with a Google account could sign in to dunmore");
      expect(entry).toMatch(/Made by Alice Example .+\s+Undone by Alice Example/);
      await page.getByRole("link", { name: "dunmore-castings" }).click();
      await page.getByRole("heading", { name: BRIEFLY_OPEN }).waitFor();
      expect(await page.locator("#undone ~ ul").innerText()).toContain("For 7 minutes");
    },
  };

  it.each(Object.entries(walks))("%s", async (_question, walk) => {
    const { complaints, context, page } = await open(demo, look);
    await walk(page);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("every question that docs/walkthrough.md has", async () => {
    const text = await readFile(join(ROOT, "docs/walkthrough.md"), "utf8");
    const questions = [...text.matchAll(/^## \d+\. (.+)$/gm)].map(([, question]) => question);
    expect(questions).toEqual(Object.keys(walks));
    const readme = await readFile(join(ROOT, "README.md"), "utf8");
    const asked = [...readme.matchAll(/^\d+\. (.+\?)$/gm)].map(([, question]) => question);
    expect(asked).toEqual(questions);
  });
});

describe("updates", () => {
  const look = { size: "desktop", scheme: "light" } as const;

  it("of a day are one row, which leads to each of them, and the state has what they read", async () => {
    const { complaints, context, page } = await open(updated, look);
    expect(await page.locator("#runs ~ table tbody tr").count()).toBe(3);
    await page
      .getByRole("row", { name: `${UPDATES} updates` })
      .getByRole("link")
      .click();
    await page.getByRole("heading", { name: "2026-03-04, newest first" }).waitFor();
    expect(await page.locator("#list ~ table tbody tr").count()).toBe(UPDATES + 1);
    await page.getByRole("link", { name: "All runs of 2026-03" }).click();
    expect(await page.locator("#list ~ table tbody tr").count()).toBe(3);
    await page.getByRole("link", { name: "Changes", exact: true }).click();
    await page.getByRole("link", { name: "granite-bank" }).click();
    expect(await page.locator(".answer").innerText()).toContain("google-oauth2");
    const { pathname } = new URL(page.url());
    for (const [at, isOpen] of [
      ["20260304T060000Z", false],
      ["2026-03-04T06:30:00Z", false],
      ["2026-03-04T08:30:00Z", true],
      ["2026-03-04", true],
    ] as const) {
      await page.goto(`http://127.0.0.1:${updated.port}${pathname}?at=${at}`);
      const answer = await page.locator(".answer").innerText();
      expect([at, answer.includes("google-oauth2")]).toEqual([at, isOpen]);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});

it("the picture in README exists", async () => {
  if (process.env.UPDATE_PICTURE === "1" || !existsSync(PICTURE)) {
    const context = await test.browser.newContext({ viewport: { width: 1280, height: 1180 }, deviceScaleFactor: 1.5 });
    const page = await context.newPage();
    await page.goto(demo.address);
    await page.goto(`http://127.0.0.1:${demo.port}/organizations/${ACME}`);
    await page.screenshot({ path: PICTURE });
    await context.close();
  }
  expect(readFileSync(PICTURE).subarray(1, 4).toString()).toBe("PNG");
});
