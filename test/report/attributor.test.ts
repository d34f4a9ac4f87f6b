import { describe, expect, it } from "@jest/globals";
import { attribute } from "../../lambda/attribution/attribute.ts";
import type { Change } from "../../lambda/domain/change.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { Attributor } from "../../lambda/report/attributor.ts";
import { attributed, OperationBlock } from "../../lambda/report/operation-block.ts";
import { connectionId, organizationId } from "../support/builders.ts";
import { COVERED, changed, deletingTenantWide, disabling, enabling, minute } from "../support/operations.ts";
import { situationOf } from "../support/situations.ts";

const { manifest } = situationOf("who");
const RUN = { files: [], logs: COVERED };

const idOf = (index: number) => organizationId(String(index).padStart(3, "0"));

/** Organizations with 0 to 4 operations each, in the order of time, which is not that of the Organizations. */
function operationsOf(organizations: number): readonly Operation[] {
  const own = Array.from({ length: organizations }, (_, index) =>
    Array.from({ length: index % 5 }, (_each, one) => {
      const make = one % 3 === 2 ? disabling : enabling;
      const at = minute(1 + ((index * 37 + one * 11) % 900));
      return make(`log-${index}-${one}`, at, "1", { organizationId: idOf(index) });
    }),
  );
  const all = [...own.flat(), deletingTenantWide("everywhere", minute(500), "2")];
  return all.sort((left, right) => (left.at < right.at ? -1 : 1));
}

function changesOf(organizations: number): readonly Change[] {
  return Array.from({ length: organizations }, (_, index) => [
    changed("connection_disabled", { organizationId: idOf(index), connectionId: connectionId("2") }),
    changed("connection_enabled", { organizationId: idOf(index) }),
  ]).flat();
}

async function attributions(operations: readonly Operation[], changes: readonly Change[], most: number) {
  let reads = 0;
  const attributor = new Attributor(
    RUN,
    async function* () {
      reads += 1;
      yield* operations;
    },
    most,
  );
  for (const operation of operations) attributor.add(operation);
  const found = [];
  for (const change of changes) found.push(await attributor.attributed(change));
  return { found, reads };
}

describe("who made the changes of a run", () => {
  const operations = operationsOf(60);
  const changes = changesOf(60);
  const expected = changes.map((change) => attribute(change, operations, COVERED));

  it("has every confidence and several reasons in this test", () => {
    expect(new Set(expected.map(({ because }) => because))).toEqual(
      new Set(["no_operation", "only_operation", "one_of_several", "tenant_wide"]),
    );
  });

  it.each([4, 7, 31, 1_000])("does not depend on how many operations fit into memory: %d", async (most) => {
    const { found, reads } = await attributions(operations, changes, most);
    expect(found.map((who) => who?.attribution)).toEqual(expected);
    expect(reads > 0).toBe(most < 60);
    // 120 operations, at least half of `most` in each block.
    expect(reads).toBeLessThanOrEqual(240 / most + 1);
  });

  it("names the operations", async () => {
    const { found } = await attributions(operations, changes, 7);
    for (const who of found) expect(who?.operations.map(({ logId }) => logId)).toEqual(who?.attribution.logIds);
  });

  it("is not listed for an Organization with more operations than fit", async () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      enabling(`many-${index}`, minute(1 + index), "1", { organizationId: idOf(3) }),
    );
    const { found } = await attributions([...operations, ...many], changes, 10);
    const listed = changes.map(({ organizationId: id }) => id !== idOf(3));
    expect(found.map((who) => who !== null)).toEqual(listed);
    expect(found.map((who) => who?.attribution)).toEqual(
      expected.map((each, index) => (listed[index] ? each : undefined)),
    );
  });

  it("is not listed for a run with more operations than can be read often", async () => {
    const [file] = manifest.files;
    if (file === undefined) throw new RangeError("The run has no file.");
    const files = [{ ...file, role: "operations" as const, rows: 200_001 }];
    const attributor = new Attributor({ files, logs: COVERED }, async function* () {
      yield* operations;
    });
    for (const operation of operations) attributor.add(operation);
    expect(await attributor.attributed(changed("connection_enabled"))).toBeNull();
  });

  it("names the last 20 of many operations", () => {
    const properties = ["show_as_button", "is_signup_enabled"].map((name) => ({
      name,
      previousValue: false,
      updatedValue: true,
    }));
    const parts = Array.from({ length: 30 }, (_, index) => ({
      ...enabling(`part-${index}`, minute(1 + index)),
      method: "PATCH",
      requested: { show_as_button: true },
    }));
    const { attribution, operations: named } = attributed(
      changed("connection_updated", { properties }),
      parts,
      COVERED,
    );
    expect(attribution).toMatchObject({ confidence: "likely", because: "one_of_several" });
    expect(attribution.logIds).toEqual(parts.slice(10).map(({ logId }) => logId));
    expect(named).toEqual(parts.slice(10));
  });

  it("cannot be asked of a block without the Organization", () => {
    const block = new OperationBlock(idOf(2));
    expect(() => block.attributed(changed("connection_enabled", { organizationId: idOf(1) }), COVERED)).toThrow(
      RangeError,
    );
  });
});
