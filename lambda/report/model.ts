import type { Change, Severity } from "../domain/change.ts";
import { SEVERITIES } from "../domain/change.ts";
import type { OrganizationId } from "../domain/identifiers.ts";
import { compareText } from "../domain/order.ts";
import type { EnabledConnection, Failure } from "../domain/organization.ts";
import type { LastObserved, OrganizationSnapshot } from "../domain/snapshot.ts";
import type { Manifest } from "../evidence/format/manifest.ts";
import { type History, historyEntry } from "./history.ts";

/** A report shows so many changes; the evidence has them all. */
export const SHOWN_CHANGES = 500;
export const SHOWN_UNREAD = 500;
export const SHOWN_OPEN_ORGANIZATIONS = 200;

/** An Organization that this run could not read. */
export interface UnreadOrganization {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly failure: Failure;
  readonly lastObserved: LastObserved | null;
}

/** An Organization that people can join by themselves, and through which connections. */
export interface OpenOrganization {
  readonly organizationId: OrganizationId;
  readonly organizationName: string | null;
  readonly membership: readonly EnabledConnection[];
  readonly signup: readonly EnabledConnection[];
}

/** How a strategy is used over all Organizations that were read. */
export interface StrategyUse {
  readonly strategy: string | null;
  readonly connections: number;
  readonly organizations: number;
}

/** All that a report says of a run, in bounded size whatever the tenant's. */
export interface ReportModel {
  readonly manifest: Manifest;
  readonly history: History;
  /** Worst first, then in the order of the evidence; at most `SHOWN_CHANGES`. */
  readonly changes: readonly Change[];
  /** At most `SHOWN_UNREAD`. */
  readonly unread: readonly UnreadOrganization[];
  /** By use, most first. */
  readonly strategies: readonly StrategyUse[];
  /** At most `SHOWN_OPEN_ORGANIZATIONS`. */
  readonly open: readonly OpenOrganization[];
  readonly openTotal: number;
}

/** Gathers a report from stored lines as they stream by. */
export class ReportBuilder {
  readonly #manifest: Manifest;
  readonly #history: History;
  readonly #changes: Readonly<Record<Severity, Change[]>> = { high: [], medium: [], low: [], info: [] };
  readonly #unread: UnreadOrganization[] = [];
  readonly #strategies = new Map<string | null, { connections: number; organizations: number }>();
  readonly #open: OpenOrganization[] = [];
  #openTotal = 0;

  /** Without a `history` the run stands alone in it. */
  constructor(manifest: Manifest, history: History = { runs: [historyEntry(manifest)], broken: null }) {
    this.#manifest = manifest;
    this.#history = history;
  }

  addChange(change: Change): void {
    const alike = this.#changes[change.severity];
    if (alike.length < SHOWN_CHANGES) alike.push(change);
  }

  addSnapshot(snapshot: OrganizationSnapshot): void {
    if (snapshot.status === "observed") this.#addConnections(snapshot);
    if (snapshot.status === "failed" && this.#unread.length < SHOWN_UNREAD) this.#unread.push(snapshot);
  }

  #addConnections({
    organizationId,
    organizationName,
    enabledConnections,
  }: Extract<OrganizationSnapshot, { status: "observed" }>): void {
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
    if (this.#open.length < SHOWN_OPEN_ORGANIZATIONS)
      this.#open.push({ organizationId, organizationName, membership, signup });
  }

  build(): ReportModel {
    const strategies = [...this.#strategies].map(([strategy, use]) => ({ strategy, ...use }));
    return {
      manifest: this.#manifest,
      history: this.#history,
      changes: SEVERITIES.flatMap((severity) => this.#changes[severity]).slice(0, SHOWN_CHANGES),
      unread: this.#unread,
      strategies: strategies.sort(
        (left, right) => right.connections - left.connections || compareText(strategyName(left), strategyName(right)),
      ),
      open: this.#open,
      openTotal: this.#openTotal,
    };
  }
}

function strategyName({ strategy }: StrategyUse): string {
  return strategy ?? "";
}
