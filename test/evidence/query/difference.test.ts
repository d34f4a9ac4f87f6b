import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Change } from "../../../lambda/domain/change.ts";
import type { OrganizationId } from "../../../lambda/domain/identifiers.ts";
import type { JsonObject } from "../../../lambda/domain/json.ts";
import { ALWAYS } from "../../../lambda/domain/time.ts";
import { encodeChange } from "../../../lambda/evidence/format/lines.ts";
import type { Manifest } from "../../../lambda/evidence/format/manifest.ts";
import { diffRuns } from "../../../lambda/evidence/query/difference.ts";
import { RecordedRuns } from "../../../lambda/evidence/query/recorded-runs.ts";
import { changesOf } from "../../../lambda/evidence/query/run-lines.ts";
import { enabledConnections } from "../../support/arbitraries.ts";
import { ids, TENANT } from "../../support/audit-harness.ts";
import { auditDays, type Day } from "../../support/audited-days.ts";
import { memoryEvidenceStore } from "../../support/memory-evidence-store.ts";

const ORGANIZATIONS = ids("1", "2", "3", "4", "5");

/** What a day does to an Organization. An ID is used once: Auth0 gives it to no second Organization. */
type Move =
  | { readonly kind: "set"; readonly wires: readonly JsonObject[] }
  | { readonly kind: "stay" | "not_read" | "leave" };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: enabledConnections.map((all) => ({ kind: "set" as const, wires: all.map(({ wire }) => wire) })),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "stay" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "not_read" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "leave" as const }) },
);

const days: fc.Arbitrary<readonly Day[]> = fc
  .array(
    fc.record({
      fails: fc.integer({ min: 0, max: 9 }).map((chance) => chance === 0),
      moves: fc.tuple(...ORGANIZATIONS.map(() => move)),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map(play);

/** A move comes into effect whether or not somebody looks. An Organization comes with its first `set`. */
function play(all: readonly { readonly fails: boolean; readonly moves: readonly Move[] }[]): readonly Day[] {
  const state = new Map<OrganizationId, readonly JsonObject[]>();
  const gone = new Set<OrganizationId>();
  return all.map(({ fails, moves }) => {
    const unreadable = new Set<OrganizationId>();
    for (const [index, id] of ORGANIZATIONS.entries()) {
      const made = moves[index];
      if (made === undefined || gone.has(id)) continue;
      if (made.kind === "set") state.set(id, made.wires);
      if (made.kind === "not_read") unreadable.add(id);
      if (made.kind === "leave" && state.delete(id)) gone.add(id);
    }
    return { connections: new Map(state), unreadable, fails };
  });
}

async function audited(all: readonly Day[]) {
  const store = memoryEvidenceStore();
  await auditDays(store, all);
  const recordedRuns = await RecordedRuns.read(store, TENANT);
  const runs = recordedRuns.within(ALWAYS);
  const recorded = new Map<Manifest, readonly Change[]>();
  for (const run of runs) recorded.set(run, await Array.fromAsync(changesOf(store, run)));
  return { recordedRuns, store, recorded, withSnapshot: runs.filter(({ status }) => status !== "failed") };
}

type Net = ReadonlyMap<string, string>;

/**
 * What changes come to, one after the other: for each Organization whether it came or went, for each connection whether it
 * was enabled or disabled, and from what to what its properties and names went. What comes and goes again is nothing.
 */
function compose(changes: readonly Change[]): Net {
  const presence = new Map<string, number>();
  const properties = new Map<string, { readonly previous: string; readonly updated: string }>();
  for (const { change, connectionId, organizationId, properties: changed } of changes) {
    const subject = connectionId === null ? organizationId : `${organizationId} ${connectionId}`;
    const step = STEP[change];
    if (step !== 0) presence.set(subject, (presence.get(subject) ?? 0) + step);
    for (const { name, previousValue, updatedValue } of changed) {
      const key = `${subject} ${name}`;
      const previous = properties.get(key)?.previous ?? JSON.stringify(previousValue);
      properties.set(key, { previous, updated: JSON.stringify(updatedValue) });
    }
  }
  const net = new Map<string, string>();
  for (const [subject, sum] of presence) if (sum !== 0) net.set(subject, sum > 0 ? "came" : "went");
  for (const [key, { previous, updated }] of properties) {
    const subject = key.slice(0, key.lastIndexOf(" "));
    // An enabled connection is reported with its properties, a disabled one without.
    const isMoved = [...presence.keys()].some((moved) => subject === moved || subject.startsWith(`${moved} `));
    if (previous !== updated && !isMoved) net.set(key, `${previous} to ${updated}`);
  }
  return net;
}

const STEP: Readonly<Record<Change["change"], -1 | 0 | 1>> = {
  connection_enabled: 1,
  connection_disabled: -1,
  connection_updated: 0,
  organization_created: 1,
  organization_deleted: -1,
  organization_renamed: 0,
  scope_added: 1,
  scope_removed: -1,
};

describe("the difference between two runs", () => {
  it("of neighbours is what the audit recorded, byte for byte", async () => {
    await fc.assert(
      fc.asyncProperty(days, async (all) => {
        const { recorded, recordedRuns, store, withSnapshot } = await audited(all);
        for (const [index, run] of withSnapshot.slice(1).entries()) {
          const before = withSnapshot[index];
          if (before === undefined) throw new Error("There is no run before it.");
          const told = await Array.fromAsync(diffRuns(store, recordedRuns, before, run));
          expect(told.map(encodeChange)).toEqual((recorded.get(run) ?? []).map(encodeChange));
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it("is the composition of the changes recorded in between, also with unread Organizations", async () => {
    await fc.assert(
      fc.asyncProperty(days, async (all) => {
        const { recorded, recordedRuns, store, withSnapshot } = await audited(all);
        for (const [first, from] of withSnapshot.entries())
          for (const to of withSnapshot.slice(first)) {
            const between = withSnapshot.filter(({ runId }) => runId > from.runId && runId <= to.runId);
            const changes = between.flatMap((run) => recorded.get(run) ?? []);
            const told = await Array.fromAsync(diffRuns(store, recordedRuns, from, to));
            const moved = reenabled(changes);
            const comparable = (net: Net) =>
              [...net].filter(([key]) => !moved.some((one) => key.startsWith(`${one} `)));
            expect(new Map(comparable(compose(told)))).toEqual(new Map(comparable(compose(changes))));
          }
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

/** Connections that were disabled and enabled again: the lines in between do not tell with which flags. */
function reenabled(changes: readonly Change[]): readonly string[] {
  const disabled = new Set<string>();
  const again = new Set<string>();
  for (const { change, connectionId, organizationId } of changes) {
    const subject = `${organizationId} ${connectionId}`;
    if (change === "connection_disabled") disabled.add(subject);
    if (change === "connection_enabled" && disabled.has(subject)) again.add(subject);
  }
  return [...again];
}
