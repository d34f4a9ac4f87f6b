import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { audit } from "../../lambda/audit/audit.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import { manifestKey } from "../../lambda/evidence/format/keys.ts";
import { RULES } from "../../lambda/findings/rules.ts";
import { dashboardUrl } from "../../lambda/page/links.ts";
import { dependencies, ids, inProcessExecution, request, TENANT } from "../support/audit-harness.ts";
import { auditDays, type Day, GOOGLE, SSO } from "../support/audited-days.ts";
import { fakeManagementApi } from "../support/fake-management-api.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { serveTest, type TestPage } from "../support/served-page.ts";

const [ONE, TWO, THREE, FOUR] = ids("1", "2", "3", "4") as [
  OrganizationId,
  OrganizationId,
  OrganizationId,
  OrganizationId,
];
const OPEN_SSO = { ...SSO, assign_membership_on_login: true };

/** Acme gets a social connection; one cannot be read; one is renamed; one is created and one is deleted. */
const DAYS: readonly Day[] = [
  day(
    [
      [ONE, [SSO]],
      [TWO, [SSO]],
      [THREE, [SSO]],
    ],
    {
      names: [
        [ONE, "acme"],
        [TWO, "birch"],
        [THREE, "cedar"],
      ],
    },
  ),
  day(
    [
      [ONE, [SSO, GOOGLE]],
      [TWO, [SSO]],
      [THREE, [SSO]],
      [FOUR, [OPEN_SSO]],
    ],
    {
      names: [
        [ONE, "acme"],
        [TWO, "birch"],
        [THREE, "cedar-grove"],
        [FOUR, "dunmore"],
      ],
      unreadable: [TWO],
    },
  ),
  day(
    [
      [ONE, [GOOGLE]],
      [TWO, [SSO]],
      [FOUR, [OPEN_SSO]],
    ],
    {
      names: [
        [ONE, "acme"],
        [TWO, "birch"],
        [FOUR, "dunmore"],
      ],
    },
  ),
];

function day(
  connections: readonly (readonly [OrganizationId, readonly (typeof SSO)[]])[],
  { names, unreadable = [] }: { names: readonly [OrganizationId, string][]; unreadable?: readonly OrganizationId[] },
): Day {
  const displayNames = names.map(([id, name]) => [id, `${name[0]?.toUpperCase()}${name.slice(1)} Inc.`] as const);
  return {
    connections: new Map(connections),
    names: new Map(names),
    displayNames: new Map(displayNames),
    unreadable: new Set(unreadable),
  };
}

let store: ReturnType<typeof memoryEvidenceStore>;
let page: TestPage;
let nowMs = Date.UTC(2026, 2, 5, 12);

beforeAll(async () => {
  store = memoryEvidenceStore();
  await auditDays(store, DAYS);
  page = await serveTest(store, { now: () => nowMs });
});
afterAll(async () => {
  await page.close();
  expect(page.defects).toEqual([]);
});

/** The text of a page, without its markup. */
async function textOf(path: string, expected = 200): Promise<string> {
  const { html, status } = await page.get(path);
  expect([path, status]).toEqual([path, expected]);
  return html
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replaceAll(/<[^>]*>/g, "")
    .replaceAll("&#39;", "'")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ");
}

describe("search", () => {
  it.each([
    ["acme", `/organizations/${ONE}`],
    ["Acme Inc.", `/organizations/${ONE}`],
    [ONE, `/organizations/${ONE}`],
    ["google-oauth2", "/connections/con_2"],
    ["con_1", "/connections/con_1"],
  ])("leads from the exact name %s to its page", async (text, to) => {
    const { headers, status } = await page.get(`/search?q=${encodeURIComponent(text)}`);
    expect([status, headers.get("location")]).toEqual([303, to]);
  });

  it("keeps the date", async () => {
    const { headers } = await page.get("/search?q=acme&at=2026-03-03");
    expect(headers.get("location")).toBe(`/organizations/${ONE}?at=2026-03-03`);
  });

  it("finds a part of a name, in upper and lower case", async () => {
    const found = await textOf("/search?q=M");
    expect(found).toContain("2 Organizations");
    expect(found).toContain("Acme Inc.");
    expect(found).toContain("Dunmore Inc.");
  });

  it("suggests similar names when nothing is found", async () => {
    const { html } = await page.get("/search?q=acne");
    expect(html).toContain('<a href="/search?q=acme"><bdi>acme</bdi></a>');
  });

  it("finds earlier names and deleted Organizations when asked", async () => {
    expect(await textOf("/search?q=cedar")).toContain("Nothing in the present state has this name");
    const { html } = await page.get("/search?q=cedar&past=yes");
    expect(html).toContain(`href="/organizations/${THREE}"`);
    expect(await textOf("/search?q=never&past=yes")).toContain("No Organization had this name at any recorded time.");
  });

  it("asks for a text when there is none", async () => {
    expect(await textOf("/search?q=%20")).toContain("Organization or connection");
  });
});

describe("the page of an Organization", () => {
  it("shows the present state, what is wrong, what happened, and the manifest that proves it", async () => {
    const text = await textOf(`/organizations/${ONE}`);
    expect(text).toContain("Acme Inc.");
    expect(text).toContain(
      "People can sign in through 1 connection: google-oauth2. One of them lets people in without an invitation.",
    );
    expect(text).toContain(RULES["open-membership"].title);
    expect(text).toContain("sso (samlp) disabled");
    expect(text).toContain("google-oauth2 (google-oauth2) enabled");
    const key = manifestKey(TENANT, "20260305T060000Z" as never);
    const { createHash } = await import("node:crypto");
    const sha256 = createHash("sha256").update(store.text(key)).digest("hex");
    expect(text).toContain(`SHA-256 of the manifest: ${sha256}`);
    expect(text).toContain(`Manifest: ${key}`);
  });

  it.each(["2026-03-03", "20260303T060000Z", "2026-03-03T23:00:00Z"])("shows the state at %s", async (at) => {
    const text = await textOf(`/organizations/${ONE}?at=${at}`);
    expect(text).toContain("People can sign in through 1 connection: sso.");
    expect(text).toContain("Run: 20260303T060000Z (complete)");
    expect(text).toContain("Next observed at 2026-03-04");
  });

  it("marks membership that people from outside get, not the ordinary one through an enterprise connection", async () => {
    const flags = async (id: string) =>
      (await page.get(`/organizations/${id}`)).html.match(/<td class="setting">.*?<\/td>/g);
    expect((await flags(ONE))?.[0]).toBe('<td class="setting"><b>on</b></td>');
    expect((await flags(FOUR))?.[0]).toBe('<td class="setting">on</td>');
    expect(await textOf(`/organizations/${FOUR}`)).not.toContain("without an invitation");
  });

  it("says what it was when it was last read, and proves it by the run that read it", async () => {
    const text = await textOf(`/organizations/${TWO}?at=2026-03-04`);
    expect(text).toContain("Not read. When it was last read, people could sign in through 1 connection: sso.");
    expect(text).toContain("Run: 20260303T060000Z (complete)");
    expect(text).toContain("Could not be read: unavailable, Auth0 answered 500.");
  });

  it("says that an Organization was deleted, and what it was before", async () => {
    expect(await textOf(`/organizations/${THREE}`)).toContain("It was deleted: no one can sign in to it.");
    expect(await textOf(`/organizations/${FOUR}?at=2026-03-03`)).toContain("It is not in the tenant");
    expect(await textOf(`/organizations/${THREE}?at=2026-03-04`)).toContain("Cedar-grove Inc.");
  });

  it("does not know an Organization that is in no run", async () => {
    expect(await textOf("/organizations/org_none", 404)).toContain("has an Organization with the ID org_none");
  });

  it.each(["yesterday", "2026-02-30", "20260301T060000Z"])("refuses the date %s", async (at) => {
    expect(await textOf(`/organizations/${ONE}?at=${at}`, 400)).toContain("This cannot be shown");
  });

  it("names the nearest runs for a date before the first one", async () => {
    expect(await textOf(`/organizations/${ONE}?at=2026-03-01`, 400)).toContain("The nearest runs: 20260303T060000Z");
  });
});

describe("the page of a connection", () => {
  it("names every Organization that has it, now and at a date", async () => {
    expect(await textOf("/connections/con_1")).toContain("2 Organizations have it enabled.");
    expect(await textOf("/connections/con_1?at=2026-03-03")).toContain("3 Organizations have it enabled.");
    const unread = await textOf("/connections/con_1?at=2026-03-04");
    expect(unread).toContain("4 Organizations have it enabled.");
    expect(unread).toContain("not read; last read 2026-03-03");
  });

  it("says when none has it", async () => {
    expect(await textOf("/connections/con_none")).toContain("No Organization has it enabled.");
  });

  it("goes on after an Organization", async () => {
    const text = await textOf(`/connections/con_1?after=${TWO}`);
    expect(text).toContain("2 to 2 of 2");
    expect(text).toContain("Dunmore Inc.");
    expect(text).not.toContain("Birch Inc.");
  });
});

describe("findings, changes and runs", () => {
  it("filters findings", async () => {
    expect(await textOf("/findings")).toContain(RULES["open-membership"].title);
    expect(await textOf("/findings?severity=low")).toContain("No such finding");
    expect(await textOf("/findings?organization=birch&severity=high")).toContain("No such finding");
    expect(await textOf("/findings?organization=acme")).toContain("acme");
    expect(await textOf("/findings?rule=open-membership")).toContain(RULES["open-membership"].remedy);
    expect(await textOf("/findings?at=2026-03-04&rule=sso-bypass")).toContain(RULES["sso-bypass"].title);
  });

  it("filters changes by period, severity and Organization", async () => {
    expect(await textOf("/changes")).toContain("The 3 runs of this period recorded 7 changes.");
    const high = await textOf("/changes?since=2026-03-04&until=2026-03-04&severity=high");
    expect(high).toContain("The run of this period recorded 2 high changes.");
    expect(high).toContain("google-oauth2");
    expect(await textOf("/changes?organization=dunmore")).toContain("dunmore org_0000000000000004: created");
    expect(await textOf("/changes?organization=birch")).toContain("recorded no change of birch");
    expect(await textOf("/changes?since=2027-01-01")).toContain("No run was completed in this period.");
    expect(await textOf("/changes?since=2026-03-05&until=2026-03-04", 400)).toContain("before its start");
  });

  it("says that who made a change is unknown without the tenant's logs", async () => {
    expect(await textOf("/changes")).toContain("Unknown: no run of this period read the tenant's logs.");
    const home = await textOf("/");
    expect(home).toContain("Unknown: the tenant's logs were not read. Grant the scope read:logs");
    expect(home).toContain("Unknown: no run in the last 30 days read the tenant's logs.");
  });

  it("shows a run with what it could not read and what it cost", async () => {
    const text = await textOf("/runs/20260304T060000Z");
    expect(text).toContain("Birch Inc.");
    expect(text).toContain("Not read: unavailable, Auth0 answered 500.");
    expect(text).toContain("Last known: sso (read 2026-03-03 06:00:00 UTC)");
    expect(text).toContain("Requests");
    expect(await textOf("/runs/20200101T000000Z", 404)).toContain("There is no run 20200101T000000Z");
  });

  it("says whether the manifests are a chain", async () => {
    expect(await textOf("/runs")).toContain("Their manifests are a chain without a break.");
  });
});

describe("long lists", () => {
  it("are shown page by page, and every item is on one of the pages", async () => {
    const many = memoryEvidenceStore();
    const all = ids(...Array.from({ length: 120 }, (_, index) => String(index)));
    await auditDays(many, [
      { connections: new Map(all.map((id) => [id, [SSO]])) },
      { connections: new Map(all.map((id) => [id, [SSO, { ...GOOGLE, assign_membership_on_login: false }]])) },
    ]);
    const other = await serveTest(many);
    const lists: readonly (readonly [path: string, next: string, links: RegExp])[] = [
      ["/connections/con_2", "Next page", /<th scope="row"><a href="\/organizations\/(\w+)"/g],
      ["/findings?rule=sso-bypass", "Next page", /<\/span> <a href="\/organizations\/(\w+)"/g],
      ["/changes", "Older changes", /<\/span> <a href="\/organizations\/(\w+)\?/g],
      [`/changes?organization=`, "Older changes", /<\/span> <a href="\/organizations\/(\w+)\?/g],
    ];
    for (const [path, label, links] of lists) {
      const first = (await other.get(path)).html;
      const next = new RegExp(`<a href="([^"]+)">${label}</a>`).exec(first)?.[1]?.replaceAll("&amp;", "&");
      const second = (await other.get(next ?? "/nothing")).html;
      const found = [first, second].map((html) => [...html.matchAll(links)].map(([, id]) => id));
      expect([path, found.map((one) => one.length)]).toEqual([path, [100, 20]]);
      expect([...new Set(found.flat())].sort()).toEqual([...all].sort());
      expect(second).not.toContain(`>${label}</a>`);
    }
    await other.close();
  });

  it("of runs are shown by month, and a timeline by 100 runs", async () => {
    const long = memoryEvidenceStore();
    const [one] = ids("1");
    if (one === undefined) throw new Error("No ID.");
    const days = Array.from({ length: 130 }, (_, index) => ({
      connections: new Map([[one, index % 40 === 39 ? [] : [SSO]]]),
    }));
    await auditDays(long, days);
    const other = await serveTest(long);
    const runs = (await other.get("/runs")).html;
    expect([...runs.matchAll(/\?month=([\d-]+)"/g)].map(([, month]) => month)).toEqual([
      "2026-07",
      "2026-06",
      "2026-05",
      "2026-04",
      "2026-03",
    ]);
    expect((await other.get("/runs?month=2026-03")).html).toContain("/runs/20260303T060000Z");
    const now = (await other.get(`/organizations/${one}`)).html;
    expect(now).toContain("100 runs, newest first.");
    const earlier = /<a href="([^"]+)">Earlier runs<\/a>/.exec(now)?.[1]?.replaceAll("&amp;", "&") ?? "";
    const before = (await other.get(earlier)).html;
    expect(before).toContain("30 runs, newest first.");
    expect(before).toContain(">Later runs</a>");
    expect((await other.get(`/organizations/${one}?until=all`)).html).toContain("130 runs, newest first.");
    expect((await other.get(`/organizations/${one}?at=2026-03-10`)).html).toContain("18 runs, newest first.");
    expect((await other.get(`/organizations/${one}?until=20200101T000000Z`)).status).toBe(400);
    await other.close();
  }, 60_000);
});

describe("a state of several runs", () => {
  it("has each Organization as the newest run that read it left it, with the name that an older run knew", async () => {
    const layered = memoryEvidenceStore();
    await auditDays(layered, DAYS.slice(0, 2));
    const at = Date.UTC(2026, 2, 5, 6);
    const api = fakeManagementApi(new Map([[ONE, [SSO]]]), () => at);
    const around = dependencies(layered, api, { clock: { now: () => at, sleep: async () => {} } });
    await audit(request(2, { organizations: [ONE] }), around, inProcessExecution);
    const other = await serveTest(layered);
    const acme = (await other.get(`/organizations/${ONE}`)).html;
    expect(acme).toContain("<bdi>Acme Inc.</bdi></h1>");
    expect(acme).toContain("People can sign in through 1 connection: sso.");
    expect((await other.get(`/organizations/${FOUR}`)).html).toContain(
      "in run 20260304T060000Z, the last run that includes",
    );
    const findings = (await other.get("/findings")).html;
    expect(findings).toContain(`<a href="/organizations/${FOUR}"><bdi>dunmore</bdi></a>`);
    const bypass = `<bdi>${RULES["sso-bypass"].title.replaceAll("'", "&#39;")}</bdi></a>`;
    expect(findings).not.toContain(bypass);
    expect((await other.get("/findings?at=2026-03-04")).html).toContain(bypass);
    expect((await other.get("/connections/con_2")).html).toContain("No Organization has it enabled.");
    expect((await other.get("/")).html).toMatch(/<b>\d+<\/b> high/);
    await other.close();
  });
});

describe("evidence that is not what it should be", () => {
  it("is not shown when a part was altered", async () => {
    const altered = memoryEvidenceStore(new Map(store.objects));
    for (const [key, object] of altered.objects)
      if (key.startsWith("v1/snapshots/") && key.includes("20260305"))
        altered.objects.set(key, { ...object, body: object.body.slice(0, -9) });
    const other = await serveTest(altered);
    const { html, status } = await other.get(`/organizations/${ONE}`);
    expect(status).toBe(500);
    expect(html).toContain("The evidence is not valid");
    expect(html).not.toContain("google-oauth2");
    await other.close();
  });

  it("is named when a manifest does not have the hash that the next one recorded", async () => {
    const cut = memoryEvidenceStore(new Map(store.objects));
    cut.objects.delete(manifestKey(TENANT, "20260304T060000Z" as never));
    const other = await serveTest(cut);
    expect((await other.get("/runs")).html).toContain('<span class="badge high">missing</span> run 20260304T060000Z');
    expect((await other.get("/")).html).toContain("The chain of manifests has 1 break.");
    await other.close();
  });

  it("is reported when the store cannot be reached, and the page goes on", async () => {
    const failing = memoryEvidenceStore(store.objects);
    const other = await serveTest(failing);
    failing.fault = ({ kind }) => (kind === "read" ? "refused" : null);
    expect((await other.get(`/organizations/${ONE}`)).status).toBe(502);
    failing.fault = null;
    expect((await other.get(`/organizations/${ONE}`)).status).toBe(200);
    await other.close();
  });
});

describe("while it is served", () => {
  it("reads a page's parts once, and sees a run that is recorded meanwhile", async () => {
    await page.get(`/organizations/${TWO}`);
    const before = store.operations.length;
    await page.get(`/organizations/${TWO}`);
    await page.get(`/organizations/${TWO}?at=2026-03-03`);
    expect(
      store.operations
        .slice(before)
        .filter(({ kind }) => kind === "read")
        .map(({ key }) => key),
    ).toEqual([]);
    const [last] = DAYS.slice(-1);
    if (last === undefined) throw new Error("No days.");
    await auditDays(store, [{ ...last, connections: new Map([...last.connections, [TWO, []]]) }], { first: 3 });
    expect(await textOf(`/organizations/${TWO}`)).toContain("sso");
    nowMs += 60_000;
    expect(await textOf(`/organizations/${TWO}`)).toContain("No one can sign in: no connection is enabled.");
  });
});

describe("the address of an Organization in the Auth0 Dashboard", () => {
  it.each([
    ["acme.eu.auth0.com", "https://manage.auth0.com/dashboard/eu/acme/organizations/org_1/overview"],
    ["acme.auth0.com", "https://manage.auth0.com/dashboard/us/acme/organizations/org_1/overview"],
    ["login.acme.com", null],
    ["acme.eu.auth0.com.evil.example", null],
    ["localhost:8443", null],
  ])("of %s is %s", (domain, url) => {
    expect(dashboardUrl(domain, "org_1")).toBe(url);
  });
});
