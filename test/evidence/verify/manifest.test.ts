import { describe, expect, it } from "@jest/globals";
import { EMPTY_SUMMARY } from "../../../lambda/changes/summary.ts";
import { EvidenceError } from "../../../lambda/domain/errors.ts";
import type { Domain, Sha256, Tenant } from "../../../lambda/domain/identifiers.ts";
import { changesKey, manifestKey, partKey, policyKey, snapshotKey } from "../../../lambda/evidence/format/keys.ts";
import type { EvidenceFile, Manifest, ManifestReference } from "../../../lambda/evidence/format/manifest.ts";
import { checkOwnDigest, decodeManifest, encodeManifest } from "../../../lambda/evidence/format/manifest.ts";
import { checkManifest } from "../../../lambda/evidence/verify/manifest.ts";
import { AT_1, AT_2, RUN_1, RUN_2 } from "../../support/builders.ts";

const TENANT = "localhost_8443" as Tenant;
const KEY = manifestKey(TENANT, RUN_2);
const HASH = "a".repeat(64) as Sha256;

function file(role: EvidenceFile["role"], key: EvidenceFile["key"], rows: number): EvidenceFile {
  return { role, key, rows, bytes: 1, sha256: HASH, stored: null, firstOrganizationId: null, lastOrganizationId: null };
}

const PREVIOUS: ManifestReference = { runId: RUN_1, key: manifestKey(TENANT, RUN_1), sha256: HASH };
const SOUND: Manifest = {
  formatVersion: "1.0",
  runId: RUN_2,
  tenant: TENANT,
  domain: "localhost:8443" as Domain,
  status: "partial",
  scheduledAt: null,
  startedAt: AT_1,
  completedAt: AT_2,
  scope: "all",
  producer: { name: "auth0-organization-auditor", version: "1.0.0" },
  key: KEY,
  files: [
    file("snapshot", snapshotKey(TENANT, RUN_2, 0), 2),
    file("snapshot", snapshotKey(TENANT, RUN_2, 1), 1),
    file("changes", changesKey(TENANT, RUN_2, 0), 1),
    file("changes", changesKey(TENANT, RUN_2, 1), 0),
  ],
  summary: {
    ...EMPTY_SUMMARY,
    organizations: { requested: 3, observed: 1, failed: 1, deleted: 1 },
    changes: { ...EMPTY_SUMMARY.changes, organization_deleted: 1 },
    severity: { ...EMPTY_SUMMARY.severity, medium: 1 },
  },
  usage: { requests: 3, rateLimited: 0, retries: 0, limit: null, lowestRemaining: null, durationMs: 5 },
  error: null,
  previous: PREVIOUS,
  baseline: PREVIOUS,
  warnings: [],
  scheduledTimeGiven: false,
  kind: "sweep",
  updates: null,
  policy: null,
  logs: null,
};

const UPDATE: Manifest = {
  ...SOUND,
  kind: "update",
  updates: { base: PREVIOUS, hints: { logs: 3, events: 0, retries: 0 }, from: AT_1, until: AT_2 },
};

/** What is wrong with a manifest that was written so; null when nothing is. */
function problem(manifest: Manifest, key = KEY): string | null {
  try {
    checkManifest(manifest, encodeManifest(manifest), key);
    return null;
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    expect(error.code).toBe("altered");
    return error.message;
  }
}

const FAILED: Manifest = {
  ...SOUND,
  status: "failed",
  files: [],
  summary: EMPTY_SUMMARY,
  error: { code: "token_refused", message: "Auth0 refused the token." },
};

const JUDGED: Manifest = {
  ...SOUND,
  files: [...SOUND.files, file("findings", partKey("findings", TENANT, { runId: RUN_2, part: 0, word: null }), 4)],
  summary: {
    ...SOUND.summary,
    findings: { open: { high: 1, medium: 1, low: 0, info: 0 }, waived: 1, notEvaluated: 1, new: 2, resolved: 7 },
  },
  policy: { key: policyKey(TENANT, HASH), sha256: HASH, source: "built-in" },
};

describe("a manifest of a run that was judged", () => {
  const { findings } = JUDGED.summary;
  const counted = (other: Partial<typeof findings>): Manifest => ({
    ...JUDGED,
    summary: { ...JUDGED.summary, findings: { ...findings, ...other } },
  });

  it("is sound as it was written, also when the run failed", () => {
    expect(problem(JUDGED)).toBeNull();
    expect(problem({ ...FAILED, policy: JUDGED.policy })).toBeNull();
  });

  it("names its policy by its hash", () => {
    const other = policyKey(TENANT, "b".repeat(64) as Sha256);
    expect(problem({ ...JUDGED, policy: { key: other, sha256: HASH, source: "file" } })).toContain(
      "policy of its hash",
    );
  });

  it("has findings when it names a policy, and only then", () => {
    expect(problem({ ...SOUND, policy: JUDGED.policy })).toContain("has no findings");
    expect(problem({ ...JUDGED, policy: null })).toContain("names no policy");
  });

  it.each([{ waived: 2 }, { notEvaluated: 0 }, { open: { ...findings.open, low: 1 } }, { new: 3 }])(
    "counts its lines: %j",
    (other) => {
      expect(problem(counted(other))).toContain("counts of findings");
    },
  );
});

const LOGGED: Manifest = {
  ...SOUND,
  files: [...SOUND.files, file("operations", partKey("operations", TENANT, { runId: RUN_2, part: 0, word: null }), 2)],
  summary: { ...SOUND.summary, attribution: { certain: 1, likely: 0, none: 0 }, undone: 1 },
  logs: { from: AT_1, until: AT_2, complete: true, because: null, entries: 7 },
};

describe("a manifest of a run that read the logs", () => {
  const { attribution } = LOGGED.summary;
  const summed = (other: Partial<Manifest["summary"]>) => ({ ...LOGGED, summary: { ...LOGGED.summary, ...other } });
  const read = (other: Partial<NonNullable<Manifest["logs"]>>): Manifest => ({
    ...LOGGED,
    logs: { from: AT_1, until: AT_2, complete: true, because: null, entries: 7, ...other },
  });

  it("is sound as it was written, also when they were not complete", () => {
    expect(problem(LOGGED)).toBeNull();
    expect(problem(read({ complete: false, because: "logs_expired" }))).toBeNull();
  });

  it("has operations when it read the logs, and only then", () => {
    expect(problem({ ...LOGGED, files: SOUND.files })).toContain("has no operations");
    expect(problem({ ...LOGGED, logs: null })).toContain("read no logs");
  });

  it.each([{ complete: false }, { because: "logs_expired" }, { from: AT_2, until: AT_1 }])(
    "says of the logs what can be: %j",
    (other) => {
      expect(problem(read(other))).toContain("contradicts itself");
    },
  );

  it.each<[Partial<Manifest["summary"]>, string]>([
    [{ attribution: { ...attribution, certain: 0 } }, "counts of attributions"],
    [{ attribution: { ...attribution, none: 1 } }, "counts of attributions"],
    [{ undone: 3 }, "came and went"],
  ])("counts: %j", (other, message) => {
    expect(problem(summed(other))).toContain(message);
  });

  it("attributes nothing without logs", () => {
    const none = { certain: 0, likely: 0, none: 1 };
    const without = (given: typeof none) => ({ ...SOUND, summary: { ...SOUND.summary, attribution: given } });
    expect(problem(without(none))).toBeNull();
    expect(problem(without({ ...none, none: 0, likely: 1 }))).toContain("counts of attributions");
  });
});

describe("a manifest checked against itself", () => {
  it("is sound as it was written", () => {
    expect(problem(SOUND)).toBeNull();
    expect(problem(FAILED)).toBeNull();
    expect(problem({ ...SOUND, previous: null, baseline: null })).toBeNull();
  });

  const [first, second, ...changes] = SOUND.files;
  const files = (...all: readonly (EvidenceFile | undefined)[]) => all.filter((one) => one !== undefined);
  const { organizations } = SOUND.summary;
  it.each<[string, Partial<Manifest>, RegExp]>([
    ["has another key", { key: manifestKey(TENANT, RUN_1) }, /it was written as/],
    ["is of another run", { runId: RUN_1 }, /run or tenant/],
    ["is of another tenant", { tenant: "other" as Tenant }, /run or tenant/],
    ["is of another domain", { domain: "other" as Domain }, /run or tenant/],
    ["names itself", { previous: { ...PREVIOUS, runId: RUN_2, key: KEY } }, /not another manifest/],
    [
      "names another tenant's",
      { baseline: { ...PREVIOUS, key: manifestKey("o" as Tenant, RUN_1) } },
      /not another manifest/,
    ],
    ["names another run's", { baseline: { ...PREVIOUS, runId: RUN_2 } }, /not another manifest/],
    ["leaves a part out", { files: files(second, ...changes) }, /numbered one by one/],
    ["swaps its parts", { files: files(second, first, ...changes) }, /numbered one by one/],
    [
      "has changes of another run",
      { files: files(first, second, file("changes", changesKey(TENANT, RUN_1, 0), 1)) },
      /numbered/,
    ],
    ["has no changes", { files: files(first, second) }, /no snapshot or no changes/],
    ["has no snapshot", { files: changes }, /no snapshot or no changes/],
    ["has an error", { error: FAILED.error }, /has an error/],
    [
      "has other counts of Organizations",
      { summary: { ...SOUND.summary, organizations: { ...organizations, observed: 2 } } },
      /Organizations do not/,
    ],
    [
      "has more lines",
      { files: files(file("snapshot", snapshotKey(TENANT, RUN_2, 0), 4), ...changes) },
      /Organizations do not/,
    ],
    [
      "counts one change more",
      { summary: { ...SOUND.summary, severity: { ...SOUND.summary.severity, high: 1 } } },
      /changes do not/,
    ],
    [
      "has other counts of changes",
      { files: files(first, second, file("changes", changesKey(TENANT, RUN_2, 0), 9)) },
      /changes do not/,
    ],
    ["is complete with a failure", { status: "complete" }, /is complete/],
  ])("is altered when it %s", (_what, change, message) => {
    expect(problem({ ...SOUND, ...change })).toMatch(message);
  });

  it("is altered when it is failed and has files, or has no error", () => {
    expect(problem({ ...FAILED, files: SOUND.files })).toMatch(/has files/);
    expect(problem({ ...FAILED, error: null })).toMatch(/has no error/);
  });

  it("is altered when its text does not match its digest", () => {
    const text = encodeManifest(SOUND).replace('"requests":3', '"requests":4');
    expect(() => checkManifest(decodeManifest(text, KEY), text, KEY)).toThrow(/own digest/);
  });
});

describe("a manifest's own digest", () => {
  const text = encodeManifest(SOUND);

  it("matches what was written, with keys of a later version", () => {
    expect(checkOwnDigest(text, KEY)).toBe("matches");
  });

  it.each([
    text.replace("content_sha256", "content_sha257"),
    text.replace(/"content_sha256":"./, '"content_sha256":"g'),
    text.replace('"content_sha256"', '"content_sh\\u0061256"'),
    `${text.trimEnd()} \n`,
    text.trimEnd(),
    `${text}\n`,
  ])("differs where it was damaged itself: %#", (damaged) => {
    expect(checkOwnDigest(damaged, KEY)).toBe("differs");
  });

  it("is absent when the manifest has none", () => {
    expect(checkOwnDigest(text.replace(/,"content_sha256":"[0-9a-f]+"/, ""), KEY)).toBe("absent");
  });
});

describe("the manifest of an update", () => {
  it("says what it builds on, unless the update failed", () => {
    expect(problem(UPDATE)).toBeNull();
    expect(problem({ ...FAILED, kind: "update" })).toBeNull();
    expect(problem({ ...UPDATE, updates: null })).toMatch(/builds on nothing/);
    expect(problem({ ...SOUND, updates: UPDATE.updates })).toMatch(/partial sweep, but says what it builds on/);
    expect(problem({ ...FAILED, kind: "update", updates: UPDATE.updates })).toMatch(/failed update, but says/);
  });

  it("names a sweep of its tenant, and a time that does not end before it starts", () => {
    const { updates } = UPDATE;
    if (updates === null) throw new TypeError("It is an update.");
    const other = { ...PREVIOUS, key: manifestKey("b.eu.auth0.com" as Tenant, RUN_1) };
    expect(problem({ ...UPDATE, updates: { ...updates, base: other } })).toMatch(/not another manifest of its tenant/);
    expect(problem({ ...UPDATE, updates: { ...updates, from: AT_2, until: AT_1 } })).toMatch(/ends before it starts/);
  });

  it("counts no changes that hints missed: a sweep does, and no more than it has", () => {
    const missing = (manifest: Manifest, missedByHints: number) =>
      problem({ ...manifest, summary: { ...manifest.summary, missedByHints } });
    expect([missing(SOUND, 0), missing(SOUND, 1)]).toEqual([null, null]);
    expect(missing(SOUND, 2)).toMatch(/that no hint named/);
    expect(missing(UPDATE, 0)).toMatch(/that no hint named/);
  });
});
