import { execFile } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { signatureKey } from "../../lambda/evidence/format/keys.ts";
import { folderEvidenceStore } from "../../lambda/evidence/store/folder.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";
import { s3EvidenceStore } from "../../lambda/evidence/store/s3.ts";
import { TENANT } from "../support/audit-harness.ts";
import { auditDays, threeDays } from "../support/audited-days.ts";
import { expectGolden } from "../support/golden.ts";
import { type LoopbackAws, startLoopbackAws } from "../support/loopback-aws.ts";

const ROOT = join(import.meta.dirname, "../..");
const ORGANIZATION = "org_0000000000000002";
const PRODUCT = "auth0-organization-auditor: ";

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

let folder: string;
let evidence: string;

function run(arguments_: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ["lambda/cli/evidence.ts", ...arguments_],
      // Only what the test gives: no credentials or settings of the machine's own.
      { cwd: ROOT, env: { PATH: process.env.PATH, HOME: folder, ...environment } },
      (_error, out, error) => resolve({ status: child.exitCode ?? -1, out, error }),
    );
  });
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
  it("teaches with --help, and without anything", async () => {
    const { status, out } = await run(["--help"]);
    expect(status).toBe(0);
    for (const word of ["verify", "diff", "history", "show", "report", "Exit status", "Examples"])
      expect(out).toContain(word);
    expect(await run([])).toEqual({ status, out, error: "" });
  });

  it.each([
    ["verify"],
    ["diff", "--from", "2026-03-03", "--to", "2026-03-04"],
    ["diff", "--from", "2026-03-03", "--to", "20260305T060000Z", "--format", "md"],
    ["diff", "--from", "2026-03-03", "--to", "2026-03-05T12:00:00Z", "--format", "csv"],
    ["diff", "--from", "2026-03-03", "--to", "2026-03-06", "--json"],
    ["history", "--organization", ORGANIZATION],
    ["history", "--organization", "name-000003", "--json"],
    ["history", "--organization", "name-000004", "--connection", "con_2", "--since", "2026-03-04"],
    ["show", "--at", "2026-03-04", "--organization", ORGANIZATION],
    ["show", "--at", "2026-03-04", "--organization", "name-000001"],
    ["show", "--at", "2026-03-04", "--organization", "name-000002", "--json"],
    ["report", "--run", "2026-03-04"],
  ])("answers %s as the golden file has it, and changes nothing", async (...arguments_) => {
    const before = await everything(evidence);
    const { status, out, error } = await run([...arguments_, "--in", evidence]);
    expect({ status, error }).toEqual({ status: 0, error: "" });
    const name = arguments_.map((one) => one.replaceAll(/^--|[^A-Za-z0-9]/g, "")).join("-");
    // Where the evidence stands is not part of it; its compressed bytes are the machine's zlib's.
    expectGolden(`evidence/${name}.txt`, out.replaceAll(/[0-9a-f]{64}/g, "(hash)"));
    expect(await everything(evidence)).toEqual(before);
  });

  it("writes a run's reports into a folder of its own", async () => {
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

  it("refuses to write reports into the evidence", async () => {
    const out = join(evidence, "v1/reports");
    const { status, error } = await run(["report", "--run", "2026-03-04", "--in", evidence, "--out", out]);
    expect({ status, error }).toEqual({ status: 1, error: expect.stringMatching(/--out: .*inside the evidence/) });
  });

  it.each([
    [["verify", "--in", "nowhere"], /--in: there is no evidence to read in nowhere/],
    [["verify", "--in", "gs://bucket"], /--in: .*neither a folder nor s3:\/\/bucket/],
    [["verify", "--in", " "], /--in: it is empty/],
    [["verify", "--since", "2026-03-05", "--until", "2026-03-04"], /--until: .*is before --since/],
    [["verify", "--since", "yesterday"], /--since: "yesterday" is no day/],
    [["verify", "--anchor", "abc"], /--anchor: "abc" is no SHA-256/],
    [["verify", "--public-key", "package.json"], /--public-key: .*no public key/],
    [["verify", "--tenant", "other.eu.auth0.com"], /--in: there is no evidence of other.eu.auth0.com/],
    [["verify", "--tenant", "https://x"], /--tenant: .*leave out the scheme/],
    [["diff", "--from", "2026-03-05", "--to", "2026-03-03"], /--to: run 20260303T060000Z is before .*swap/],
    [["diff", "--from", "2026-02-30", "--to", "2026-03-03"], /--from: "2026-02-30" is no day/],
    [["diff", "--from", "2026-03-01", "--to", "2026-03-03"], /--from: no run .* has a snapshot/],
    [["diff", "--from", "20260303T070000Z", "--to", "2026-03-04"], /--from: there is no run 20260303T070000Z/],
    [["diff", "--from", "2026-03-03", "--to", "20260306T060000Z"], /--to: run 20260306T060000Z failed/],
    [["diff", "--from", "2026-03-03"], /--to/],
    [["diff", "--from", "2026-03-03", "--to", "2026-03-04", "--format", "xml"], /--format/],
    [["history", "--organization", "nobody"], /--organization: no Organization .* is named "nobody"/],
    [["history", "--organization", "org_9999999999999999"], /--organization: org_9999999999999999 is in no run/],
    [["verify", "--what"], /unknown option '--what'/],
    [["verify", "more"], /too many arguments/],
    [["what"], /unknown command 'what'/],
  ])("refuses %j in one line", async (arguments_, message) => {
    const where = arguments_.includes("--in") ? [] : ["--in", evidence];
    const { status, out, error } = await run(arguments_[0] === "what" ? arguments_ : [...arguments_, ...where]);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(error.slice(PRODUCT.length)).toMatch(message);
    expect(error.trimEnd().split("\n")).toHaveLength(1);
  });
});

describe("npm run evidence with evidence that is not valid", () => {
  let damaged: string;
  const part = `v1/snapshots/tenant=${TENANT}/dt=2026-03-04/20260304T060000Z/part-00000.ndjson.gz`;
  const manifest = `v1/manifests/tenant=${TENANT}/dt=2026-03-04/20260304T060000Z.json`;
  beforeAll(async () => {
    damaged = join(folder, "damaged");
    await cp(evidence, damaged, { recursive: true });
    await rm(join(damaged, part));
    const later = await readFile(join(damaged, manifest), "utf8");
    await writeFile(join(damaged, manifest), later.replace('"format_version":"1.', '"format_version":"2.'));
  });

  it("says what is wrong, and exits with 2", async () => {
    const { status, out } = await run(["verify", "--in", damaged, "--json"]);
    expect(status).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      verdict: "altered",
      tenants: [{ tenant: TENANT, verdict: "altered", runs: 4 }],
    });
    expect((await run(["verify", "--in", damaged])).out).toMatch(
      /^altered +v1\/manifests\/.*\nunreadable format|^unreadable format/,
    );
  });

  it.each([
    ["diff", "--from", "2026-03-03", "--to", "2026-03-04"],
    ["history", "--organization", ORGANIZATION],
    ["show", "--at", "2026-03-04", "--organization", ORGANIZATION],
    ["report", "--run", "2026-03-04"],
  ])("refuses a newer major format in %s, and says what to do", async (...arguments_) => {
    const { status, error } = await run([...arguments_, "--in", damaged]);
    expect({ status, error }).toEqual({
      status: 2,
      error: expect.stringMatching(/format 2\.\d.*update the auditor\.\n$/),
    });
  });
});

describe("npm run evidence verify with a public key", () => {
  it("takes PEM and DER, EC and RSA, and finds a signature that is not there", async () => {
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
        out: expect.stringMatching(/^missing .*json\.sig: the signature is not/),
      });
    }
  });

  it("refuses a key that signs no manifests", async () => {
    const file = join(folder, "ed25519.pem");
    await writeFile(file, generateKeyPairSync("ed25519").publicKey.export({ format: "pem", type: "spki" }));
    const { status, error } = await run(["verify", "--in", evidence, "--public-key", file]);
    expect({ status, error }).toEqual({ status: 1, error: expect.stringMatching(/neither an EC nor an RSA key/) });
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

  it("answers the same, and only reads", async () => {
    for (const arguments_ of [["verify"], ["history", "--organization", ORGANIZATION]]) {
      const { status, out } = await run([...arguments_, "--in", "s3://evidence"], aws.environment);
      expect({ status, out }).toEqual({ status: 0, out: (await run([...arguments_, "--in", evidence])).out });
    }
    expect(new Set(aws.requests.slice(written).map(({ operation }) => operation))).toEqual(
      new Set(["ListObjectsV2", "GetObject"]),
    );
  });

  it("says in one line that there is nothing", async () => {
    const { status, error } = await run(["verify", "--in", "s3://empty"], aws.environment);
    expect({ status, error }).toEqual({
      status: 1,
      error: expect.stringMatching(/no evidence to read in s3:\/\/empty/),
    });
  });
});
