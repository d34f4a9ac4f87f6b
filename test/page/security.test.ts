import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { rawRequest, serveTest, type TestPage } from "../support/served-page.ts";

/** What only the evidence has: none of it may be in an answer to who is not let in. */
const SECRET = /org_|acme|sso|v1\//;

let store: ReturnType<typeof memoryEvidenceStore>;
let page: TestPage;

beforeAll(async () => {
  store = memoryEvidenceStore();
  await auditDays(store, threeDays());
  page = await serveTest(store);
});
afterAll(() => page.close());

describe("who is let in", () => {
  it("sets a cookie that no script and no other site can use, and leads to a page without the token", async () => {
    const entered = await fetch(page.address, { redirect: "manual" });
    expect([entered.status, entered.headers.get("location")]).toEqual([303, "/"]);
    expect(entered.headers.get("set-cookie")).toMatch(
      new RegExp(`^organization-auditor-${page.port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    const { html, status } = await page.get("/");
    expect(status).toBe(200);
    expect(html).not.toContain(page.cookie.split("=")[1]);
    expect(html).not.toContain("/t/");
  });

  it("accepts the address for the browser's command line once", async () => {
    const statusOf = async () => (await fetch(page.addressOnce, { redirect: "manual" })).status;
    expect([await statusOf(), await statusOf()]).toEqual([303, 403]);
  });

  it("has another secret each time", async () => {
    const other = await serveTest(store);
    expect(other.address.split("/t/")[1]).not.toBe(page.address.split("/t/")[1]);
    await other.close();
  });

  it.each([
    ["no cookie", {}],
    ["an empty cookie", { cookie: "" }],
    ["a wrong secret", { cookie: `organization-auditor-PORT=${"A".repeat(43)}` }],
    ["a part of the secret", { cookie: "PART" }],
    ["the cookie of another port", { cookie: "OTHER" }],
  ])("refuses %s", async (_name, headers) => {
    const written = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value
          .replace("PORT", String(page.port))
          .replace("PART", page.cookie.slice(0, -1))
          .replace("OTHER", page.cookie.replace(String(page.port), String(page.port + 1))),
      ]),
    );
    for (const path of ["/", "/organizations/org_0000000000000001", "/t/", `/t/${"A".repeat(43)}`, "/nothing"]) {
      const { html, status } = await page.get(path, written);
      expect([path, status]).toEqual([path, 403]);
      expect(html).not.toMatch(SECRET);
      expect(html).toContain("Open the address that the command printed");
    }
  });

  it("offers a link to who comes from another site, which leads back to this server only", async () => {
    const from = async (path: string) => {
      const headers = { "sec-fetch-site": "cross-site", host: `127.0.0.1:${page.port}` };
      return rawRequest(page.port, { path, headers });
    };
    const followed = await from("/organizations/org_1?at=2026-03-03&x=%22%3E<script>");
    expect(followed.status).toBe(403);
    expect(followed.body).toContain('<a href="/organizations/org_1?at=2026-03-03&amp;x=%22%3E&lt;script&gt;">');
    expect((await from("//evil.example/x")).body).not.toContain("<a ");
  });
});

describe("what is refused", () => {
  it.each([
    "evil.example",
    "evil.example:PORT",
    "127.0.0.1",
    "127.0.0.1:1",
    "[::1]:PORT",
    "",
    "localhost.evil.example:PORT",
  ])("refuses the host %j, as it stands for DNS rebinding", async (host) => {
    const headers = { host: host.replace("PORT", String(page.port)), cookie: page.cookie };
    const answer = await rawRequest(page.port, { path: "/", headers });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toMatch(SECRET);
  });

  it("accepts localhost, which only this machine resolves", async () => {
    const headers = { host: `localhost:${page.port}`, cookie: page.cookie };
    expect((await rawRequest(page.port, { path: "/", headers })).status).toBe(200);
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("refuses %s", async (method) => {
    const headers = { host: `127.0.0.1:${page.port}`, cookie: page.cookie };
    const answer = await rawRequest(page.port, { path: "/", method, headers });
    expect([answer.status, answer.headers.allow]).toEqual([405, "GET, HEAD"]);
    expect(answer.body).not.toMatch(SECRET);
  });

  it("answers HEAD with the headers of GET and no body", async () => {
    const headers = { host: `127.0.0.1:${page.port}`, cookie: page.cookie };
    const [head, get] = [
      await rawRequest(page.port, { path: "/runs", method: "HEAD", headers }),
      await rawRequest(page.port, { path: "/runs", headers }),
    ];
    expect([head.status, head.body]).toEqual([200, ""]);
    expect(head.headers["content-length"]).toBe(String(Buffer.byteLength(get.body)));
  });

  it.each([
    "/../../etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/organizations/../../package.json",
    "/organizations/%2e%2e%2f%2e%2e%2fpackage.json",
    "/runs/..%2f..%2f..%2fpackage.json",
    "/connections/%00",
    "/organizations/%ff",
    "/organizations//",
    "/organizations/a/b",
    "/constructor",
    "/__proto__",
    "/%2e",
    "//evil.example/",
    "/favicon.ico",
  ])("reads no file and no page for %s", async (path) => {
    const before = store.operations.length;
    const headers = { host: `127.0.0.1:${page.port}`, cookie: page.cookie };
    const answer = await rawRequest(page.port, { path, headers });
    expect([200, 404]).toContain(answer.status);
    expect(answer.body).not.toMatch(/root:|devDependencies/);
    for (const { key } of store.operations.slice(before))
      expect(key).toMatch(/^v1\/(manifests|snapshots|changes|findings|policies)\//);
  });

  it("refuses a target that is no path", async () => {
    const headers = { host: `127.0.0.1:${page.port}`, cookie: page.cookie };
    expect((await rawRequest(page.port, { path: "http://evil.example/", headers })).status).toBe(400);
    expect((await rawRequest(page.port, { path: "*", headers })).status).toBe(400);
  });

  it("is not reachable except from this machine", async () => {
    // Something that listens on every interface would hold the port on this address too.
    const probe = createServer();
    const outcome = await new Promise((resolve) => {
      probe.once("error", (error) => resolve(error.message));
      probe.listen({ port: page.port, host: "127.0.0.2" }, () => resolve("free"));
    });
    probe.close();
    expect(outcome).toBe("free");
  });
});

describe("every answer", () => {
  it.each(["/", "/nothing", "/organizations/org_0000000000000001", "/search?q=sso"])(
    "%s has the headers",
    async (path) => {
      const visitors: readonly Readonly<Record<string, string>>[] = [{ cookie: page.cookie }, {}];
      for (const headers of visitors) {
        const { headers: sent, html, status } = await page.get(path, headers);
        const policy = sent.get("content-security-policy") ?? "";
        const style = /<style>([\s\S]*?)<\/style>/.exec(html)?.[1] ?? "";
        if (status !== 303) expect(policy).toContain(`'sha256-${createHash("sha256").update(style).digest("base64")}'`);
        expect(policy).toMatch(
          /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
        );
        expect(sent.get("x-content-type-options")).toBe("nosniff");
        expect(sent.get("x-frame-options")).toBe("DENY");
        expect(sent.get("referrer-policy")).toBe("no-referrer");
        expect(sent.get("cross-origin-resource-policy")).toBe("same-origin");
        expect(sent.get("cross-origin-opener-policy")).toBe("same-origin");
        expect(sent.get("cache-control")).toBe("no-store");
        expect(sent.get("access-control-allow-origin")).toBeNull();
        expect(html).not.toMatch(/<script|javascript:|<img|<link|<iframe/i);
      }
    },
  );

  it("writes nothing", async () => {
    const refused = () => {
      throw new Error("The page wrote to the evidence.");
    };
    const writes: Pick<EvidenceStore, "create" | "replace"> = { create: refused, replace: refused };
    const guarded = await serveTest({ ...store, ...writes });
    for (const path of ["/", "/runs", "/changes", "/findings", "/search?q=a", "/organizations/org_0000000000000001"])
      expect((await guarded.get(path)).status).toBe(200);
    expect(guarded.defects).toEqual([]);
    await guarded.close();
  });
});
