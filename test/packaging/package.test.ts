import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, Socket } from "node:net";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import * as v from "valibot";
import { startDemoTenant } from "../../lambda/demo/tenant.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import manifest from "../../package.json" with { type: "json" };
import { httpsFixture } from "../support/https-fixture.ts";
import type { Ended } from "../support/npm-script.ts";

const ROOT = join(import.meta.dirname, "../..");
const MOST_PACKED_BYTES = 2_000_000;
const MOST_INSTALLED_BYTES = 6_000_000;

describe("the package", () => {
  let folder: string;
  let home: string;
  let packed: string;
  let installed: string;

  const execute = (file: string, arguments_: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}) =>
    new Promise<Ended>((resolve) => {
      const env = {
        // The Node.js that runs the tests, whatever the shell has.
        PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
        HOME: folder,
        npm_config_cache: join(folder, "cache"),
        npm_config_update_notifier: "false",
        ...environment,
      };
      const child = execFile(file, arguments_, { cwd, env, maxBuffer: 50_000_000 }, (_error, out, error) =>
        resolve({ status: child.exitCode, out, error }),
      );
    });
  const program = (arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
    execute(join(home, "node_modules/.bin", manifest.name), arguments_, home, environment);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "package-"));
    home = join(folder, "home");
    await mkdir(home);
    const source = join(folder, "source");
    const built = await execute(process.execPath, [join(ROOT, "packaging/build.ts"), source], ROOT);
    expect(built).toEqual({ status: 0, out: "", error: "" });
    const { out } = await execute("npm", ["pack", source, "--pack-destination", folder, "--silent"], folder);
    packed = join(folder, out.trim());
    const install = ["install", "--offline", "--no-audit", "--no-fund", packed];
    expect(await execute("npm", install, home)).toMatchObject({ status: 0 });
    installed = join(home, "node_modules", manifest.name);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("is small, and installs nothing else", async () => {
    const names = await readdir(installed);
    expect(names.sort()).toEqual(["LICENSES.txt", "README.md", "auditor.js", "package.json"]);
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(installed, name))).size));
    expect((await stat(packed)).size).toBeLessThan(MOST_PACKED_BYTES);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(MOST_INSTALLED_BYTES);
    const modules = (await readdir(join(home, "node_modules"))).filter((name) => !name.startsWith("."));
    expect(modules).toEqual([manifest.name]);
    const own = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    expect(own).toMatchObject({ version: manifest.version, engines: { node: ">=22.12" } });
    expect(Object.keys(own).filter((key) => /dependencies|scripts|private/i.test(key))).toEqual([]);
  });

  it("has no path of the machine that made it, and names the licenses of what it contains", async () => {
    expect(await readFile(join(installed, "auditor.js"), "utf8")).not.toContain(ROOT);
    const licenses = await readFile(join(installed, "LICENSES.txt"), "utf8");
    expect(licenses).not.toContain(ROOT);
    for (const name of ["commander", "valibot", "ora", "@aws-sdk/client-s3", "@aws/durable-execution-sdk-js"])
      expect(licenses).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+: (?:MIT|Apache-2.0)$`, "m"));
    expect(licenses).not.toContain("undefined");
  });

  it("runs with npx from the packed file, without an installation", async () => {
    const npx = ["--yes", "--offline", `./${basename(packed)}`, "--version"];
    const expected = { status: 0, out: `${manifest.name} ${manifest.version}\n` };
    expect(await execute("npx", npx, folder)).toMatchObject(expected);
  }, 60_000);

  it("runs the demo, and the commands that the demo prints", async () => {
    const demo = await program([]);
    expect(demo.status).toBe(0);
    const commands = [...demo.out.matchAll(/^ *auth0-organization-auditor (evidence .*)$/gm)].map(
      ([, one = ""]) => one,
    );
    expect(commands.map((command) => command.split(" ")[1])).toEqual([
      "serve",
      "verify",
      "findings",
      "diff",
      "history",
      "show",
    ]);
    // The page is served until someone ends it.
    for (const command of commands.slice(1))
      expect(await program(command.split(" "))).toMatchObject({ status: 0, error: "" });
  }, 120_000);

  describe("with a Node.js that has SQLite behind a flag, as 22.12", () => {
    const WITHOUT = { NODE_OPTIONS: "--no-experimental-sqlite" };

    it("runs the demo, and ends with the status of the program", async () => {
      const demo = await program([], WITHOUT);
      expect({ status: demo.status, warned: demo.error.includes("Warning") }).toEqual({ status: 0, warned: false });
      expect(await program(["evidence", "what"], WITHOUT)).toMatchObject({ status: 1 });
    }, 120_000);

    it("passes SIGTERM on, and ends with the program", async () => {
      const silent = createServer().listen(0, "127.0.0.1");
      await once(silent, "listening");
      const address = silent.address();
      const port = typeof address === "object" ? address?.port : undefined;
      const arguments_ = ["audit", "--domain", `localhost:${port}`, "--out", "stopped"];
      const child = spawn(process.execPath, [join(installed, "auditor.js"), ...arguments_], {
        cwd: home,
        env: { ...process.env, ...WITHOUT, AUTH0_API_TOKEN: "token" },
        stdio: "ignore",
      });
      try {
        const [socket] = v.parse(v.tuple([v.instance(Socket)]), await once(silent, "connection"));
        socket.on("error", () => {});
        const ended = Promise.all([once(child, "exit"), once(socket.resume(), "close")]);
        child.kill("SIGTERM");
        const [[status]] = await ended;
        expect(status).not.toBe(0);
      } finally {
        child.kill("SIGKILL");
        silent.close();
      }
    }, 30_000);
  });

  it("audits a tenant over https, and answers from the evidence", async () => {
    const https = await httpsFixture();
    await writeFile(join(folder, "ca.pem"), https.ca);
    const connections = [{ connection_id: "con_0000000000000001", connection: { name: "sso", strategy: "samlp" } }];
    const id = "org_0000000000000001";
    const organizations = [{ id, name: "acme", displayName: "Acme", connections }];
    const tenant = await startDemoTenant({ organizations, certificate: https.certificate });
    try {
      const environment = {
        NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
        AUTH0_CLIENT_ID: tenant.clientId,
        AUTH0_CLIENT_SECRET: tenant.clientSecret,
        AUTH0_DOMAIN: `https://${tenant.domain}/`,
      };
      const audit = await program(["audit", "--out", "tenant", "--json", "--quiet"], environment);
      expect(audit).toMatchObject({ status: 0, error: "" });
      const result = JSON.parse(audit.out);
      expect(result).toMatchObject({ status: "complete", organizations: { observed: 1 } });
      expect(result.manifest_sha256).toBe(sha256(await readFile(join(home, "tenant", result.manifest))));
      expect(await program(["evidence", "verify", "--in", "tenant"])).toMatchObject({ status: 0, error: "" });
      const show = await program(["evidence", "show", "--in", "tenant", "--at", "today", "--organization", "acme"]);
      expect(show).toMatchObject({ status: 0, error: "", out: expect.stringContaining("sso") });
      const report = await program(["report", "--in", "tenant", "--run", result.run_id, "--out", "report"]);
      expect(report).toEqual({ status: 0, out: "The report: report/report.html\n", error: "" });
    } finally {
      await tenant.close();
    }
  }, 60_000);

  it("names its own commands, and no npm script, in every help and error", async () => {
    const { out: help } = await program(["evidence", "--help"]);
    const commands = [...help.matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, name = ""]) => ["evidence", name]);
    expect(commands.length).toBeGreaterThan(6);
    for (const command of [[], ["audit"], ["report"], ["evidence"], ...commands]) {
      const { error, out, status } = await program([...command, "--help"]);
      expect({ error, status }).toEqual({ error: "", status: 0 });
      expect(out).toMatch(new RegExp(`^Usage: ${[manifest.name, ...command].join(" ")} \\[`));
      expect(out).not.toMatch(/\bnpm\b/);
    }
    const wrong = await program(["evidence", "verify", "--what"]);
    expect(wrong).toMatchObject({ status: 1, error: expect.stringContaining(`(${manifest.name} evidence --help`) });
    const unknown = await program(["what"]);
    expect(unknown).toMatchObject({ status: 1, error: expect.stringContaining("audit, evidence and report") });
  }, 60_000);
});
