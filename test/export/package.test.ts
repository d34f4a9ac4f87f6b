import { execFile, execFileSync } from "node:child_process";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ObjectKey, OrganizationId } from "../../lambda/domain/identifiers.ts";
import { plain } from "../../lambda/domain/text.ts";
import { ALWAYS, type InstantRange } from "../../lambda/domain/time.ts";
import { encodeLine } from "../../lambda/evidence/format/json-line.ts";
import { signatureKey } from "../../lambda/evidence/format/keys.ts";
import { operationShape } from "../../lambda/evidence/format/lines.ts";
import { encodeManifest } from "../../lambda/evidence/format/manifest.ts";
import { RecordedRuns } from "../../lambda/evidence/query/recorded-runs.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../../lambda/evidence/store/part-writer.ts";
import { gather } from "../../lambda/export/gather.ts";
import { FOLDER, packageFiles } from "../../lambda/export/package.ts";
import { zip } from "../../lambda/export/zip.ts";
import { ids, TENANT } from "../support/audit-harness.ts";
import { auditDays, type Day, GOOGLE, SSO } from "../support/audited-days.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";
import { HOSTILE } from "../support/situations.ts";
import { type Unpacked, unzip } from "../support/unzip.ts";

/** Five Organizations in parts of two: the third one shares its part. */
const ALL = ids("1", "2", "3", "4", "5");
const SUBJECT = ids("3")[0] as OrganizationId;
const OTHERS = ALL.filter((id) => id !== SUBJECT);
const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 2, 3);

function day(subject: readonly (typeof SSO)[], { name = "acme", unreadable = false } = {}): Day {
  const own = (id: OrganizationId) => ({
    connection_id: `con_of_${id}`,
    connection: { name: `private-${id}`, strategy: "samlp" },
  });
  return {
    connections: new Map(ALL.map((id) => [id, id === SUBJECT ? subject : [own(id)]])),
    names: new Map(ALL.map((id) => [id, id === SUBJECT ? name : `other-customer-${id}`])),
    displayNames: new Map(ALL.map((id) => [id, id === SUBJECT ? name : `Other Customer ${id}`])),
    unreadable: new Set(unreadable ? [SUBJECT] : []),
  };
}

const DAYS: readonly Day[] = [
  day([SSO]),
  day([SSO, GOOGLE]),
  day([SSO, GOOGLE], { unreadable: true }),
  { connections: new Map(), fails: true },
  day([GOOGLE]),
];
/** The second to the last day; the state before it is that of the first day. */
const PERIOD: InstantRange = { fromMs: FIRST_DAY_MS + DAY_MS, toMs: FIRST_DAY_MS + 5 * DAY_MS - 1 };

const has = (command: string) => {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};
const withTools = ["sha256sum", "jq", "gzip"].every(has) ? it : it.skip;

let store: MemoryEvidenceStore;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "export-"));
  store = memoryEvidenceStore();
  await auditDays(store, DAYS);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function packed(
  from: MemoryEvidenceStore,
  { range = PERIOD, withParts = false }: { readonly range?: InstantRange; readonly withParts?: boolean } = {},
): Promise<Buffer> {
  const runs = await RecordedRuns.read(from, TENANT);
  const gathered = await gather(from, runs, SUBJECT, range);
  return Buffer.concat(await Array.fromAsync(zip(packageFiles(from, gathered, { tenant: TENANT, withParts }))));
}

const text = (files: ReadonlyMap<string, Unpacked>, name: string) =>
  files.get(`${FOLDER}/${name}`)?.body.toString() ?? "";

/** Unpacks into a folder, changes something as a forger would, and runs the check. */
async function checked(
  archive: Buffer,
  forge: (files: Map<string, Buffer>) => void = () => {},
): Promise<{ readonly status: number; readonly out: string; readonly error: string }> {
  const files = new Map([...unzip(archive)].map(([name, { body }]) => [name.slice(FOLDER.length + 1), body]));
  forge(files);
  // A forger knows how to make the sums again.
  const sums = [...files]
    .filter(([name]) => name !== "SHA256SUMS")
    .map(([name, body]) => `${createHash("sha256").update(body).digest("hex")}  ${name}\n`);
  files.set("SHA256SUMS", Buffer.from(sums.join("")));
  const place = await mkdtemp(join(folder, "unpacked-"));
  for (const [name, body] of files) {
    await mkdir(dirname(join(place, name)), { recursive: true });
    await writeFile(join(place, name), body);
  }
  return new Promise((resolve) => {
    execFile("sh", [join(place, "check.sh")], (error, out, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), out, error: stderr }),
    );
  });
}

function replaceIn(files: Map<string, Buffer>, name: string, change: (content: string) => string): void {
  const body = files.get(name);
  if (body === undefined) throw new Error(`There is no ${name}.`);
  const changed = change(body.toString());
  if (changed === body.toString()) throw new Error(`${name} was not changed.`);
  files.set(name, Buffer.from(changed));
}

describe("an evidence request", () => {
  it("has the same bytes each time", async () => {
    expect((await packed(store)).equals(await packed(store))).toBe(true);
  });

  it("has the states, changes, findings and manifests of the period, and the state before it", async () => {
    const files = unzip(await packed(store));
    const lines = (name: string) =>
      text(files, name)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
    expect(lines("states.ndjson").map(({ run_id, status }) => `${run_id.slice(6, 8)} ${status}`)).toEqual([
      "03 observed",
      "04 observed",
      "05 failed",
      "07 observed",
    ]);
    expect(lines("changes.ndjson").map(({ change }) => change)).toEqual(["connection_enabled", "connection_disabled"]);
    expect(lines("findings.ndjson").length).toBeGreaterThan(0);
    expect([...files.keys()].filter((name) => name.includes("manifests/"))).toHaveLength(5);
    expect(files.get(`${FOLDER}/check.sh`)?.mode).toBe(0o755);
    expect(files.get(`${FOLDER}/README.md`)?.mode).toBe(0o644);
    const readme = text(files, "README.md");
    expect(readme).toContain(
      "| 2026-03-04 06:00:00 UTC | 1 | sso (samlp), google-oauth2 (google-oauth2, everyone who signs in becomes a member) |",
    );
    expect(readme).toContain("not read: the whole run failed");
    expect(readme).toContain("Connection disabled: sso (samlp)");
    const statement = JSON.parse(text(files, "statement.json"));
    for (const { lines: all } of statement.runs)
      for (const { key, number, sha256 } of all) {
        const stored = (await Array.fromAsync((await store.read(key))?.body ?? [])).map((chunk) => Buffer.from(chunk));
        const { gunzipSync } = await import("node:zlib");
        const line = gunzipSync(Buffer.concat(stored)).toString().split("\n")[number - 1];
        expect(createHash("sha256").update(`${line}\n`).digest("hex")).toBe(sha256);
      }
  });

  it("has nothing of other Organizations without parts, except the IDs that manifests have", async () => {
    const files = unzip(await packed(store));
    for (const [name, { body }] of files)
      for (const other of OTHERS) {
        expect(body.includes(`other-customer-${other}`)).toBe(false);
        expect(body.includes(`Other Customer ${other}`)).toBe(false);
        expect(body.includes(`private-${other}`)).toBe(false);
        if (!name.startsWith(`${FOLDER}/manifests/`)) expect(body.includes(other)).toBe(false);
      }
    const { withoutOthers, withOthers } = {
      withoutOthers: [...files.keys()],
      withOthers: [...unzip(await packed(store, { withParts: true })).keys()],
    };
    expect(withoutOthers.some((name) => name.includes("/parts/"))).toBe(false);
    expect(withOthers.filter((name) => name.includes("/parts/v1/snapshots/"))).toHaveLength(4);
  });

  it("shows hostile names as text", async () => {
    for (const name of HOSTILE.filter((one) => one.isWellFormed())) {
      const hostile = memoryEvidenceStore();
      await auditDays(hostile, [day([{ ...SSO, connection: { name, strategy: name } }], { name }), day([], { name })]);
      const files = unzip(await packed(hostile, { range: ALWAYS }));
      const readme = text(files, "README.md").replaceAll("\n", " ");
      expect(readme).not.toMatch(/<script|(?<!\\)\]\(/);
      expect(readme).toBe(plain(readme));
      expect(text(files, "states.csv")).not.toMatch(/"[=@]/);
      expect(text(files, "check.sh")).not.toContain(name.slice(0, 8));
    }
  });

  it("has operations where a run recorded them", async () => {
    const other = memoryEvidenceStore(new Map(store.objects));
    const run = (await RecordedRuns.read(other, TENANT)).readable.at(-1);
    if (run === undefined) throw new Error("There is no run.");
    const key = `v1/operations/tenant=${TENANT}/dt=2026-03-07/${run.runId}/part-00000.ndjson.gz` as typeof run.key;
    const writer = new PartWriter<"operations">("operations", key);
    for (const organizationId of [ALL[4], SUBJECT, null, ALL[0]])
      await writer.add(
        organizationId ?? SUBJECT,
        encodeLine(operationShape, operation(run.runId, organizationId ?? null)),
      );
    const { body, file } = await writer.finish();
    await other.create(key, body, PART_CONTENT_TYPE);
    const logs = { from: run.startedAt, until: run.completedAt, complete: true, because: null, entries: 4 };
    const changed = encodeManifest({ ...run, logs, files: [...run.files, file] });
    other.objects.set(run.key, { body: Buffer.from(changed), contentType: "application/json" });
    const files = unzip(await packed(other, { withParts: true }));
    expect(text(files, "operations.ndjson").trimEnd().split("\n")).toHaveLength(1);
    expect([...files.keys()]).toContain(`${FOLDER}/parts/${key}`);
  });
});

function operation(runId: string, organizationId: OrganizationId | null) {
  return {
    runId,
    logId: "log_1",
    at: "2026-03-07T05:00:00.000Z",
    type: "sapi",
    method: "PATCH",
    path: "/api/v2/organizations",
    organizationId,
    connectionId: null,
    statusCode: 200,
    requested: {},
    actor: { kind: "unknown", id: null, name: null, email: null },
    clientId: null,
    clientName: null,
    ip: null,
    userAgent: null,
    channel: null,
    effect: "none",
    undone: [],
  } as never;
}

describe("the check of an evidence request", () => {
  withTools(
    "is passed by what was packed, and says what it did not check",
    async () => {
      const { error, out, status } = await checked(await packed(store));
      expect({ error, status }).toEqual({ error: "", status: 0 });
      expect(out).toContain("3. Lines: NOT CHECKED.");
      const whole = await checked(await packed(store, { withParts: true }));
      expect({ error: whole.error, status: whole.status }).toEqual({ error: "", status: 0 });
      expect(whole.out).toContain("4. Lines: they are the Organization's lines in these parts, all of them.");
    },
    60_000,
  );

  const forgeries: readonly (readonly [name: string, forge: (files: Map<string, Buffer>) => void, message: RegExp])[] =
    [
      [
        "a manifest that was altered",
        (files) => {
          replaceIn(files, "manifests/20260304T060000Z.json", (content) =>
            content.replace('"observed":5', '"observed":4'),
          );
          const digest = createHash("sha256")
            .update(files.get("manifests/20260304T060000Z.json") ?? "")
            .digest("hex");
          replaceIn(files, "statement.json", (content) => {
            const statement = JSON.parse(content);
            statement.runs[1].manifest_sha256 = digest;
            return JSON.stringify(statement);
          });
        },
        /manifests\/20260304T060000Z\.json is not what manifests\/20260305T060000Z\.json recorded/,
      ],
      [
        "a manifest that was left out",
        (files) => {
          files.delete("manifests/20260305T060000Z.json");
          replaceIn(files, "statement.json", (content) => {
            const statement = JSON.parse(content);
            statement.runs.splice(2, 1);
            return JSON.stringify(statement);
          });
        },
        /manifests\/20260306T060000Z\.json does not name run 20260304T060000Z/,
      ],
      [
        "a line that was altered",
        (files) => replaceIn(files, "states.ndjson", (content) => content.replace("google-oauth2", "sso-2")),
        /states\.ndjson does not have the lines of the parts/,
      ],
      [
        "a line that was left out",
        (files) => replaceIn(files, "changes.ndjson", (content) => content.slice(content.indexOf("\n") + 1)),
        /changes\.ndjson does not have the lines of the parts/,
      ],
      [
        "a part that is missing",
        (files) => {
          const part = [...files.keys()].find((name) => name.startsWith("parts/v1/changes/"));
          files.delete(part ?? "");
        },
        /could have a line about the Organization/,
      ],
      [
        "a part that is another one",
        (files) => {
          const [one, other] = [...files.keys()].filter((name) => name.startsWith("parts/v1/snapshots/"));
          files.set(one ?? "", files.get(other ?? "") ?? Buffer.alloc(0));
        },
        /is not what manifests\/.* recorded/,
      ],
    ];

  withTools.each(forgeries)("finds %s", async (_name, forge, message) => {
    const { error, status } = await checked(await packed(store, { withParts: true }), forge);
    expect(status).toBe(1);
    expect(error).toMatch(message);
  });

  withTools("accepts the signatures by the commands of the README", async () => {
    const signed = memoryEvidenceStore();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    await auditDays(signed, DAYS.slice(0, 2));
    for (const [key, { body }] of signed.objects)
      if (key.startsWith("v1/manifests/"))
        await signed.create(
          signatureKey(key as ObjectKey),
          sign("sha256", body, privateKey),
          "application/octet-stream",
        );
    const files = unzip(await packed(signed, { range: ALWAYS }));
    const place = await mkdtemp(join(folder, "signed-"));
    for (const [name, { body }] of files) {
      await mkdir(dirname(join(place, name)), { recursive: true });
      await writeFile(join(place, name), body);
    }
    await writeFile(join(place, FOLDER, "manifest-key.pem"), publicKey.export({ type: "spki", format: "pem" }));
    const blocks = [...text(files, "README.md").matchAll(/```sh\n([\s\S]*?)```/g)].map(
      ([, commands]) => commands ?? "",
    );
    expect(blocks).toHaveLength(2);
    for (const commands of blocks) {
      const out = execFileSync("sh", ["-ec", commands], { cwd: join(place, FOLDER), encoding: "utf8" });
      expect(out).not.toMatch(/fail/i);
      if (commands.includes("openssl")) expect(out).toBe("Verified OK\nVerified OK\n");
    }
  });
});

describe("the archive", () => {
  (has("unzip") ? it : it.skip)("is one that other programs read", async () => {
    const file = join(folder, "request.zip");
    await writeFile(file, await packed(store, { withParts: true }));
    expect(execFileSync("unzip", ["-t", file], { encoding: "utf8" })).toContain("No errors detected");
  });

  it("of no file is valid", async () => {
    const none = Buffer.concat(await Array.fromAsync(zip((async function* () {})())));
    expect(unzip(none).size).toBe(0);
  });

  it("refuses more files than the format has room for", async () => {
    const many = async function* () {
      for (let index = 0; index <= 0xffff; index += 1) yield { name: String(index), body: Buffer.alloc(0) };
    };
    await expect(Array.fromAsync(zip(many()))).rejects.toThrow("65,535 files");
  });
});
