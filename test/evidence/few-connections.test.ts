import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { ObjectKey, OrganizationId } from "../../lambda/domain/identifiers.ts";
import type { OrganizationSnapshot } from "../../lambda/domain/snapshot.ts";
import { encodeSnapshot } from "../../lambda/evidence/format/lines.ts";
import { readFewConnections } from "../../lambda/evidence/state/few-connections.ts";
import { mayBeAbout, mayName } from "../../lambda/evidence/state/raw-line.ts";
import { readConnections } from "../../lambda/evidence/state/sharing.ts";
import type { StateLayer } from "../../lambda/evidence/state/state.ts";
import { PART_CONTENT_TYPE, PartWriter } from "../../lambda/evidence/store/part-writer.ts";
import { connection, connectionId, observed, organizationId } from "../support/builders.ts";
import { type MemoryEvidenceStore, memoryEvidenceStore } from "../support/memory-evidence-store.ts";

/** Each Organization's connections by number; an Organization that a layer lacks has no line there. */
type Layer = readonly (readonly number[] | null)[];

async function stored(store: MemoryEvidenceStore, layer: Layer, index: number, isSweep: boolean): Promise<StateLayer> {
  const writer = new PartWriter<"snapshot">("snapshot", `part-${index}` as ObjectKey);
  for (const [number, connections] of layer.entries())
    if (connections !== null) {
      const line: OrganizationSnapshot = observed(
        String(number),
        connections.map((one) => connection(String(one), "samlp")),
      );
      await writer.add(line.organizationId, encodeSnapshot(line));
    }
  const { body, file } = await writer.finish();
  await store.create(file.key, body, PART_CONTENT_TYPE);
  return { kind: isSweep ? "sweep" : "update", scope: "all", files: [file] };
}

describe("what a state tells of a few connections", () => {
  it("is what a reading of the whole state tells of them", async () => {
    const connections = fc.uniqueArray(fc.nat(5), { maxLength: 3 });
    const sweep = fc.array(connections, { minLength: 6, maxLength: 6 });
    const update = fc.array(fc.option(connections), { minLength: 6, maxLength: 6 });
    const property = fc.asyncProperty(sweep, fc.array(update, { maxLength: 3 }), async (base, updates) => {
      const store = memoryEvidenceStore();
      const layers: StateLayer[] = [];
      for (const [index, layer] of updates.entries()) layers.push(await stored(store, layer, index, false));
      layers.push(await stored(store, base, updates.length, true));
      const asked = [0, 1, 2, 3].map((number) => connectionId(String(number)));
      const few = await readFewConnections(store, layers, new Set(asked));
      const all = await readConnections(store, layers, new Set(asked));
      for (const id of asked) expect(few.sharing.isShared(id)).toBe(all.sharing.isShared(id));
      const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1);
      expect([...few.described].sort(byId)).toEqual([...all.described].sort(byId));
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it("needs no line that cannot matter, and never misses one that does", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (id, name) => {
        const line = observed("7", [connection("1", "samlp", { connection_id: id }, name)]);
        const text = encodeSnapshot({ ...line, organizationId: id as OrganizationId });
        expect([mayName(text, new Set([id])), mayBeAbout(text, new Set([id]))]).toEqual([true, true]);
      }),
    );
    const text = encodeSnapshot(observed("7", [connection("1", "samlp")]));
    expect(mayName(text, new Set([connectionId("2"), organizationId("7")]))).toBe(false);
    expect(mayBeAbout(text, new Set([organizationId("8"), connectionId("1")]))).toBe(false);
  });
});
