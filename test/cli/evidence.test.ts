import { generateKeyPairSync, sign } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { signatureKey } from "../../lambda/evidence/format/keys.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { s3EvidenceStore } from "../../lambda/evidence/store/s3.ts";
import { TENANT } from "../support/audit-harness.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { expectGolden } from "../support/golden.ts";
import { type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";
import { type Ended, runScript } from "../support/npm-script.ts";

const ORGANIZATION = "org_0000000000000002";

let folder: string;
let evidence: string;

function run(arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runScript("evidence", arguments_, { HOME: folder, ...environment });
}

/** Every file with its bytes, its time and its permissions. */
async function everything(at: string): Promise<ReadonlyMap<string, string>> {
  const files = await readdir(at, { recursive: true, withFileTypes: true });
  const described = files.map(async ({ name, parentPath }) => {
    const path = join(parentPath, name);
    const { mode, mtimeMs } = await stat(path);
    const content = await readFile(path, "base64").catch(() => "a folder");
    return [relative(at, path), `${mode} ${mtimeMs} ${content}`] as const;
  });
  return new Map((await Promise.all(described)).sort());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-"));
  evidence = join(folder, "evidence");
  const failedRun = { connections: new Map(), fails: true };
  await auditDays(folderEvidenceStore(evidence), [...threeDays(), failedRun]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("npm run evidence", () => {
  it.each(["", "verify", "runs", "changes", "diff", "history", "show", "findings", "report", "serve", "export"])(
    "shows the help of evidence %s",
    async (command) => {
      const { status, out, error } = await run([...(command === "" ? [] : [command]), "--help"]);
      expect({ status, error }).toEqual({ status: 0, error: "" });
      expectGolden(`cli/evidence${command === "" ? "" : `-${command}`}-help.txt`, out);
    },
  );

  it("shows its help when no command is given", async () => {
    expect(await run([])).toEqual(await run(["--help"]));
  });

  it.each([
    ["verify"],
    ["diff", "--from", "2026-03-03", "--to", "2026-03-04"],
    ["diff", "--from", "2026-03-03", "--to", "20260305T060000Z", "--format", "md"],
    ["diff", "--from", "2026-03-03", "--to", "2026-03-05T12:00:00Z", "--format", "csv"],
    ["diff", "--from", "2026-03-03", "--to", "2026-03-06", "--json"],
    ["history", "--organization", ORGANIZATION],
    ["history", "--organization", "name-000003", "--json"],
    ["history", "--organization", "name-000001", "--connection", "google-oauth2", "--since", "2026-03-04"],
    ["show", "--at", "2026-03-04", "--organization", ORGANIZATION],
    ["show", "--at", "2026-03-04", "--organization", "name-000001"],
    ["show", "--at", "2026-03-04", "--organization", "name-000002", "--json"],
    ["show", "--all"],
    ["show", "--all", "--at", "2026-03-04", "--json"],
    ["findings", "--at", "2026-03-04"],
    ["findings", "--at", "2026-03-04", "--format", "md"],
    ["findings", "--rule", "sso-bypass", "--json"],
    ["report", "--run", "2026-03-04"],
    ["runs"],
    ["runs", "--until", "2026-03-04", "--csv"],
    ["changes", "--since", "2026-03-04", "--until", "2026-03-08"],
  ])("prints %s as in the golden file, and writes nothing", async (...arguments_) => {
    const before = await everything(evidence);
    const { status, out, error } = await run([...arguments_, "--in", evidence]);
    expect({ status, error }).toEqual({ status: 0, error: "" });
    const name = arguments_.map((one) => one.replaceAll(/^--|[^A-Za-z0-9]/g, "")).join("-");
    // Hashes of compressed bytes depend on the machine's zlib.
    expectGolden(`evidence/${name}.txt`, out.replaceAll(/[0-9a-f]{64}/g, "(hash)"));
    expect(await everything(evidence)).toEqual(before);
  });

  it("writes a run's reports to another folder, and nothing to the evidence", async () => {
    const before = await everything(evidence);
    const out = join(folder, "reports");
    const { status } = await run(["report", "--run", "2026-03-04", "--in", evidence, "--out", out]);
    expect(status).toBe(0);
    expect(await readdir(out)).toEqual(expect.arrayContaining(["changes.csv", "report.json", "report.md"]));
    const made = join(evidence, `v1/reports/tenant=${TENANT}/dt=2026-03-04/20260304T060000Z`);
    for (const name of await readdir(out))
      expect(await readFile(join(out, name), "utf8")).toBe(await readFile(join(made, name), "utf8"));
    expect(await everything(evidence)).toEqual(before);
  });

  it("says which runs the noted hashes belong to", async () => {
    const hashes: string[] = [];
    for (const day of ["03", "05"]) {
      const manifest = `v1/manifests/tenant=${TENANT}/dt=2026-03-${day}/202603${day}T060000Z.json`;
      hashes.push(sha256(await readFile(join(evidence, manifest))));
    }
    const verify = (...anchors: readonly string[]) => run(["verify", "--in", evidence, "--json", ...anchors]);
    const known = await verify("--anchor", ...hashes);
    expect(known.status).toBe(0);
    expect(JSON.parse(known.out)).toMatchObject({
      tenants: [
        {
          anchors: [
            { run_id: "20260303T060000Z", sha256: hashes[0] },
            { run_id: "20260305T060000Z", sha256: hashes[1] },
          ],
        },
      ],
    });
    expect((await verify("--anchor", hashes[0] ?? "", "--anchor", "0".repeat(64))).status).toBe(2);
  });

  it("refuses to write reports into the evidence", async () => {
    const out = join(evidence, "v1/reports");
    const { status, error } = await run(["report", "--run", "2026-03-04", "--in", evidence, "--out", out]);
    expect({ status, error }).toEqual({ status: 1, error: expect.stringContaining("--out: ") });
  });

  it.each([
    ["--in", ["verify", "--in", "nowhere"]],
    ["--in", ["verify", "--in", "gs://bucket"]],
    ["--in", ["verify", "--in", "s3://"]],
    ["--in", ["verify", "--in", " "]],
    ["--until", ["verify", "--since", "2026-03-05", "--until", "2026-03-04"]],
    ["--since", ["verify", "--since", "tomorrow"]],
    ["20260306T060000Z", ["verify", "--since", "2026-04-01"]],
    ["--anchor", ["verify", "--anchor", "abc"]],
    ["--public-key", ["verify", "--public-key", "package.json"]],
    ["other.eu.auth0.com", ["verify", "--tenant", "other.eu.auth0.com"]],
    ["--tenant", ["verify", "--tenant", "http://x"]],
    ["--to", ["diff", "--from", "2026-03-05", "--to", "2026-03-03"]],
    ["--from", ["diff", "--from", "2026-02-30", "--to", "2026-03-03"]],
    ["--from", ["diff", "--from", "2026-03-01", "--to", "2026-03-03"]],
    ["--from", ["diff", "--from", "20260303T070000Z", "--to", "2026-03-04"]],
    ["--to", ["diff", "--from", "2026-03-03", "--to", "20260306T060000Z"]],
    ["--to", ["diff", "--from", "2026-03-03"]],
    ["--format", ["diff", "--from", "2026-03-03", "--to", "2026-03-04", "--format", "xml"]],
    ["--organization", ["history", "--organization", "unknown"]],
    ["--organization", ["history", "--organization", "org_9999999999999999"]],
    ["--out", ["report", "--run", "2026-03-04", "--out", "s3://bucket"]],
    ["--what", ["verify", "--what"]],
    ["stray", ["verify", "stray"]],
    ["what", ["what"]],
  ])("refuses a bad %s in one line: %j", async (named, bad) => {
    const isComplete = bad.includes("--in") || bad.length === 1;
    const { status, out, error } = await run(isComplete ? bad : [...bad, "--in", evidence]);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error).toMatch(/^auth0-organization-auditor: [^\n]+\n$/);
    expect(error).toContain(named);
  });
});

describe("npm run evidence with evidence that is not valid", () => {
  let damaged: string;
  let part: string;
  const manifest = `v1/manifests/tenant=${TENANT}/dt=2026-03-04/20260304T060000Z.json`;
  beforeAll(async () => {
    damaged = join(folder, "damaged");
    await cp(evidence, damaged, { recursive: true });
    const parts = `v1/snapshots/tenant=${TENANT}/dt=2026-03-04/20260304T060000Z`;
    part = `${parts}/${(await readdir(join(damaged, parts))).sort()[0]}`;
    await rm(join(damaged, part));
    const later = await readFile(join(damaged, manifest), "utf8");
    await writeFile(join(damaged, manifest), later.replace('"format_version":"1.', '"format_version":"2.'));
  });

  it("is reported, with exit status 2", async () => {
    const { status, out } = await run(["verify", "--in", damaged, "--json"]);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      verdict: "altered",
      tenants: [{ tenant: TENANT, verdict: "altered", runs: 4 }],
    });
    expect(await run(["verify", "--in", damaged])).toMatchObject({ status: 2, out: expect.stringContaining(manifest) });
  });

  it("is found past objects that belong to no tenant, which are named", async () => {
    const foreign = ["v1/snapshots/1", "v1/manifests/0.json"];
    for (const key of foreign) await writeFile(join(damaged, key), "junk");
    const { status, out } = await run(["verify", "--in", damaged, "--json"]);
    for (const key of foreign) await rm(join(damaged, key));
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      tenants: [{ tenant: TENANT, verdict: "altered" }],
      findings: foreign.map((key) => ({ verdict: "unknown", key })),
    });
  });

  it.each([
    ["diff", "--from", "2026-03-03", "--to", "2026-03-04"],
    ["history", "--organization", ORGANIZATION],
    ["show", "--at", "2026-03-04", "--organization", ORGANIZATION],
    ["report", "--run", "2026-03-04"],
  ])("refuses a newer major format with exit status 2: %s", async (...arguments_) => {
    const { status, error } = await run([...arguments_, "--in", damaged]);
    expect({ status, error }).toEqual({
      status: 2,
      error: expect.stringMatching(/^auth0-organization-auditor: v1\/manifests\/[^\n]+\n$/),
    });
  });
});

describe("npm run evidence verify with a public key", () => {
  it("accepts PEM and DER, EC and RSA, and reports a missing signature", async () => {
    const signed = join(folder, "signed");
    const keys = [
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ];
    for (const { privateKey, publicKey } of keys) {
      await rm(signed, { recursive: true, force: true });
      await cp(evidence, signed, { recursive: true });
      const pem = join(folder, "key.pem");
      const der = join(folder, "key.der");
      await writeFile(pem, publicKey.export({ format: "pem", type: "spki" }));
      await writeFile(der, publicKey.export({ format: "der", type: "spki" }));
      for await (const key of folderEvidenceStore(signed).list(`v1/manifests/tenant=${TENANT}/`))
        await putSignature(
          join(signed, signatureKey(key)),
          sign("sha256", await readFile(join(signed, key)), privateKey),
        );
      for (const file of [pem, der])
        expect(await run(["verify", "--in", signed, "--public-key", file])).toMatchObject({ status: 0, error: "" });
      await rm(join(signed, `v1/signatures/tenant=${TENANT}/dt=2026-03-03/20260303T060000Z.json.sig`));
      const { status, out } = await run(["verify", "--in", signed, "--public-key", pem]);
      expect({ status, out }).toEqual({
        status: 2,
        out: expect.stringMatching(/^missing .*json\.sig/),
      });
    }
  });

  it("refuses a key of a type that cannot sign manifests", async () => {
    const file = join(folder, "ed25519.pem");
    await writeFile(file, generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" }));
    const { status, error } = await run(["verify", "--in", evidence, "--public-key", file]);
    expect({ status, error }).toEqual({ status: 1, error: expect.stringContaining("--public-key") });
  });
});

async function putSignature(file: string, signature: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, signature);
}

async function copyEvidence(from: EvidenceStore, to: EvidenceStore): Promise<void> {
  for await (const key of from.list("v1/")) {
    const object = await from.read(key);
    if (object !== null) await to.create(key, Buffer.concat(await Array.fromAsync(object.body)), "");
  }
}

describe("npm run evidence on an S3 bucket", () => {
  let aws: LoopbackAws;
  let written: number;
  beforeAll(async () => {
    aws = await startLoopbackAws(["evidence", "empty"]);
    const client = new S3Client(aws.clientConfig);
    await copyEvidence(folderEvidenceStore(evidence), s3EvidenceStore(client, "evidence"));
    client.destroy();
    written = aws.requests.length;
  });
  afterAll(() => aws.close());

  it("prints the same as for a folder, and only reads", async () => {
    for (const arguments_ of [["verify"], ["history", "--organization", ORGANIZATION]]) {
      const { status, out } = await run([...arguments_, "--in", "s3://evidence"], aws.environment);
      expect({ status, out }).toEqual({ status: 0, out: (await run([...arguments_, "--in", evidence])).out });
    }
    expect(new Set(aws.requests.slice(written).map(({ operation }) => operation))).toEqual(
      new Set(["ListObjectsV2", "GetObject"]),
    );
  });

  it("names an empty bucket", async () => {
    const { status, error } = await run(["verify", "--in", "s3://empty"], aws.environment);
    expect({ status, error }).toEqual({
      status: 1,
      error: expect.stringContaining("s3://empty"),
    });
  });
});
