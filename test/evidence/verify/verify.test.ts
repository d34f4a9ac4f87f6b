import { generateKeyPairSync, sign } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { readSweepLock } from "../../../lambda/audit/lock.ts";
import type { ObjectKey, Sha256 } from "../../../lambda/domain/identifiers.ts";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { sha256 } from "../../../lambda/evidence/format/digest.ts";
import { policyKey, signatureKey } from "../../../lambda/evidence/format/keys.ts";
import { decodeManifest, encodeManifest } from "../../../lambda/evidence/format/manifest.ts";
import { signatureCheck } from "../../../lambda/evidence/signing/check.ts";
import type { Problem } from "../../../lambda/evidence/verify/problem.ts";
import { type Verification, type VerifyRequest, verifyTenant } from "../../../lambda/evidence/verify/verify.ts";
import { TENANT } from "../../support/audit-harness.ts";
import { auditDays, threeDays } from "../../support/audited-days.ts";
import {
  type MemoryEvidenceStore,
  type MemoryObject,
  memoryEvidenceStore,
} from "../../support/memory-evidence-store.ts";

let written: ReadonlyMap<string, MemoryObject>;
beforeAll(async () => {
  const store = memoryEvidenceStore();
  await auditDays(store, [...threeDays(), { connections: new Map(), fails: true }]);
  written = new Map(store.objects);
});

function copy(): MemoryEvidenceStore {
  return memoryEvidenceStore(new Map(written));
}

/** Without what a run notes beside the evidence. */
function evidenceAlone(): MemoryEvidenceStore {
  return memoryEvidenceStore(new Map([...written].filter(([key]) => !key.startsWith("v1/state/"))));
}

async function verify(
  store: MemoryEvidenceStore,
  other: Partial<VerifyRequest> = {},
): Promise<Verification & { readonly told: readonly Problem[] }> {
  const told: Problem[] = [];
  const onProblem = (problem: Problem) => told.push(problem);
  const notedHead = (await readSweepLock(store, TENANT)).head;
  const asked = {
    tenant: TENANT,
    range: ALWAYS,
    isSignature: null,
    anchors: [],
    notedHead,
    nowMs: Date.now(),
    onProblem,
    ...other,
  };
  const verification = await verifyTenant(store, asked);
  expect(verification.problems).toBe(told.length);
  return { ...verification, told };
}

/** A key without what all keys share, and without the word of the attempt. */
function short(key: string): string {
  return key.replace(/^v1\/|tenant=[^/]*\/dt=[^/]*\//g, "").replace(/-[0-9a-f]{16}(?=\.ndjson)/, "");
}

/** Problems in short: `altered v1/…`. */
async function found(store: MemoryEvidenceStore, other: Partial<VerifyRequest> = {}): Promise<readonly string[]> {
  const { told } = await verify(store, other);
  return told.map(({ key, verdict }) => `${verdict} ${key === null ? null : short(key)}`);
}

function keyOf(pattern: RegExp): string {
  const key = [...written.keys()].find((one) => pattern.test(one));
  if (key === undefined) throw new Error(`Nothing is stored under ${pattern}.`);
  return key;
}

function put(store: MemoryEvidenceStore, key: string, body: Uint8Array): void {
  store.objects.set(key, { body, contentType: "" });
}

function bodyOf(key: string): Uint8Array {
  return written.get(key)?.body ?? new Uint8Array();
}

function edited(key: string, change: (text: string) => string): Uint8Array {
  const body = bodyOf(key);
  return key.endsWith(".gz")
    ? gzipSync(change(gunzipSync(body).toString()))
    : Buffer.from(change(Buffer.from(body).toString()));
}

const DAY_1 = "20260303T060000Z";
const DAY_2 = "20260304T060000Z";
const DAY_3 = "20260305T060000Z";
const DAY_4 = "20260306T060000Z";

describe("verification of evidence as it was written", () => {
  it("finds nothing, and counts what it read", async () => {
    expect(await verify(copy())).toMatchObject({
      told: [],
      runs: 4,
      files: 18,
      unnamedParts: 0,
      head: { runId: DAY_4 },
    });
  });

  it("finds nothing when all state and all reports are gone", async () => {
    const store = evidenceAlone();
    for (const key of store.objects.keys()) if (key.startsWith("v1/reports/")) store.objects.delete(key);
    expect((await verify(store)).told).toEqual([]);
  });

  it("of some runs reads their files alone", async () => {
    const day = { fromMs: Date.UTC(2026, 2, 4), toMs: Date.UTC(2026, 2, 5) - 1 };
    const store = copy();
    store.objects.delete(keyOf(/snapshots.*0303.*00000/));
    expect(await verify(store, { range: day })).toMatchObject({ told: [], runs: 1, files: 6 });
    expect(store.operations.filter(({ key }) => /part-/.test(key)).every(({ key }) => key.includes(DAY_2))).toBe(true);
  });

  it("lists the parts that interrupted runs left, which are not problems", async () => {
    const store = copy();
    const part = keyOf(/changes.*0303.*00000/);
    const leftovers = [
      part.replaceAll("0303", "0309").replace("03-03", "03-09"),
      part.replace("00000", "00009"),
      part.replace(/-[0-9a-f]{16}/, `-${"0f".repeat(8)}`),
    ].sort();
    for (const key of leftovers) put(store, key, Buffer.from("x"));
    const { told, unnamed, unnamedParts } = await verify(store);
    expect([told, unnamed.toSorted(), unnamedParts]).toEqual([[], leftovers, 3]);
    store.objects.delete(part);
    expect(await verify(store)).toMatchObject({ told: [{ verdict: "missing" }], unnamedParts: 3 });
  });

  it("says which runs were given the name of another day", async () => {
    const store = memoryEvidenceStore();
    await auditDays(store, threeDays().slice(0, 1));
    await auditDays(store, threeDays().slice(1, 2), { first: 1, named: -30 });
    expect(await verify(store)).toMatchObject({
      told: [],
      givenTimes: [{ runId: "20260201T060000Z", startedAt: "2026-03-04T06:00:00.000Z" }],
    });
  });

  it("of a part that is too long to be held at once streams it", async () => {
    const { store, key } = await withLongPart();
    expect(await found(store)).toEqual([]);
    const body = store.objects.get(key)?.body ?? new Uint8Array();
    for (const damaged of [body.subarray(0, -9), Buffer.concat([body, Buffer.from("more")]), flipped(body, 4)]) {
      put(store, key, damaged);
      expect(await found(store)).toEqual([`altered snapshots/${DAY_1}/part-00000.ndjson.gz`]);
    }
  });
});

it("verification reads no line that has no end", async () => {
  const store = memoryEvidenceStore();
  await auditDays(store, threeDays().slice(0, 1));
  const content = Buffer.alloc(40_000_000, "x");
  const key = keyIn(store, /snapshots/);
  const manifest = keyIn(store, /manifests/);
  put(store, key, gzipSync(content));
  const part = { bytes: content.length, sha256: sha256(content), stored: null };
  const forged = decodeManifest(store.text(manifest), manifest);
  const files = forged.files.map((file) => (file.key === key ? { ...file, ...part } : file));
  put(store, manifest, Buffer.from(encodeManifest({ ...forged, files })));
  const { told } = await verify(store, { notedHead: null });
  expect(told).toMatchObject([{ verdict: "altered", key }]);
  expect(told[0]?.message).toContain("16777216");
});

function keyIn(store: MemoryEvidenceStore, pattern: RegExp): string {
  return [...store.objects.keys()].find((key) => pattern.test(key)) ?? "";
}

/** One Organization whose line alone is longer than what is decompressed at once. */
async function withLongPart() {
  const store = memoryEvidenceStore();
  const [id] = [...(threeDays()[0]?.connections.keys() ?? [])];
  if (id === undefined) throw new Error("There is no Organization.");
  const wires = Array.from({ length: 9 }, (_, index) => ({ connection_id: `con_${index}`, x: "x".repeat(1_000_000) }));
  await auditDays(store, [{ connections: new Map([[id, wires]]) }]);
  return { store, key: [...store.objects.keys()].find((key) => key.includes("snapshots")) ?? "" };
}

function flipped(body: Uint8Array, at: number): Uint8Array {
  return Uint8Array.from(body, (byte, index) => (index === at ? byte ^ 1 : byte));
}

describe("verification names", () => {
  const part = (role: string, day: string, number: number) => `${role}/${day}/part-0000${number}.ndjson.gz`;

  it.each([
    ["an altered line", /snapshots.*0304.*00001/, (text: string) => text.replace("observed", "Observed")],
    ["a line more", /changes.*0304.*00000/, (text: string) => text + text],
    ["no line at all", /snapshots.*0305.*00000/, () => ""],
  ])("%s", async (_what, pattern, change) => {
    const store = copy();
    const key = keyOf(pattern);
    put(store, key, edited(key, change));
    expect(await found(store)).toEqual([`altered ${short(key)}`]);
  });

  it("content that was compressed again", async () => {
    const store = copy();
    const key = keyOf(/snapshots.*0304.*00001/);
    // The time in its header, and the level of its compression.
    for (const body of [flipped(bodyOf(key), 4), gzipSync(gunzipSync(bodyOf(key)), { level: 1 })]) {
      put(store, key, body);
      expect(await found(store)).toEqual([`altered ${part("snapshots", DAY_2, 1)}`]);
    }
  });

  it("a truncated gzip, and what follows it", async () => {
    const store = copy();
    const key = keyOf(/changes.*0304.*00001/);
    put(store, key, bodyOf(key).subarray(0, -5));
    const other = keyOf(/changes.*0304.*00000/);
    put(store, other, Buffer.concat([bodyOf(other), Buffer.from([0])]));
    expect(await found(store)).toEqual([
      `altered ${part("changes", DAY_2, 0)}`,
      `altered ${part("changes", DAY_2, 1)}`,
    ]);
  });

  it("a swapped pair", async () => {
    const store = copy();
    const [one, other] = [keyOf(/snapshots.*0303.*00000/), keyOf(/snapshots.*0304.*00000/)];
    put(store, one, bodyOf(other));
    put(store, other, bodyOf(one));
    expect(await found(store)).toEqual([
      `altered ${part("snapshots", DAY_1, 0)}`,
      `altered ${part("snapshots", DAY_2, 0)}`,
    ]);
  });

  it("a part that is gone", async () => {
    const store = copy();
    store.objects.delete(keyOf(/changes.*0305.*00001/));
    expect(await found(store)).toEqual([`missing ${part("changes", DAY_3, 1)}`]);
  });

  it.each([
    [DAY_1, []],
    [DAY_2, []],
    [DAY_3, []],
  ])("the manifest %s that is gone, by the one that names it", async (runId) => {
    const store = evidenceAlone();
    store.objects.delete(keyOf(new RegExp(`manifests.*${runId}`)));
    expect(await found(store)).toEqual([`missing manifests/${runId}.json`]);
  });

  it("the last manifest that is gone, by what the last run noted", async () => {
    const store = copy();
    store.objects.delete(keyOf(/manifests.*0306/));
    expect(await found(store)).toEqual([`missing manifests/${DAY_4}.json`]);
  });

  it("a forged count, even with a new digest", async () => {
    const store = evidenceAlone();
    const key = keyOf(/manifests.*0304/);
    put(
      store,
      key,
      edited(key, (text) => text.replace(/"observed":\d+/, '"observed":9')),
    );
    expect(await found(store)).toEqual([`altered manifests/${DAY_2}.json`]);
  });

  it("a chain that starts twice, and an end that is not the last", async () => {
    const store = evidenceAlone();
    const second = memoryEvidenceStore();
    await auditDays(second, threeDays().slice(0, 1), { first: 7 });
    for (const [key, object] of second.objects) if (!key.startsWith("v1/state/")) store.objects.set(key, object);
    expect(await found(store)).toEqual(["gap manifests/20260310T060000Z.json", `gap manifests/${DAY_4}.json`]);
  });

  it("the policy of a run that is missing or altered, once for all runs", async () => {
    const store = copy();
    const policy = keyOf(/policies/);
    put(store, policy, Buffer.from('{"version":1,"rules":{"sso-bypass":"off"}}'));
    expect(await found(store)).toEqual([`altered ${short(policy)}`]);
    store.objects.delete(policy);
    expect(await found(store)).toEqual([`missing ${short(policy)}`]);
  });

  it("no policy of a run that was not recorded, and counts it", async () => {
    const store = copy();
    const text = '{"version":1,"rules":{"sso-bypass":"off"}}';
    const key = policyKey(TENANT, sha256(text));
    put(store, key, Buffer.from(text));
    expect(await verify(store)).toMatchObject({ told: [], unnamedParts: 1, unnamed: [key] });
  });

  it("objects that this program does not write", async () => {
    const store = copy();
    const part = keyOf(/snapshots.*0303.*00000/);
    const manifest = keyOf(/manifests.*0303/);
    const foreign = [
      part.replace(/-[0-9a-f]{16}/, ""),
      part.replace("part-", "apart-"),
      part.replace(/dt=.*/, "dt=2027-01-01/x"),
      part.replace("/snapshots/", "/findings/").replace("part-", "apart-"),
      keyOf(/policies/).replace(/[^/]*$/, "policy.json"),
      keyOf(/policies/).replace(/[^/]*$/, `${sha256("another policy")}.json`),
      manifest.replace(".json", ".txt"),
      manifest.replace(/dt=.*/, "0"),
      signatureKey(manifest as ObjectKey).replace("0303T", "0309T"),
      signatureKey(manifest as ObjectKey).replace("T060000Z", "T050000Z"),
    ];
    for (const key of foreign) put(store, key, Buffer.from("x"));
    const { told } = await verify(store);
    expect(told.map(({ verdict }) => verdict)).toEqual(foreign.map(() => "unknown"));
    expect(told.map(({ key }) => key).sort()).toEqual(foreign.sort());
  });

  it("a manifest of a later major format, and goes on", async () => {
    const store = copy();
    const key = keyOf(/manifests.*0306/);
    put(
      store,
      key,
      edited(key, (text) => text.replace('"format_version":"1.', '"format_version":"2.')),
    );
    expect((await verify(store)).told[0]?.verdict).toBe("unreadable_format");
  });

  it("a hash that was noted elsewhere and is in the chain no more", async () => {
    const { head } = await verify(copy());
    if (head === null) throw new Error("There is no head.");
    const first = sha256(bodyOf(keyOf(/manifests.*0303/)));
    expect(await verify(copy(), { anchors: [head.sha256, first] })).toMatchObject({
      told: [],
      anchored: [{ runId: DAY_4 }, { runId: DAY_1 }],
    });
    expect(await found(copy(), { anchors: ["0".repeat(64) as Sha256] })).toEqual(["missing null"]);
  });
});

describe("verification with a public key", () => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const isSignature = signatureCheck(publicKey);
  const signed = () => {
    const store = copy();
    for (const [key, { body }] of written)
      if (key.endsWith("Z.json")) put(store, signatureKey(key as ObjectKey), sign("sha256", body, privateKey));
    return store;
  };

  it("finds every manifest signed", async () => {
    expect(await found(signed(), { isSignature })).toEqual([]);
  });

  it("names a missing signature, and the signature of another manifest", async () => {
    const store = signed();
    const [one, other] = [keyOf(/manifests.*0303/), keyOf(/manifests.*0304/)];
    store.objects.delete(signatureKey(one as ObjectKey));
    put(store, signatureKey(other as ObjectKey), sign("sha256", bodyOf(one), privateKey));
    expect(await found(store, { isSignature })).toEqual([
      `missing signatures/${DAY_1}.json.sig`,
      `altered signatures/${DAY_2}.json.sig`,
    ]);
  });
});
