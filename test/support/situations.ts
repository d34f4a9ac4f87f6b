import { type Comparison, diffOrganization } from "../../lambda/changes/difference.ts";
import { addFindings, addSummaries, countFindings, EMPTY_SUMMARY, summarize } from "../../lambda/changes/summary.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { Finding } from "../../lambda/domain/finding.ts";
import type { ConnectionId, Domain, ObjectKey, RunId, Sha256, Timestamp } from "../../lambda/domain/identifiers.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { compareText } from "../../lambda/domain/order.ts";
import type { RunKind, RunStatus } from "../../lambda/domain/run.ts";
import { lastObservation, type OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import { tenantOf } from "../../lambda/domain/tenant.ts";
import { runIdAt, runInstant, timestamp } from "../../lambda/domain/time.ts";
import { sha256 } from "../../lambda/evidence/format/digest.ts";
import { changesKey, manifestKey, partKey, policyKey, snapshotKey } from "../../lambda/evidence/format/keys.ts";
import type { EvidenceFile, LogsRead, Manifest } from "../../lambda/evidence/format/manifest.ts";
import { encodeManifest, FORMAT_VERSION } from "../../lambda/evidence/format/manifest.ts";
import { findingsOfLine } from "../../lambda/findings/findings-of-line.ts";
import type { TenantFacts } from "../../lambda/findings/judge.ts";
import { BUILT_IN_POLICY_TEXT, parsePolicy } from "../../lambda/findings/policy.ts";
import { ReportBuilder, type ReportModel } from "../../lambda/report/model.ts";
import { OperationBlock } from "../../lambda/report/operation-block.ts";
import { type RecentRuns, type RunSummary, runSummary } from "../../lambda/report/recent-runs.ts";
import { AT_1, AT_2, COMPARISON, carried, connection, deleted, failed, observed, RUN_1, RUN_2 } from "./builders.ts";
import {
  ALL_LOGS,
  BROKEN_LOGS,
  LATE_LOGS,
  operationsBy,
  PSEUDONYMOUS_OPERATIONS,
  WHO_OPERATIONS,
} from "./run-operations.ts";

/** The stored records of one run, and the runs before it. */
export interface Situation {
  readonly manifest: Manifest;
  readonly changes: readonly Change[];
  readonly findings: readonly Finding[];
  /** The text of the policy that it was judged by. */
  readonly policy: string;
  readonly snapshot: readonly OrganizationSnapshot[];
  /** In the order of time. */
  readonly operations: readonly Operation[];
  readonly recent: RecentRuns;
}

const DOMAIN = "acme.eu.auth0.com" as Domain;
const TENANT = tenantOf(DOMAIN);
const DAY_MS = 86_400_000;
const NOW = { runId: RUN_2, observedAt: AT_2 };
const SAML = connection("1", "samlp");
const GOOGLE = connection("2", "google-oauth2");

const NAMELESS = connection("9", "", { connection: {} });
const UNNAMED_BEFORE = { name: null, displayName: null };
const UNNAMED = { ...NOW, ...UNNAMED_BEFORE };

const LONG_AGO = "2026-02-01T06:00:00.000Z" as Timestamp;
const UPDATES: Manifest["updates"] = {
  base: { runId: RUN_1, key: manifestKey(TENANT, RUN_1), sha256: "0".repeat(64) as Sha256 },
  hints: { logs: 1, events: 0, retries: 0 },
  from: AT_1,
  until: AT_2,
};

function manyConnections(count: number) {
  return Array.from({ length: count }, (_, index) =>
    connection(String(index).padStart(3, "0"), `strategy-${index}`, { assign_membership_on_login: true }),
  );
}

function situation(
  previous: readonly OrganizationSnapshot[] | null,
  snapshot: readonly OrganizationSnapshot[],
  other: Partial<Manifest> = {},
  policy = BUILT_IN_POLICY_TEXT,
): Situation {
  const comparison: Comparison =
    previous === null
      ? { ...COMPARISON, appeared: "baseline" }
      : other.scope === "list"
        ? { ...COMPARISON, appeared: "scope_added", disappeared: "scope_removed" }
        : COMPARISON;
  const read = new Set(snapshot.map((line) => line.organizationId));
  // An update compares only the Organizations that it reads.
  const earlier = (previous ?? []).filter((line) => other.kind !== "update" || read.has(line.organizationId));
  const all = new Set([...earlier, ...snapshot].map((line) => line.organizationId));
  const byId = (lines: readonly OrganizationSnapshot[]) => new Map(lines.map((line) => [line.organizationId, line]));
  const [before, after] = [byId(earlier), byId(snapshot)];
  const compared = [...all].sort().map((id) => {
    const current = after.get(id) ?? null;
    return { current, changes: diffOrganization(before.get(id) ?? null, current, comparison) };
  });
  const changes = compared.flatMap((one) => one.changes);
  const judged = judge(previous ?? [], snapshot, policy, other.kind ?? "sweep");
  const summary = {
    ...compared.map((one) => summarize(one.current, one.changes)).reduce(addSummaries, EMPTY_SUMMARY),
    findings: judged.counts,
  };
  const status: RunStatus = summary.organizations.failed > 0 ? "partial" : "complete";
  const reference = { runId: RUN_1, key: manifestKey(TENANT, RUN_1), sha256: "0".repeat(64) as Sha256 };
  const manifest: Manifest = {
    formatVersion: FORMAT_VERSION,
    runId: RUN_2,
    tenant: TENANT,
    domain: DOMAIN,
    status,
    scheduledAt: timestamp(runInstant(RUN_2)),
    startedAt: timestamp(runInstant(RUN_2) + 1500),
    completedAt: AT_2,
    scope: "all",
    producer: { name: "auth0-organization-auditor", version: "1.0.0" },
    key: manifestKey(TENANT, RUN_2),
    files: [
      file("snapshot", snapshotKey(TENANT, RUN_2, 0), snapshot.length),
      file("changes", changesKey(TENANT, RUN_2, 0), changes.length),
      file("findings", partKey("findings", TENANT, { runId: RUN_2, part: 0, word: null }), judged.findings.length),
    ],
    summary,
    usage: { requests: 12, rateLimited: 1, retries: 2, limit: 50, lowestRemaining: 13, durationMs: 7_500 },
    error: null,
    previous: previous === null ? null : reference,
    baseline: previous === null ? null : reference,
    warnings: [],
    scheduledTimeGiven: false,
    kind: "sweep",
    updates: null,
    policy: { key: policyKey(TENANT, sha256(policy)), sha256: sha256(policy), source: "built-in" },
    logs: null,
    ...other,
  };
  const runBefore = {
    ...runSummary({ ...manifest, summary: EMPTY_SUMMARY }),
    runId: RUN_1,
    status: "complete" as const,
    time: AT_1,
    startedAt: AT_1,
  };
  const recent = { runs: [...(manifest.previous === null ? [] : [runBefore]), runSummary(manifest)], broken: null };
  return { manifest, changes, findings: judged.findings, policy, snapshot, operations: [], recent };
}

/** The findings of a run and of the state before it, which the same policy judged. */
function judge(
  previous: readonly OrganizationSnapshot[],
  snapshot: readonly OrganizationSnapshot[],
  text: string,
  kind: RunKind,
) {
  const policy = parsePolicy(text, "the policy");
  const findingsIn = (
    lines: readonly OrganizationSnapshot[],
    runId: RunId,
    facts: TenantFacts | null,
    before: readonly Finding[],
  ) => {
    const ofOrganization = Map.groupBy(before, ({ organizationId }) => organizationId);
    const run = { runId, startedAt: timestamp(runInstant(runId) + 1500) };
    return lines.toSorted(byOrganization).map((line) => {
      const earlier = ofOrganization.get(line.organizationId) ?? [];
      const known = { organizationName: line.organizationName, findings: earlier };
      const findings = findingsOfLine(line, known, { policy, facts, run });
      return { findings, counts: countFindings(runId, findings, earlier) };
    });
  };
  const before = findingsIn(previous, RUN_1, factsOf(previous), []).flatMap(({ findings }) => findings);
  const now = findingsIn(snapshot, RUN_2, kind === "update" ? null : factsOf(snapshot), before);
  const counts = now.map((one) => one.counts).reduce(addFindings, EMPTY_SUMMARY.findings);
  return { findings: now.flatMap(({ findings }) => findings), counts };
}

const byOrganization = (left: OrganizationSnapshot, right: OrganizationSnapshot) =>
  compareText(left.organizationId, right.organizationId);

function factsOf(lines: readonly OrganizationSnapshot[]): TenantFacts {
  const enabled = lines.flatMap((line) => lastObservation(line)?.enabledConnections ?? []);
  const shared = (connections: typeof enabled) => {
    const counts = new Map<ConnectionId, number>();
    for (const { connectionId } of connections) counts.set(connectionId, (counts.get(connectionId) ?? 0) + 1);
    return (connectionId: ConnectionId) => (counts.get(connectionId) ?? 0) > 1;
  };
  return {
    isShared: shared(enabled),
    isMembershipShared: shared(enabled.filter(({ assignMembershipOnLogin }) => assignMembershipOnLogin)),
  };
}

/** As version 1.0 recorded it. */
function notJudged({ manifest, ...recorded }: Situation): Situation {
  const files = manifest.files.filter(({ role }) => role !== "findings");
  const summary = { ...manifest.summary, findings: EMPTY_SUMMARY.findings };
  return { ...recorded, findings: [], manifest: { ...manifest, files, policy: null, summary } };
}

/** With the tenant's logs read. */
function withLogs(recorded: Situation, operations: readonly Operation[], logs: LogsRead): Situation {
  const { manifest } = recorded;
  const key = partKey("operations", TENANT, { runId: RUN_2, part: 0, word: null });
  const files = [...manifest.files, file("operations", key, operations.length)];
  const explained = explainedChanges({ ...recorded, manifest: { ...manifest, logs }, operations });
  const attribution = { ...EMPTY_SUMMARY.attribution };
  for (const { who } of explained) attribution[who?.attribution.confidence ?? "none"] += 1;
  const undone = operations.filter(({ effect }) => effect === "undone").length;
  return {
    ...recorded,
    operations,
    manifest: { ...manifest, files, logs, summary: { ...manifest.summary, attribution, undone } },
  };
}

/** A file in a manifest. No test reads its bytes. */
function file(role: EvidenceFile["role"], key: ObjectKey, rows: number): EvidenceFile {
  const sha256 = "f".repeat(64) as Sha256;
  return {
    role,
    key,
    rows,
    bytes: rows * 500,
    sha256,
    firstOrganizationId: null,
    lastOrganizationId: null,
    stored: null,
  };
}

/** Runs of successive days up to `RUN_2`. Some failed, others could not read every Organization. */
export function chain(length: number): readonly RunSummary[] {
  return Array.from({ length }, (_, index) => {
    const startedAt = timestamp(runInstant(RUN_2) + (index - length + 1) * DAY_MS);
    const every = (runs: number) => (index % runs === 0 ? index : 0);
    return {
      runId: runIdAt(Date.parse(startedAt)),
      kind: "sweep" as const,
      scope: "all" as const,
      time: startedAt,
      startedAt,
      findings: { open: { high: every(6), medium: every(2), low: 0, info: 0 }, new: 0, resolved: 0 },
      isJudged: index % 11 !== 3,
      status: index % 11 === 3 ? "failed" : every(4) > 0 ? "partial" : "complete",
      organizations: { requested: 400, observed: 400 - every(4), failed: every(4), deleted: 0 },
      connections: 700,
      severity: { high: every(7), medium: every(3), low: every(5), info: every(9) },
    };
  });
}

/** Names that attack a page, a spreadsheet, a terminal or Markdown. */
export const HOSTILE = [
  `<script>alert("x")</script><img src=x onerror=alert(1)>`,
  `=HYPERLINK("https://evil.example","click")`,
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "admin\u202Efdp.exe\u2066",
  "[click](javascript:alert(1)) **bold** `code` | cell\n# heading",
  "\u001B[31mred\u0007\u0000",
  "👩‍👩‍👧‍👦 família Żółć",
  "\uD800 lone \uDC00",
  "x".repeat(255),
] as const;

const named = (name: string, other: object = {}) => ({ name, displayName: name.toUpperCase(), ...other });
const today = (name: string) => named(name, NOW);
const OWN = (id: string) => connection(id, "okta", { assign_membership_on_login: true }, `sso-${id}`);
const SUPPORT = connection("2", "google-oauth2", { assign_membership_on_login: true }, "support-google");
const DATABASE = connection("7", "auth0", { is_signup_enabled: true, assign_membership_on_login: true }, "Users");
const HIDDEN = connection("8", "waad", { show_as_button: false }, "entra");

/** Every kind of waiver, a rule that is off, one with another severity, and custom rules, of which one fails. */
const OWNERS_POLICY = JSON.stringify({
  version: 1,
  rules: { "signup-without-membership": "off", "locked-out": { severity: "high" } },
  waivers: [
    {
      rule: "sso-bypass",
      organization: "brand-*",
      connection: "support-google",
      reason: "Vendor access until the migration is done",
      expires: "2026-12-31",
      approved_by: "security@acme.example",
    },
    { rule: "open-membership", organization: "brand-b", reason: "Trial customer", expires: "2026-03-10" },
    { rule: "sso-bypass", organization: "hooli", reason: "Forgotten", expires: "2026-03-01", approved_by: "kim" },
    { rule: "open-signup", organization: "no-such-*", reason: "Never matched" },
  ],
  custom: [
    {
      id: "no-passwords",
      severity: "medium",
      title: "Passwords are not allowed",
      message: "A database connection is enabled.",
      remedy: "Disable the database connection.",
      when: "organization.connections.exists(c, c.kind == 'database')",
    },
    {
      id: "fails",
      severity: "low",
      message: "The second connection has a name that is not allowed.",
      when: "organization.connections[1].name == 'x'",
    },
  ],
});

/** What a page, a spreadsheet and Markdown must not obey, in every text of a policy. */
const HOSTILE_POLICY = JSON.stringify({
  version: 1,
  waivers: HOSTILE.filter((text) => text.isWellFormed()).map((text, index) => ({
    rule: "open-signup",
    organization: index % 2 === 0 ? `${text.slice(0, 9)}*` : text,
    reason: text,
    approved_by: text,
    expires: "2026-03-09",
  })),
  custom: HOSTILE.filter((text) => text.isWellFormed()).map((text, index) => ({
    id: `hostile-${index}`,
    severity: "low",
    title: text,
    message: text,
    why: text,
    remedy: text,
    when: "true",
  })),
});

const EXPLAINED = situation(
  [
    observed("1", [SAML], named("acme")),
    observed("2", [SAML], named("globex")),
    observed("3", [SAML, connection("3", "samlp")], named("initech")),
    observed("4", [SAML], named("hooli")),
    observed("5", [SAML], named("umbrella")),
    observed("6", [SAML], named("soylent")),
  ],
  [
    observed("1", [SAML, GOOGLE], today("acme")),
    observed("2", [SAML, GOOGLE], today("globex")),
    observed("3", [SAML], today("initech")),
    observed("4", [SAML], today("hooli")),
    observed("5", [SAML, GOOGLE], today("umbrella")),
    observed("6", [{ ...SAML, isSignupEnabled: true }], today("soylent")),
  ],
);

const HOSTILE_NAMES = situation(
  HOSTILE.map((name, index) => observed(String(index), [SAML], { name: `was ${name}`, displayName: name })),
  HOSTILE.map((name, index) =>
    observed(String(index), [SAML, connection("2", "google-oauth2", { is_signup_enabled: true }, name)], {
      ...NOW,
      name,
      displayName: name,
    }),
  ),
);
const GITHUB = connection("6", "github", {}, "github");

/** A day with 42 changes: a shared connection was renamed in 27 Organizations, and 15 others have changes of their own. */
function busyDay(): Situation {
  const numbers = Array.from({ length: 42 }, (_, index) => index);
  const before = (index: number) => (index < 27 ? [OWN(`${20 + index}`), GITHUB] : [OWN(`${20 + index}`)]);
  const after = (index: number) => {
    const own = OWN(`${20 + index}`);
    if (index < 27) return [own, { ...GITHUB, name: "github-renamed" }];
    if (index === 27) return [];
    if (index === 28) return [own, GOOGLE];
    if (index % 3 === 0) return [{ ...own, showAsButton: false }, DATABASE];
    return index % 3 === 1
      ? [{ ...own, name: `sso-${index}-new` }]
      : [own, connection("55", "okta", {}, `second-${index}`)];
  };
  const line = (index: number, when: object) =>
    named(`customer-${index}`, { displayName: `Customer ${index} Inc.`, ...when });
  return situation(
    numbers.map((index) => observed(String(100 + index), before(index), line(index, {}))),
    numbers.map((index) => observed(String(100 + index), after(index), line(index, NOW))),
  );
}

/** The situations that reports are tested in. */
export const SITUATIONS: Readonly<Record<string, Situation>> = {
  "first-run": situation(null, [observed("1", [SAML], NOW), observed("2", [SAML, GOOGLE], NOW)]),
  unchanged: situation([observed("1", [SAML])], [observed("1", [SAML], NOW)]),
  "every-kind-of-change": situation(
    [
      observed("1", [SAML]),
      observed("2", [SAML, GOOGLE]),
      observed("3", [SAML]),
      observed("4", [SAML]),
      observed("5", [SAML]),
    ],
    [
      observed("1", [SAML, GOOGLE], NOW),
      observed("2", [SAML], NOW),
      observed("3", [connection("1", "samlp", { assign_membership_on_login: true, show_as_button: false })], NOW),
      observed("4", [connection("1", "oidc", { is_signup_enabled: true }, "renamed")], NOW),
      deleted("5", NOW),
      observed("6", [SAML], { ...NOW, name: "created", displayName: null }),
      observed("1a", [], NOW),
    ],
  ),
  "busy-day": busyDay(),
  "lock-out": situation([observed("1", [SAML, GOOGLE])], [observed("1", [], NOW)]),
  partial: situation(
    [observed("1", [SAML]), observed("2", []), failed("3", null)],
    [
      failed("1", carried(observed("1", [SAML])), NOW),
      failed("2", carried(observed("2", [])), NOW),
      failed("3", null, { ...NOW, name: null, firstReading: "sets_baseline" }),
    ],
  ),
  failed: situation(null, [], {
    status: "failed",
    files: [],
    error: { code: "token_refused", message: "Auth0 refused the Management API token (401)." },
    usage: { requests: 2, rateLimited: 0, retries: 1, limit: null, lowestRemaining: null, durationMs: 0 },
  }),
  warned: situation(null, [observed("1", [SAML], NOW)], {
    warnings: ["The previous snapshot cannot be trusted: part-00000.ndjson.gz is cut off."],
  }),
  // No name is known, and there are more connections and files than a report lists.
  "given-list": situation(
    [
      observed("1", [NAMELESS, SAML], UNNAMED_BEFORE),
      observed("2", [NAMELESS], UNNAMED_BEFORE),
      observed("3", [NAMELESS], UNNAMED_BEFORE),
    ],
    [
      observed("1", [{ ...NAMELESS, isSignupEnabled: true }], UNNAMED),
      failed("3", carried(observed("3", [NAMELESS, ...manyConnections(24)], UNNAMED_BEFORE)), UNNAMED),
      observed("4", manyConnections(7), UNNAMED),
    ],
    {
      scope: "list",
      files: Array.from({ length: 25 }, (_, part) => file("snapshot", snapshotKey(TENANT, RUN_2, part), 1)),
    },
  ),
  "given-time": situation([observed("1", [SAML])], [observed("1", [SAML], NOW)], {
    runId: "20260115T060000Z" as RunId,
    scheduledTimeGiven: true,
  }),
  "broken-chain": {
    ...situation([observed("1", [SAML])], [observed("1", [SAML], NOW)]),
    recent: {
      runs: chain(12),
      broken: {
        reference: { runId: RUN_1, key: manifestKey(TENANT, RUN_1), sha256: "0".repeat(64) as Sha256 },
        problem: "altered",
      },
    },
  },
  "thirty-runs": {
    ...situation([observed("1", [SAML])], [observed("1", [SAML], NOW)]),
    recent: { runs: chain(30), broken: null },
  },
  findings: situation(
    [
      observed("1", [OWN("11"), SUPPORT], named("acme")),
      observed("2", [OWN("12"), SUPPORT], named("brand-a")),
      observed("3", [OWN("13"), SUPPORT], named("brand-b")),
      observed("4", [OWN("14"), GOOGLE], named("hooli")),
      observed("5", [OWN("15")], named("initech")),
      observed("6", [OWN("16"), DATABASE], named("globex")),
      observed("9", [OWN("19")], named("vandelay")),
    ],
    [
      observed("1", [OWN("11"), SUPPORT], today("acme")),
      observed("2", [OWN("12"), SUPPORT], today("brand-a")),
      observed("3", [OWN("13"), SUPPORT, DATABASE], today("brand-b")),
      observed("4", [OWN("14"), GOOGLE], today("hooli")),
      observed("5", [OWN("15"), SUPPORT, DATABASE], today("initech")),
      observed("6", [OWN("16")], today("globex")),
      failed("7", null, { ...today("soylent"), firstReading: "sets_baseline" }),
      observed("8", [HIDDEN], today("umbrella")),
      failed(
        "9",
        { ...carried(observed("9", [OWN("19")], named("vandelay"))), observedAt: LONG_AGO },
        today("vandelay"),
      ),
    ],
    {},
    OWNERS_POLICY,
  ),
  "findings-of-an-update": situation(
    [observed("1", [SAML], named("acme")), observed("2", [SAML], named("globex"))],
    [observed("1", [SAML, GOOGLE], today("acme"))],
    { kind: "update", updates: UPDATES },
    OWNERS_POLICY,
  ),
  "first-findings": situation(
    null,
    Array.from({ length: 60 }, (_, index) =>
      observed(
        `${100 + index}`,
        [OWN(`${20 + index}`), ...(index % 3 === 0 ? [SUPPORT] : [])],
        today(`customer-${index}`),
      ),
    ),
  ),
  "no-findings": situation([observed("1", [OWN("11")])], [observed("1", [OWN("11")], NOW)]),
  "not-judged": notJudged(situation([observed("1", [SAML, GOOGLE])], [observed("1", [SAML, GOOGLE], NOW)])),
  "hostile-policy": situation(
    null,
    HOSTILE.map((name, index) =>
      observed(
        String(index),
        [OWN(String(20 + index)), connection("2", "google-oauth2", { is_signup_enabled: true }, name)],
        {
          ...NOW,
          name,
          displayName: name,
        },
      ),
    ),
    {},
    HOSTILE_POLICY,
  ),
  "hostile-names": HOSTILE_NAMES,
  who: withLogs(EXPLAINED, WHO_OPERATIONS, ALL_LOGS),
  "who-pseudonyms": withLogs(EXPLAINED, PSEUDONYMOUS_OPERATIONS, ALL_LOGS),
  "who-logs-expired": withLogs(EXPLAINED, WHO_OPERATIONS.slice(1), LATE_LOGS),
  "who-logs-incomplete": withLogs(EXPLAINED, WHO_OPERATIONS.slice(0, 3), BROKEN_LOGS),
  "hostile-actors": withLogs(HOSTILE_NAMES, operationsBy(HOSTILE), ALL_LOGS),
};

/** Many Organizations with the longest names: every third became open, every third is unread. */
export function largeSituation(organizations: number): Situation {
  const numbers = Array.from({ length: organizations }, (_, index) => String(index).padStart(7, "0"));
  const name = `<"${"&".repeat(252)}>`;
  const open = connection("2", "google-oauth2", { assign_membership_on_login: true, is_signup_enabled: true }, name);
  const before = numbers.map((number) => observed(number, [SAML], { name, displayName: name }));
  const now = before.map((line, index) => {
    const named = { ...NOW, name, displayName: name };
    const number = line.organizationId.slice(4);
    if (index % 3 === 0) return observed(number, [SAML, open], named);
    return index % 3 === 1 ? failed(number, carried(line), named) : observed(number, [SAML], named);
  });
  return situation(before, now);
}

/** The situation called `name`. Throws `RangeError` when there is none. */
export function situationOf(name: string): Situation {
  const found = SITUATIONS[name];
  if (found === undefined) throw new RangeError(`There is no situation called ${name}.`);
  return found;
}

/** The changes of a run, each with who made it. */
export function explainedChanges({ manifest, changes, operations }: Situation) {
  const block = new OperationBlock(null);
  for (const operation of operations) block.add(operation);
  return changes.map((change) => ({ change, who: block.attributed(change, manifest.logs), tenant: manifest.tenant }));
}

export function modelOf(situation: Situation): ReportModel {
  const { manifest, findings, operations, policy, snapshot, recent } = situation;
  const builder = new ReportBuilder({
    manifest,
    manifestSha256: sha256(encodeManifest(manifest)),
    recent,
    policy: manifest.policy === null || manifest.status === "failed" ? null : parsePolicy(policy, "the policy"),
  });
  for (const operation of operations) builder.addOperation(operation);
  for (const { change, who } of explainedChanges(situation)) builder.addChange(change, who);
  // As evidence is read: each line of the snapshot is followed by the findings about its Organization.
  const byId = Map.groupBy(findings, ({ organizationId }) => organizationId);
  for (const line of snapshot.toSorted(byOrganization)) {
    builder.addSnapshot(line);
    for (const finding of byId.get(line.organizationId) ?? []) builder.addFinding(finding);
  }
  return builder.build();
}
