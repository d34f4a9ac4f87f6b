import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { NumberedFiles } from "../../lambda/report/numbered-files.ts";

async function written(header: string, rows: readonly string[], fileCharacters: number) {
  const files: [name: string, text: string][] = [];
  const put = async (name: string, body: Uint8Array) => files.push([name, Buffer.from(body).toString()]);
  const numbered = new NumberedFiles({ name: "changes.ocsf.ndjson", header, put, fileCharacters });
  for (const row of rows) await numbered.add(row);
  await numbered.finish();
  return files;
}

describe("rows in numbered files", () => {
  it("are one file with only the header when there are none", async () => {
    expect(await written("h\n", [], 10)).toEqual([["changes.ocsf.ndjson", "h\n"]]);
  });

  it("continue in the next file when one is full", async () => {
    expect(await written("h\n", ["1234\n", "567\n", "89\n", "too long for any file\n", "0\n"], 11)).toEqual([
      ["changes.ocsf.ndjson", "h\n1234\n567\n"],
      ["changes-2.ocsf.ndjson", "h\n89\n"],
      ["changes-3.ocsf.ndjson", "h\ntoo long for any file\n"],
      ["changes-4.ocsf.ndjson", "h\n0\n"],
    ]);
  });

  it("are complete and in order for any length", async () => {
    const rows = fc.array(fc.string({ minLength: 1 }));
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 30 }), async (all, size) => {
        const files = await written("", all, size);
        expect(files.map(([, text]) => text).join("")).toBe(all.join(""));
        expect(new Set(files.map(([name]) => name)).size).toBe(files.length);
      }),
    );
  });
});
