import { afterEach, describe, expect, it } from "@jest/globals";
import { attribute } from "../../lambda/attribution/attribute.ts";
import { readSweepLock } from "../../lambda/audit/lock.ts";
import { refusal, send } from "../../lambda/demo/answers.ts";
import type { DemoActor } from "../../lambda/demo/logs.ts";
import type { OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { Json } from "../../lambda/domain/json.ts";
import { ALWAYS, timestamp } from "../../lambda/domain/time.ts";
import { verifyTenant } from "../../lambda/evidence/verify/verify.ts";
import { DAY_MS, TENANT } from "../support/audit-harness.ts";
import { ALICE, TERRAFORM } from "../support/demo-logs.ts";
import {
  DAY_0,
  type EvidenceWithOperations,
  GOOGLE,
  LoggedTenant,
  organizationOf,
  orgId,
  withOperations,
} from "../support/logged-tenant.ts";
import { memoryEvidenceStore } from "../support/memory-evidence-store.ts";

let logged: LoggedTenant;
afterEach(() => logged.tenant.close());

/** What the script of the test says must be stored: `run`, and the line in short. */
interface Truth {
  readonly run: number;
  readonly atMs: number;
  readonly logId: string;
  readonly organization: string | null;
  readonly effect: string;
  readonly actor: string;
}

const connection = (id: string) => ({ connection_id: id, connection: { name: id, strategy: "samlp" } });
/** The day of a run over a list. */
const LIST = 1.5;
const nameOf = (actor: DemoActor) => (actor.kind === "dashboard" ? actor.name : actor.clientName);

/** A tenant whose every operation is written down with what must become of it. */
class Script {
  readonly truth: Truth[] = [];
  /** Of every entry that the audit searches for: when it happened, and when it appeared. */
  readonly entries: { readonly atMs: number; readonly appearsMs: number }[] = [];
  readonly names = new Map<string, string>();

  at(day: number, minutes: number): number {
    return DAY_0 + day * DAY_MS + minutes * 60_000;
  }

  /** `lines`: for each run that stores it, the Organization's letter (null: none) and the effect. */
  wrote(
    name: string,
    logId: string,
    atMs: number,
    actor: string,
    lines: readonly (readonly [run: number, organization: string | null, effect: string])[],
    lateMs = 0,
  ): void {
    this.names.set(logId, name);
    this.entries.push({ atMs, appearsMs: atMs + lateMs });
    for (const [run, letter, effect] of lines)
      this.truth.push({ run, atMs, logId, organization: letter && orgId(letter), effect, actor });
  }

  linesOf(run: number): readonly string[] {
    return this.truth
      .filter((one) => one.run === run)
      .sort((left, right) => (this.#order(left) < this.#order(right) ? -1 : 1))
      .map((one) => [this.names.get(one.logId), one.organization?.at(-1) ?? "-", one.effect, one.actor].join(" "));
  }

  #order({ atMs, logId, organization }: Truth): string {
    return `${new Date(atMs).toISOString()} ${logId} ${organization ?? ""}`;
  }

  linesIn({ operations }: EvidenceWithOperations): readonly string[] {
    return operations.map(({ actor, effect, logId, organizationId }) =>
      [this.names.get(logId), organizationId?.at(-1) ?? "-", effect, actor.name].join(" "),
    );
  }

  /** How many entries a search from one time to another finds at the later one. */
  entriesIn(fromMs: number, untilMs: number): number {
    return this.entries.filter(({ appearsMs, atMs }) => atMs >= fromMs && atMs <= untilMs && appearsMs <= untilMs)
      .length;
  }

  /** Each change with who made it, as any reader of the stored lines tells it: `X connection_enabled certain why by`. */
  attributed({ changes, manifest, operations }: EvidenceWithOperations): readonly string[] {
    return changes.map((change) => {
      const { because, confidence, logIds } = attribute(change, operations, manifest.logs);
      const by = logIds.map((logId) => this.names.get(logId)).join();
      return `${change.organizationId.at(-1)} ${change.change} ${confidence} ${because} ${by}`.trim();
    });
  }
}

function counted(lines: readonly string[]) {
  const count = (confidence: string) => lines.filter((line) => line.split(" ")[2] === confidence).length;
  return { certain: count("certain"), likely: count("likely"), none: count("none") };
}

describe("the operations of runs over a tenant whose every operation is known", () => {
  it("equal the script of the tenant, line by line, from run to run", async () => {
    const shared = [connection("con_shared"), connection("con_pair"), connection("con_late")];
    const [gh, bc, ao] = shared;
    if (gh === undefined || bc === undefined || ao === undefined) throw new RangeError("A connection is missing.");
    logged = await LoggedTenant.start([
      organizationOf("A", ao),
      organizationOf("B", bc),
      organizationOf("C", bc),
      organizationOf("D"),
      organizationOf("E", GOOGLE),
      organizationOf("G", gh),
      organizationOf("H", gh),
      ...["I", "J", "K", "L", "M"].map((letter) => organizationOf(letter)),
      organizationOf("O", ao),
    ]);
    const { tenant } = logged;
    const store = memoryEvidenceStore();
    const script = new Script();
    const as = { alice: tenant.operator(ALICE), terraform: tenant.operator(TERRAFORM) };
    const [alice, terraform] = [nameOf(ALICE), nameOf(TERRAFORM)];
    const path = (letter: string) => `/api/v2/organizations/${orgId(letter)}/enabled_connections/con_saml_${letter}`;
    const deleteConnection = (id: string, atMs: number) => {
      for (const one of tenant.organizations.values())
        one.connections = one.connections.filter((had) => had.connection_id !== id);
      return tenant.logs.record(ALICE, { method: "DELETE", path: `/api/v2/connections/${id}`, atMs });
    };
    const ticket = (letters: readonly string[], atMs: number) => {
      const enabled_organizations: Json = letters.map((letter) => ({ organization_id: orgId(letter) }));
      const request = { method: "POST", path: "/api/v2/self-service-profiles/ssp_1/sso-ticket" } as const;
      return tenant.logs.record(ALICE, { ...request, body: { enabled_organizations }, statusCode: 201, atMs });
    };
    const doing = (letter: string, act: () => void) => {
      let isDone = false;
      logged.during = ({ id, route }) => {
        if (route !== "connections" || id !== orgId(letter) || isDone) return false;
        isDone = true;
        act();
        return false;
      };
    };

    // Run 0 sets the baseline. While it reads M, A is changed, which it has read.
    doing("M", () => {
      const [atMs, flags] = [logged.nowMs, { show_as_button: false }];
      script.wrote("early", as.terraform.update(orgId("A"), "con_saml_A", flags), atMs, terraform, [
        [0, "A", "unknown"],
        [1, "A", "change"],
      ]);
    });
    const run0 = await logged.evidence(0, store);
    expect(script.linesIn(run0)).toEqual(script.linesOf(0));
    expect(run0.changes).toEqual([]);

    const day0 = (minutes: number) => ({ atMs: script.at(0, minutes) });
    for (let index = 0; index < 2_345; index += 1) {
      const when = day0(100 + index / 10);
      tenant.logs.record(TERRAFORM, { method: "PATCH", path: `/api/v2/users/${index}`, ...when });
      tenant.logs.add({ type: "s", user_name: "someone" }, when.atMs);
      script.entries.push({ atMs: when.atMs, appearsMs: when.atMs });
    }
    const wrote = (
      name: string,
      minutes: number,
      actor: string,
      logId: string,
      letter: string | null,
      effect: string,
    ) => script.wrote(name, logId, script.at(0, minutes), actor, [[1, letter, effect]]);
    wrote("opened", 10, alice, as.alice.enable(orgId("A"), GOOGLE, day0(10)), "A", "undone");
    wrote("closed", 52, alice, as.alice.disable(orgId("A"), "con_google", day0(52)), "A", "none");
    const assign = { assign_membership_on_login: true };
    const signup = { is_signup_enabled: true };
    wrote("member", 100, terraform, as.terraform.update(orgId("B"), "con_saml_B", assign, day0(100)), "B", "change");
    wrote("empty", 101, terraform, as.terraform.update(orgId("B"), "con_saml_B", {}, day0(101)), "B", "none");
    const refused = { method: "PATCH", path: path("B"), body: signup, statusCode: 403 } as const;
    wrote("refused", 102, alice, tenant.logs.record(ALICE, { ...refused, ...day0(102) }), "B", "none");
    wrote("signup", 110, terraform, as.terraform.update(orgId("C"), "con_saml_C", signup, day0(110)), "C", "change");
    wrote("again", 111, alice, as.alice.update(orgId("C"), "con_saml_C", signup, day0(111)), "C", "none");
    wrote("renamed", 300, alice, as.alice.rename(orgId("D"), { name: "delta" }, day0(300)), "D", "change");
    wrote("deleted", 310, alice, as.alice.delete(orgId("E"), day0(310)), "E", "change");
    wrote("created", 320, terraform, as.terraform.create(organizationOf("F", GOOGLE), day0(320)), "F", "change");
    // It is recorded again while an Organization that was not read may have had the connection.
    script.wrote("everywhere", deleteConnection("con_shared", script.at(0, 400)), script.at(0, 400), alice, [
      [1, null, "change"],
      [LIST, null, "unknown"],
      [2, null, "none"],
    ]);
    const patched = { method: "PATCH", path: "/api/v2/connections/con_saml_A", body: { options: {} } } as const;
    wrote("patched", 410, terraform, tenant.logs.record(TERRAFORM, { ...patched, ...day0(410) }), null, "unknown");
    script.wrote(
      "unread",
      as.terraform.update(orgId("I"), "con_saml_I", signup, day0(420)),
      script.at(0, 420),
      terraform,
      [
        [1, "I", "unknown"],
        [2, "I", "change"],
      ],
    );
    const ticketId = ticket(["L", "K", "K"], script.at(0, 500));
    script.wrote("ticket", ticketId, script.at(0, 500), alice, [
      [1, "K", "unknown"],
      [1, "L", "unknown"],
    ]);
    tenant.organizations.enable(orgId("K"), connection("con_sso"));
    const member = { user_id: "auth0|mel", user_name: "Mel", details: { request: { path: `/x/${orgId("M")}` } } };
    const type = "my_organization_api_identity_provider_updated";
    wrote("mine", 510, "Mel", tenant.logs.add({ type, ...member }, script.at(0, 510)), "M", "unknown");
    tenant.organizations.update(orgId("M"), "con_saml_M", { show_as_button: false });
    wrote("brief", 520, alice, as.alice.create(organizationOf("N"), day0(520)), "N", "undone");
    wrote("gone", 530, alice, as.alice.delete(orgId("N"), day0(530)), "N", "none");
    const lateMs = 10 * 60_000;
    const late = { atMs: script.at(1, -2), lateMs };
    const lateId = as.alice.update(orgId("J"), "con_saml_J", { show_as_button: false }, late);
    script.wrote("late", lateId, late.atMs, alice, [[2, "J", "none"]], lateMs);

    // I cannot be read, and a connection of A, which was read, and of O, which was not, is deleted.
    logged.during = ({ id, response, route }) => {
      if (route !== "connections") return false;
      if (id === orgId("I")) {
        send(response, refusal(500, "Internal Server Error", "Try again."));
        return true;
      }
      if (id === orgId("O") && script.names.values().every((name) => name !== "midway"))
        script.wrote("midway", deleteConnection("con_late", logged.nowMs), logged.nowMs, alice, [
          [1, null, "change"],
          [LIST, null, "unknown"],
          [2, null, "change"],
        ]);
      return false;
    };
    const run1 = await logged.evidence(1, store);
    logged.during = () => false;
    expect(script.linesIn(run1)).toEqual(script.linesOf(1));
    const told1 = script.attributed(run1);
    expect(told1).toEqual([
      "A connection_updated certain only_operation early",
      "B connection_updated certain only_operation member",
      "C connection_updated likely one_of_several again",
      "D organization_renamed certain only_operation renamed",
      "E organization_deleted certain only_operation deleted",
      "E connection_disabled likely organization_only deleted",
      "E connection_disabled likely organization_only deleted",
      "F organization_created certain only_operation created",
      "F connection_enabled certain only_operation created",
      "F connection_enabled certain only_operation created",
      "G connection_disabled likely tenant_wide everywhere",
      "H connection_disabled likely tenant_wide everywhere",
      "J connection_updated none no_operation",
      "K connection_enabled likely organization_only ticket",
      "M connection_updated likely organization_only mine",
      "O connection_disabled likely tenant_wide midway",
    ]);
    expect(run1.manifest.summary).toMatchObject({ attribution: counted(told1), undone: 2 });
    const undone = run1.operations.flatMap((one) => one.undone);
    expect(
      undone.map(({ change, undoneBy }) => [change.change, change.severity, script.names.get(undoneBy ?? "")]),
    ).toEqual([
      ["connection_enabled", "high", "closed"],
      ["organization_created", "medium", "gone"],
      ["connection_enabled", "medium", "gone"],
    ]);
    const { logs } = run1.manifest;
    const readFrom = Date.parse(run0.manifest.logs?.until ?? "") - 10 * 60_000;
    expect(logs).toMatchObject({ complete: true, because: null, from: timestamp(readFrom) });
    expect(logs?.entries).toBe(script.entriesIn(readFrom, Date.parse(logs?.until ?? "")));

    // A run over a list keeps what is about its Organizations, and takes nothing from the sweep.
    const day1 = (minutes: number) => ({ atMs: script.at(1, minutes) });
    script.wrote(
      "listed",
      as.terraform.update(orgId("B"), "con_saml_B", signup, day1(60)),
      script.at(1, 60),
      terraform,
      [[LIST, "B", "change"]],
    );
    const hidden = { show_as_button: false };
    script.wrote("unlisted", as.alice.update(orgId("C"), "con_saml_C", hidden, day1(70)), script.at(1, 70), alice, [
      [2, "C", "change"],
    ]);
    script.wrote("both", ticket(["B", "C"], script.at(1, 80)), script.at(1, 80), alice, [
      [LIST, "B", "unknown"],
      [2, "C", "unknown"],
    ]);
    script.wrote("pair", deleteConnection("con_pair", script.at(1, 90)), script.at(1, 90), alice, [
      [LIST, null, "change"],
      [2, null, "change"],
    ]);
    const list = await logged.evidence(LIST, store, { organizations: [orgId("B") as OrganizationId] });
    expect(script.linesIn(list)).toEqual(script.linesOf(LIST));
    expect(script.attributed(list)).toEqual([
      "B connection_disabled likely tenant_wide pair",
      "B connection_updated likely one_of_several listed",
    ]);
    expect(list.manifest.summary).toMatchObject({ attribution: counted(script.attributed(list)) });

    const run2 = await logged.evidence(2, store);
    expect(script.linesIn(run2)).toEqual(script.linesOf(2));
    expect(script.attributed(run2)).toEqual([
      "A connection_disabled likely tenant_wide midway",
      "C connection_disabled likely tenant_wide pair",
      "C connection_updated likely one_of_several unlisted",
      "I connection_updated certain only_operation unread",
    ]);
    expect(run2.manifest.summary).toMatchObject({ attribution: counted(script.attributed(run2)), undone: 0 });

    // What was handed on is known since the run that read it.
    expect(run2.manifest.logs).toMatchObject({ complete: true, from: logs?.from });

    const run3 = await logged.evidence(3, store);
    expect([run3.operations, run3.changes, run3.manifest.logs?.complete]).toEqual([[], [], true]);
    const verified = await verifyTenant(store, {
      tenant: TENANT,
      range: ALWAYS,
      isSignature: null,
      anchors: [],
      notedHead: (await readSweepLock(store, TENANT)).head,
      nowMs: logged.nowMs,
      onProblem: (problem) => expect(problem).toBeNull(),
    });
    expect(verified).toMatchObject({ runs: 5, problems: 0, unnamedParts: 0 });
  });

  it("do not come and go when they are made while the Organization is read", async () => {
    logged = await LoggedTenant.start(["A", "B"].map((letter) => organizationOf(letter)));
    const store = memoryEvidenceStore();
    await logged.evidence(0, store);
    const { organizations, logs } = logged.tenant;
    logged.during = ({ id, route }) => {
      if (route !== "connections") return false;
      // The log has the operation a moment before the answer, and the answer does not have it.
      const path = `/api/v2/organizations/${orgId("A")}/enabled_connections`;
      if (id === orgId("A")) logs.record(ALICE, { method: "POST", path, body: { connection_id: "con_google" } });
      else organizations.enable(orgId("A"), GOOGLE);
      return false;
    };
    const { changes, manifest, operations } = await logged.evidence(1, store);
    logged.during = () => false;
    expect(changes).toEqual([]);
    expect(operations).toMatchObject([{ effect: "unknown", undone: [] }]);
    expect(manifest.summary.undone).toBe(0);
    const next = await logged.evidence(2, store);
    expect(next.changes).toMatchObject([{ change: "connection_enabled" }]);
    expect(next.manifest.summary.attribution.certain).toBe(0);
  });

  it("are in the next sweep where an update read them and had nothing to record, and count as known", async () => {
    logged = await LoggedTenant.start(["A", "B"].map((letter) => organizationOf(letter)));
    const store = memoryEvidenceStore();
    const sweep = await logged.evidence(0, store);
    const alice = logged.tenant.operator(ALICE);
    const update = (hour: number) => {
      logged.nowMs = DAY_0 + hour * 3_600_000;
      logged.tenant.rotateToken();
      return logged.run(0, store, { kind: "update", scheduledAt: timestamp(logged.nowMs) });
    };
    const at = (hour: number) => ({ atMs: DAY_0 + hour * 3_600_000 - 1_200_000 });
    const path = `/api/v2/organizations/${orgId("A")}/enabled_connections/con_saml_A`;
    const refused = logged.tenant.logs.record(ALICE, { method: "PATCH", path, statusCode: 403, ...at(2) });
    expect((await update(2)).kind).toBe("nothing_hinted");
    const opened = alice.enable(orgId("A"), GOOGLE, at(4));
    const first = await withOperations(store, await update(4));
    expect(first.operations.map(({ effect, logId }) => [logId, effect])).toEqual([[opened, "change"]]);
    expect(first.manifest.logs).toMatchObject({ complete: true, from: sweep.manifest.logs?.from });
    expect(first.manifest.summary.attribution).toEqual({ certain: 1, likely: 0, none: 0 });
    // An hour later, of an Organization that only the sweep has read.
    const hidden = alice.update(orgId("B"), "con_saml_B", { show_as_button: false }, at(6));
    const second = await withOperations(store, await update(6));
    expect(second.operations.map(({ logId }) => logId)).toEqual([hidden]);
    expect(second.manifest.summary.attribution).toEqual({ certain: 1, likely: 0, none: 0 });
    const next = await logged.evidence(1, store);
    expect(next.operations.map(({ effect, logId }) => [logId, effect])).toEqual([[refused, "none"]]);
    // It reads again what updates read, and found nothing else.
    const since = Date.parse(sweep.manifest.logs?.until ?? "") - 10 * 60_000;
    expect(next.manifest.logs).toMatchObject({ complete: true, from: timestamp(since) });
  });
});
