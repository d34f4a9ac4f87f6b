import { type Change, SEVERITIES, type Severity } from "../domain/change.ts";
import type { Finding } from "../domain/finding.ts";
import type { OrganizationId, Sha256 } from "../domain/identifiers.ts";
import type { Operation } from "../domain/operation.ts";
import { compareText } from "../domain/order.ts";
import type { EnabledConnection } from "../domain/organization.ts";
import type { FailedOrganization, ObservedOrganization, OrganizationSnapshot } from "../domain/snapshot.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import type { Policy } from "../findings/policy.ts";
import { ActorsBuilder, type ActorsModel } from "./actors.ts";
import { type ChangeGroup, ChangeGroups } from "./change-groups.ts";
import { DisplayNames } from "./display-names.ts";
import { FindingsBuilder } from "./findings.ts";
import type { FindingsModel } from "./findings-model.ts";
import type { Attributed } from "./operation-block.ts";
import type { RecentRuns } from "./recent-runs.ts";
import { SignInBuilder, type SignInRow } from "./sign-in-rows.ts";
import { UndoneBuilder, type UndoneModel } from "./undone.ts";

/** Limits of what a report lists. The evidence has everything. */
const MAX_CHANGES = 500;
const MAX_UNREAD = 500;
const MAX_OPEN_ORGANIZATIONS = 200;

/** An Organization that this run could not read. */
export type UnreadOrganization = Pick<
  FailedOrganization,
  "organizationId" | "organizationName" | "failure" | "lastObserved"
>;

/** An Organization that people can join without an invitation, and the connections that allow it. */
export interface OpenOrganization extends Pick<ObservedOrganization, "organizationId" | "organizationName"> {
  /** Connections with `assign_membership_on_login`. */
  readonly membership: readonly EnabledConnection[];
  /** Connections with `is_signup_enabled`. */
  readonly signup: readonly EnabledConnection[];
}

/** How many enabled connections use a strategy, and in how many of the Organizations that were read. */
export interface StrategyUse {
  readonly strategy: string | null;
  readonly connections: number;
  readonly organizations: number;
}

/** Everything that a report of a run shows. Its size is bounded for any tenant. */
export interface ReportModel {
  readonly manifest: Manifest;
  /** SHA-256 of the manifest's bytes: noted elsewhere, it later proves that the chain still contains this run. */
  readonly manifestSha256: Sha256;
  readonly recent: RecentRuns;
  /** Highest severity first, then in the order of the evidence. At most `MAX_CHANGES`. */
  readonly changes: readonly Change[];
  /** Who made these changes; a change that is not in it has too many operations to attribute it. */
  readonly attributions: ReadonlyMap<Change, Attributed>;
  readonly actors: ActorsModel;
  readonly undone: UndoneModel;
  /** All changes, the same change in many Organizations once. Bounded as `ChangeGroups` is. */
  readonly groups: readonly ChangeGroup[];
  /** The display names of Organizations that are listed, where they are not their names. */
  readonly displayNames: ReadonlyMap<OrganizationId, string>;
  /** Null when the run judged nothing: it failed, or an earlier version recorded it. */
  readonly findings: FindingsModel | null;
  /** At most `MAX_UNREAD`. */
  readonly unread: readonly UnreadOrganization[];
  /** Most connections first. */
  readonly strategies: readonly StrategyUse[];
  /** Who can sign in where: the first Organizations that were read. */
  readonly signIn: readonly SignInRow[];
  /** At most `MAX_OPEN_ORGANIZATIONS`. */
  readonly open: readonly OpenOrganization[];
  readonly openTotal: number;
}

/** What is known of a run before its lines are read. */
export interface Recorded extends Pick<ReportModel, "manifest" | "manifestSha256" | "recent"> {
  /** What the run was judged by; null when it judged nothing. */
  readonly policy: Policy | null;
}

/** Builds a report from stored lines, one at a time. */
export class ReportBuilder {
  readonly #manifest: Manifest;
  readonly #manifestSha256: Sha256;
  readonly #recent: RecentRuns;
  readonly #findings: FindingsBuilder | null;
  readonly #changes: Readonly<Record<Severity, Change[]>> = { high: [], medium: [], low: [], info: [] };
  readonly #attributions = new Map<Change, Attributed>();
  readonly #actors = new ActorsBuilder();
  readonly #undone = new UndoneBuilder();
  readonly #groups = new ChangeGroups();
  /** Organizations with listed changes; null before the snapshot, which comes after the changes. */
  #changed: ReadonlySet<OrganizationId> | null = null;
  readonly #displayNames = new DisplayNames();
  readonly #signIn = new SignInBuilder();
  readonly #unread: UnreadOrganization[] = [];
  readonly #strategies = new Map<string | null, { connections: number; organizations: number }>();
  readonly #open: OpenOrganization[] = [];
  #openTotal = 0;

  constructor({ manifest, manifestSha256, recent, policy }: Recorded) {
    this.#manifest = manifest;
    this.#manifestSha256 = manifestSha256;
    this.#recent = recent;
    this.#findings = policy === null ? null : new FindingsBuilder(manifest, policy);
  }

  /** In the order of the evidence. */
  addFinding(finding: Finding): void {
    this.#findings?.add(finding);
    this.#displayNames.addFinding(finding);
    this.#signIn.addFinding(finding);
  }

  /** In the order of time. */
  addOperation(operation: Operation): void {
    this.#actors.addOperation(operation);
    this.#undone.add(operation);
  }

  /** `who` null: it is not listed. */
  addChange(change: Change, who: Attributed | null): void {
    this.#actors.addChange(change, who);
    const alike = this.#changes[change.severity];
    const isInGroup = this.#groups.add(change);
    const isListed = alike.length < MAX_CHANGES;
    if (isListed) alike.push(change);
    if (who !== null && (isInGroup || isListed)) this.#attributions.set(change, who);
  }

  /** Before the findings about the Organization. */
  addSnapshot(snapshot: OrganizationSnapshot): void {
    const { organizationId, status } = snapshot;
    this.#changed ??= new Set(this.#groups.build().flatMap(({ changes }) => changes.map((one) => one.organizationId)));
    const isUnreadListed = status === "failed" && this.#unread.length < MAX_UNREAD;
    this.#displayNames.addSnapshot(snapshot, isUnreadListed || this.#changed.has(organizationId));
    if (snapshot.status === "observed") {
      this.#signIn.add(snapshot);
      this.#addConnections(snapshot);
    }
    if (snapshot.status === "failed" && isUnreadListed) this.#unread.push(snapshot);
  }

  #addConnections({ organizationId, organizationName, enabledConnections }: ObservedOrganization): void {
    const seen = new Set<string | null>();
    for (const { strategy } of enabledConnections) {
      const use = this.#strategies.get(strategy) ?? { connections: 0, organizations: 0 };
      use.connections += 1;
      if (!seen.has(strategy)) use.organizations += 1;
      seen.add(strategy);
      this.#strategies.set(strategy, use);
    }
    const membership = enabledConnections.filter(({ assignMembershipOnLogin }) => assignMembershipOnLogin);
    const signup = enabledConnections.filter(({ isSignupEnabled }) => isSignupEnabled);
    if (membership.length === 0 && signup.length === 0) return;
    this.#openTotal += 1;
    if (this.#open.length < MAX_OPEN_ORGANIZATIONS)
      this.#open.push({ organizationId, organizationName, membership, signup });
  }

  build(): ReportModel {
    const strategies = [...this.#strategies].map(([strategy, use]) => ({ strategy, ...use }));
    const changes = SEVERITIES.flatMap((severity) => this.#changes[severity]).slice(0, MAX_CHANGES);
    const findings = this.#findings?.build() ?? null;
    return {
      manifest: this.#manifest,
      manifestSha256: this.#manifestSha256,
      recent: this.#recent,
      changes,
      attributions: this.#attributions,
      actors: this.#actors.build(),
      undone: this.#undone.build(),
      groups: this.#groups.build(),
      displayNames: this.#displayNames.build(findings),
      findings,
      unread: this.#unread,
      strategies: strategies.sort(
        (left, right) => right.connections - left.connections || compareText(left.strategy ?? "", right.strategy ?? ""),
      ),
      signIn: this.#signIn.rows,
      open: this.#open,
      openTotal: this.#openTotal,
    };
  }
}
