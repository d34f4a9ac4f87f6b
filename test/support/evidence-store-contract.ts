import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { EvidenceStoreError } from "../../lambda/domain/errors.ts";
import type { ObjectKey } from "../../lambda/domain/identifiers.ts";
import type { EvidenceStore } from "../../lambda/evidence/store/port.ts";

/** An empty place, and two clients of it that know nothing of each other. */
export interface OpenedStore {
  readonly stores: readonly [EvidenceStore, EvidenceStore];
  close(): Promise<void>;
}

const TEXT = "text/plain";
const key = (text: string) => text as ObjectKey;
const bytes = (text: string) => Buffer.from(text);

/** The whole of an object as text; null when there is none. */
export async function stored(store: EvidenceStore, name: string): Promise<string | null> {
  const object = await store.read(key(name));
  return object && Buffer.concat(await Array.fromAsync(object.body)).toString("latin1");
}

async function listed(store: EvidenceStore, prefix: string, startAfter?: string): Promise<string[]> {
  return Array.fromAsync(store.list(prefix, startAfter));
}

/** What every evidence store promises, whatever it is made of. */
export function evidenceStoreContract(name: string, open: () => Promise<OpenedStore>, runs = 30): void {
  describe(`${name} as an evidence store`, () => {
    let opened: OpenedStore;
    let store: EvidenceStore;
    let other: EvidenceStore;
    beforeEach(async () => {
      opened = await open();
      [store, other] = opened.stores;
    });
    afterEach(() => opened.close());

    it("gives back what was created, to every client", async () => {
      expect(await store.create(key("v1/a/x.json"), bytes("one"), TEXT)).toBe("created");
      expect(await stored(store, "v1/a/x.json")).toBe("one");
      expect(await stored(other, "v1/a/x.json")).toBe("one");
    });

    it("holds empty objects and objects of many pieces", async () => {
      const large = randomBytes(3 * 1024 * 1024 + 17);
      await store.create(key("empty"), bytes(""), TEXT);
      await store.create(key("large"), large, TEXT);
      expect(await stored(store, "empty")).toBe("");
      expect(await stored(other, "large")).toBe(large.toString("latin1"));
      expect((await store.read(key("large")))?.etag).toBe((await other.read(key("large")))?.etag);
    });

    it("never touches an object that exists", async () => {
      await store.create(key("x"), bytes("first"), TEXT);
      const version = (await store.read(key("x")))?.etag;
      expect(await other.create(key("x"), bytes("second"), TEXT)).toBe("exists");
      expect(await stored(store, "x")).toBe("first");
      expect((await store.read(key("x")))?.etag).toBe(version);
    });

    it("creates an object once, however many try at the same time", async () => {
      const contents = Array.from({ length: 12 }, (_, index) => `content ${index}`);
      const outcomes = await Promise.all(
        contents.map((content, index) => (index % 2 ? store : other).create(key("v1/claim"), bytes(content), TEXT)),
      );
      expect(outcomes.filter((outcome) => outcome === "created")).toHaveLength(1);
      expect(await stored(store, "v1/claim")).toBe(contents[outcomes.indexOf("created")]);
    });

    it.each(["v1/b", "v1", "v1/a/b"])("has no object %s beside v1/a", async (name) => {
      await store.create(key("v1/a"), bytes("1"), TEXT);
      expect(await store.read(key(name))).toBeNull();
      expect(await store.exists(key(name))).toBe(false);
    });

    it("knows which objects exist, without their content", async () => {
      const large = Buffer.alloc(9 * 1024 * 1024);
      expect(await store.exists(key("v1/a"))).toBe(false);
      await store.create(key("v1/a"), bytes("1"), TEXT);
      await store.replace(key("v1/empty"), bytes(""), TEXT);
      await store.replace(key("v1/large"), large, TEXT);
      for (const name of ["v1/a", "v1/empty", "v1/large"]) expect(await other.exists(key(name))).toBe(true);
    });

    it("replaces the object, and a new version has a new etag", async () => {
      const first = await store.replace(key("x"), bytes("1"), TEXT);
      expect(first).toBe((await other.read(key("x")))?.etag);
      const second = await other.replace(key("x"), bytes("2"), TEXT);
      expect(await stored(store, "x")).toBe("2");
      expect(second).toBe((await store.read(key("x")))?.etag);
      expect(second).not.toBe(first);
    });

    it("replaces only the version that is named", async () => {
      const first = await store.replace(key("x"), bytes("1"), TEXT);
      const second = await other.replace(key("x"), bytes("2"), TEXT, { ifMatch: first });
      expect(second).not.toBeNull();
      expect(await store.replace(key("x"), bytes("3"), TEXT, { ifMatch: first })).toBeNull();
      expect(await store.replace(key("x"), bytes("3"), TEXT, { ifMatch: null })).toBeNull();
      expect(await stored(store, "x")).toBe("2");
    });

    it("replaces where none stands only when none is named", async () => {
      const version = await store.replace(key("elsewhere"), bytes("1"), TEXT);
      expect(await store.replace(key("x"), bytes("1"), TEXT, { ifMatch: version })).toBeNull();
      expect(await store.read(key("x"))).toBeNull();
      expect(await store.replace(key("x"), bytes("1"), TEXT, { ifMatch: null })).not.toBeNull();
      expect(await stored(other, "x")).toBe("1");
    });

    it("loses no update among clients that compare and swap", async () => {
      const increments = 8;
      const increase = async (client: EvidenceStore): Promise<void> => {
        for (let done = 0; done < increments; ) {
          const object = await client.read(key("v1/counter"));
          const count = object === null ? 0 : Number(Buffer.concat(await Array.fromAsync(object.body)).toString());
          const condition = { ifMatch: object?.etag ?? null };
          if ((await client.replace(key("v1/counter"), bytes(String(count + 1)), TEXT, condition)) !== null) done += 1;
        }
      };
      await Promise.all([increase(store), increase(other), increase(store), increase(other)]);
      expect(await stored(store, "v1/counter")).toBe(String(4 * increments));
    });

    it("lists keys in the order of their bytes, over folders too", async () => {
      const keys = ["a/b", "a-b/c", "a.b", "a0", "a/B", "aa/b/c", "b", "A"];
      for (const one of keys) await store.create(key(one), bytes(one), TEXT);
      expect(await listed(store, "")).toEqual(["A", "a-b/c", "a.b", "a/B", "a/b", "a0", "aa/b/c", "b"]);
      expect(await listed(other, "a/")).toEqual(["a/B", "a/b"]);
      expect(await listed(store, "a")).toEqual(["a-b/c", "a.b", "a/B", "a/b", "a0", "aa/b/c"]);
      expect(await listed(store, "a", "a/B")).toEqual(["a/b", "a0", "aa/b/c"]);
      expect(await listed(store, "a/", "b")).toEqual([]);
      expect(await listed(store, "nothing/")).toEqual([]);
    });

    it("lists more than a thousand keys, and stops when the caller stops reading", async () => {
      const keys = Array.from({ length: 1_050 }, (_, index) => `v1/many/${String(index).padStart(5, "0")}`);
      await Promise.all(keys.map((one, index) => (index % 2 ? store : other).create(key(one), bytes("x"), TEXT)));
      expect(await listed(store, "v1/many/")).toEqual(keys);
      expect(await listed(store, "v1/many/010", "v1/many/01047")).toEqual(["v1/many/01048", "v1/many/01049"]);
      for await (const first of store.list("v1/many/")) {
        expect(first).toBe(keys[0]);
        break;
      }
    });

    it.each(["", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "../a", "a b", "ä", "a\\b", "a\0", "a~", "%2e", "\n"])(
      "refuses %j as a key",
      async (name) => {
        const refusal = { name: "EvidenceStoreError", code: "invalid_location" };
        await expect((async () => store.create(key(name), bytes("x"), TEXT))()).rejects.toMatchObject(refusal);
        await expect((async () => store.replace(key(name), bytes("x"), TEXT))()).rejects.toMatchObject(refusal);
        await expect((async () => store.read(key(name)))()).rejects.toBeInstanceOf(EvidenceStoreError);
        await expect((async () => store.exists(key(name)))()).rejects.toBeInstanceOf(EvidenceStoreError);
        expect(await listed(store, "")).toEqual([]);
      },
    );

    const segment = fc.constantFrom("a", "b", "a-b", "a=1", "A", "0", "a.b", "a_");
    // A file has an ending that no folder has: a folder cannot hold both `a` and `a/b`.
    const name_ = fc.tuple(fc.array(segment, { maxLength: 3 }), segment).map((parts) => `${parts.flat().join("/")}.x`);

    it("lists any set of keys as sorting and filtering would", async () => {
      const part = fc.constantFrom("", "a", "a/", "a-", "a/b", "a/a", "A", "b.x", "a=1/", "0/a");
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(name_, { maxLength: 25 }), part, part, async (names, prefix, after) => {
          round += 1;
          const root = `round-${round}/`;
          for (const one of names) await store.create(key(root + one), bytes(one), TEXT);
          const expected = names
            .map((one) => root + one)
            .filter((one) => one.startsWith(root + prefix) && one > root + after)
            .sort();
          expect(await listed(other, root + prefix, root + after)).toEqual(expected);
        }),
        { numRuns: runs },
      );
    });

    it("behaves as a map would, whatever is done in whatever order", async () => {
      const content = fc.constantFrom("", "1", "2", "three");
      const target = fc.constantFrom("m/a.x", "m/b.x", "m/c/a.x");
      const command = fc.oneof(
        fc.record({ kind: fc.constant("create" as const), target, content }),
        fc.record({ kind: fc.constant("replace" as const), target, content }),
        fc.record({ kind: fc.constant("swap" as const), target, content, of: fc.constantFrom(null, "", "1", "2") }),
        fc.record({ kind: fc.constant("read" as const), target }),
        fc.record({ kind: fc.constant("list" as const) }),
      );
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(command, { maxLength: 20 }), async (commands) => {
          round += 1;
          const root = `round-${round}/`;
          const map = new Map<string, string>();
          const versions = new Map<string, string>();
          for (const one of commands) {
            if (one.kind === "list") {
              expect(await listed(store, root)).toEqual([...map.keys()].sort());
              continue;
            }
            const name = root + one.target;
            const before = map.get(name) ?? null;
            if (one.kind === "read") {
              expect(await stored(other, name)).toBe(before);
              expect(await other.exists(key(name))).toBe(before !== null);
            }
            if (one.kind === "create") {
              const outcome = await store.create(key(name), bytes(one.content), TEXT);
              expect(outcome).toBe(before === null ? "created" : "exists");
              if (before === null) map.set(name, one.content);
            }
            if (one.kind === "replace") {
              versions.set(one.content, String(await store.replace(key(name), bytes(one.content), TEXT)));
              map.set(name, one.content);
            }
            if (one.kind === "swap") {
              // A version of this content that was once seen, or one that never was.
              const ifMatch = one.of === null ? null : (versions.get(one.of) ?? '"0123"');
              const standing = (await store.read(key(name)))?.etag ?? null;
              const swapped = await other.replace(key(name), bytes(one.content), TEXT, { ifMatch });
              expect(swapped !== null).toBe(ifMatch === standing);
              if (swapped !== null) map.set(name, one.content);
            }
          }
        }),
        { numRuns: runs },
      );
    });
  });
}
