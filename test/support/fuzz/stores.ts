import { generateKeyPairSync, sign } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { readSweepLock } from "../../../lambda/audit/lock.ts";
import { EvidenceError, EvidenceStoreError } from "../../../lambda/domain/errors.ts";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { signatureCheck } from "../../../lambda/evidence/signing/check.ts";
import type { Problem } from "../../../lambda/evidence/verify/problem.ts";
import { verifyTenant } from "../../../lambda/evidence/verify/verify.ts";
import { checkReports } from "../../../lambda/report/check-reports.ts";
import { ids, readEvidence, TENANT } from "../audit-harness.ts";
import { auditDays, type Day, SSO } from "../audited-days.ts";
import { type MemoryObject, memoryEvidenceStore } from "../memory-evidence-store.ts";
import { mutated, type Random } from "./random.ts";

const DAYS = 3;
const AFTER_MS = Date.UTC(2026, 2, 3, 6) + DAYS * 86_400_000;
const QUIET_DAY: Day = { connections: new Map(ids("1", "2", "3", "4", "5").map((id) => [id, [SSO]])) };
const VERSION = "0.0.0";

/** Signed evidence of a tenant in which nothing changes. */
export async function quietEvidence() {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const store = memoryEvidenceStore();
  // Each manifest's digest is signed as KMS does it; what is verified is a signature of the manifest itself.
  const signer = { sign: async () => sign("sha256", Buffer.from(lastManifest(store.objects)), privateKey) };
  await auditDays(
    store,
    Array.from({ length: DAYS }, () => QUIET_DAY),
    { signer },
  );
  return { written: new Map(store.objects), isSignature: signatureCheck(publicKey) };
}

export type QuietEvidence = Awaited<ReturnType<typeof quietEvidence>>;

function lastManifest(objects: ReadonlyMap<string, MemoryObject>): Uint8Array {
  const keys = [...objects.keys()].filter((key) => key.startsWith("v1/manifests/")).sort();
  return objects.get(keys.at(-1) ?? "")?.body ?? new Uint8Array();
}

/** What came of one mutated store; `problem` is null when everything is as it should be. */
export interface StoreResult {
  readonly mutation: string;
  readonly problem: string | null;
}

/** Changes one object at random, verifies the store, and audits the unchanged tenant once more. */
export async function fuzzStore({ written, isSignature }: QuietEvidence, random: Random): Promise<StoreResult> {
  const objects = new Map(written);
  const { key, kind } = mutate(objects, random);
  const mutation = `${kind} ${key}`;
  try {
    const isNamed = await names(objects, isSignature, key);
    if (!isNamed && mustBeNamed(kind, key)) return { mutation, problem: "verify does not name it" };
    const changes = await changesOfNextRun(objects);
    return { mutation, problem: changes === 0 ? null : `the next run reports ${changes} false changes` };
  } catch (error) {
    return { mutation, problem: error instanceof Error ? (error.stack ?? error.message) : "an unclassified error" };
  }
}

/** State is a hint, and reports can be deleted and rendered again. */
function mustBeNamed(kind: string, key: string): boolean {
  return !key.startsWith("v1/state/") && !(kind === "removed" && key.startsWith("v1/reports/"));
}

function mutate(objects: Map<string, MemoryObject>, random: Random): { readonly key: string; readonly kind: string } {
  const keys = [...objects.keys()];
  const key = random.pick(keys);
  const body = objects.get(key)?.body ?? new Uint8Array();
  const set = (at: string, content: Uint8Array) => objects.set(at, { body: content, contentType: "" });
  switch (random.below(5)) {
    case 0: {
      objects.delete(key);
      return { key, kind: "removed" };
    }
    case 1: {
      const planted = besides(key, random);
      if (objects.has(planted)) break;
      set(planted, random.below(2) === 0 ? body : Buffer.from("planted"));
      return { key: planted, kind: "planted" };
    }
    case 2: {
      const other = objects.get(random.pick(keys))?.body ?? new Uint8Array();
      if (Buffer.from(other).equals(body)) break;
      set(key, other);
      return { key, kind: "replaced" };
    }
    case 3: {
      if (!key.endsWith(".gz")) break;
      set(key, gzipSync(changed(gunzipSync(body), random)));
      return { key, kind: "rewritten" };
    }
    default:
  }
  set(key, changed(body, random));
  return { key, kind: "mutated" };
}

/** The key with another digit somewhere after its tenant. */
function besides(key: string, random: Random): string {
  const digits = [...key.matchAll(/\d/g)].map(({ index }) => index).filter((index) => index > key.indexOf("/dt="));
  if (!key.includes("/dt=")) return key;
  const at = random.pick(digits);
  return `${key.slice(0, at)}${random.below(10)}${key.slice(at + 1)}`;
}

function changed(body: Uint8Array, random: Random): Uint8Array {
  for (;;) {
    const one = mutated(body, random);
    if (!Buffer.from(one).equals(body)) return one;
  }
}

/** Whether a problem or the list of unnamed parts has the key, or the manifest that the key belongs to. */
async function names(
  objects: Map<string, MemoryObject>,
  isSignature: QuietEvidence["isSignature"],
  key: string,
): Promise<boolean> {
  const store = memoryEvidenceStore(objects);
  const found: Problem[] = [];
  const onProblem = (problem: Problem) => found.push(problem);
  const request = { tenant: TENANT, range: ALWAYS, onProblem };
  const notedHead = (await readSweepLock(store, TENANT)).head;
  const { unnamed } = await verifyTenant(store, { ...request, isSignature, anchors: [], notedHead, nowMs: AFTER_MS });
  await checkReports(store, { ...request, version: VERSION });
  return found.some((problem) => problem.key === key) || unnamed.some((one) => one === key);
}

/** How many changes the next run reports. A run may end with an error of the evidence, but with no other. */
async function changesOfNextRun(objects: Map<string, MemoryObject>): Promise<number> {
  const store = memoryEvidenceStore(objects);
  try {
    const [runId] = await auditDays(store, [QUIET_DAY], { first: DAYS });
    return runId === undefined ? 0 : (await readEvidence(store, runId)).changes.length;
  } catch (error) {
    if (error instanceof EvidenceError || error instanceof EvidenceStoreError) return 0;
    throw error;
  }
}
