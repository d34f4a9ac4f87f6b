import { describe, expect, it } from "@jest/globals";
import type { ObjectKey } from "../../lambda/domain/identifiers.ts";
import { evidenceStoreContract, stored } from "./evidence-store-contract.ts";
import { memoryEvidenceStore } from "./memory-evidence-store.ts";

evidenceStoreContract("the memory store", async () => {
  const store = memoryEvidenceStore();
  return { stores: [store, memoryEvidenceStore(store.objects)], close: async () => {} };
});

describe("the memory store's faults", () => {
  const key = "v1/x" as ObjectKey;

  it("can lose the answer of a write that happened", async () => {
    const store = memoryEvidenceStore();
    store.fault = ({ kind }) => (kind === "create" ? "answer_lost" : null);
    await expect(store.create(key, Buffer.from("1"), "text/plain")).rejects.toMatchObject({ code: "unreachable" });
    expect(await stored(store, key)).toBe("1");
  });

  it("can refuse a write, and break off a body", async () => {
    const store = memoryEvidenceStore();
    store.fault = ({ count }) => (count === 1 ? "refused" : count === 3 ? "cut_off" : null);
    await expect(store.replace(key, Buffer.from("1"), "text/plain")).rejects.toMatchObject({ code: "unreachable" });
    expect(store.objects.size).toBe(0);
    await store.create(key, Buffer.from("whole"), "text/plain");
    await expect(stored(store, key)).rejects.toMatchObject({ code: "unreachable" });
    expect(store.operations.map(({ kind }) => kind)).toEqual(["replace", "create", "read"]);
  });

  it("lets others go first", async () => {
    const store = memoryEvidenceStore();
    const rival = memoryEvidenceStore(store.objects);
    store.before = async () => {
      await rival.create(key, Buffer.from("rival"), "text/plain");
    };
    expect(await store.create(key, Buffer.from("late"), "text/plain")).toBe("exists");
    expect(store.text(key)).toBe("rival");
  });
});
