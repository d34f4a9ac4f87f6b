import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { type DemoTenant, startDemoTenant } from "../../lambda/demo/tenant.ts";
import { durableAudit } from "../support/durable-audit.ts";

const ORGANIZATIONS = 6;

let folder: string;
let tenant: DemoTenant;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "secrets-"));
  tenant = await startDemoTenant({ bucket: { kind: "drip", limit: 100_000, perSecond: 100_000 } });
  // The tenant quotes the token in names and settings.
  for (let index = 0; index < ORGANIZATIONS; index += 1) {
    const id = `org_${String(index).padStart(16, "0")}`;
    const connection = { name: `sso-${tenant.token}`, strategy: "samlp" };
    tenant.organizations.set(id, {
      id,
      name: `customer-${index}`,
      displayName: tenant.token,
      connections: [{ connection_id: "con_1", connection, [tenant.token]: tenant.token }],
    });
  }
});
afterEach(async () => {
  await tenant.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs an audit, and returns everything that it saved, stored and reported, by where it was found. */
async function leftBy(name: string): Promise<ReadonlyMap<string, string>> {
  const file = join(folder, `${name}.ndjson`);
  const reported: unknown[] = [];
  const run = { url: tenant.url, token: tenant.token, folder: join(folder, name), file, chunkOrganizations: 2 };
  reported.push(await durableAudit(run, (progress) => reported.push(progress)).catch((error: unknown) => error));
  const left = new Map([["reported", inspect(reported, { depth: 10, showHidden: true })]]);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    left.set(path, (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString());
  }
  return left;
}

/** The token as JSON may write it: each character as an escape. */
function escaped(token: string): string {
  return Array.from(token, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
}

/** An answer that quotes the authorization. */
function quoting(status: number): NonNullable<DemoTenant["fault"]> {
  return ({ response }) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ message: `Bearer ${tenant.token}`, errorCode: tenant.token }));
    return true;
  };
}

describe("the token is never saved, stored or reported", () => {
  it("when the tenant quotes it in names, settings and error messages", async () => {
    const refuse = quoting(400);
    tenant.fault = (asked) => asked.id?.endsWith("1") === true && refuse(asked);
    const left = await leftBy("partial");
    // Checkpoints, snapshot parts, manifest and reports are among the files that were searched.
    expect([...left.keys()].map((path) => path.replace(/^.*\//, ""))).toEqual(
      expect.arrayContaining([
        "partial.ndjson",
        expect.stringMatching(/^part-00002-[0-9a-f]{16}\.ndjson\.gz$/),
        "20260303T060000Z.json",
        "report.html",
      ]),
    );
    expect([...left.values()].join("\n")).toContain("sso-[hidden]");
    for (const text of left.values()) expect(text).not.toContain(tenant.token);
  });

  it("when the tenant quotes it with escapes", async () => {
    tenant.fault = ({ response, route }) => {
      if (route !== "connections") return false;
      const quoted = escaped(tenant.token);
      response.writeHead(200, { "Content-Type": "application/json" });
      response.end(`[{"connection_id":"con_1","connection":{"name":"sso-${quoted}"},"${quoted}":["${quoted}"]}]`);
      return true;
    };
    const left = await leftBy("escaped");
    expect([...left.values()].join("\n")).toContain("sso-[hidden]");
    for (const text of left.values()) expect(text).not.toContain(tenant.token);
  });

  it.each([400, 401, 403])("when a run fails with %d", async (status) => {
    tenant.fault = quoting(status);
    const left = await leftBy("failed");
    expect([...left.values()].join("\n")).toMatch(/"status":"failed"/);
    for (const text of left.values()) expect(text).not.toContain(tenant.token);
  });
});
