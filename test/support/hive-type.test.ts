import { describe, expect, it } from "@jest/globals";
import { misfits, parseHiveType, pathsOf } from "./hive-type.ts";

describe("the model of Athena's column types", () => {
  const type = parseHiveType("array<struct<name:string,rows:bigint,is_new:boolean,inner:struct<key:string>>>");

  it("knows every path of a type", () => {
    expect(pathsOf(type, "files")).toEqual([
      "files",
      "files[]",
      "files[].name",
      "files[].rows",
      "files[].is_new",
      "files[].inner",
      "files[].inner.key",
    ]);
  });

  it.each([
    [[{ name: true, rows: 1, is_new: false, inner: { key: null } }], []],
    [null, []],
    ["text", ["files: no list"]],
    [[1], ["files[]: no object"]],
    [[{ name: {} }], ["files[].name: no scalar"]],
    [[{ rows: 1.5 }], ["files[].rows: no integer"]],
    [[{ is_new: "yes" }], ["files[].is_new: no boolean"]],
    [[{ inner: { other: 1 } }], ["files[].inner.other: no column"]],
  ])("holds %j against it", (value, wrong) => {
    expect(misfits(type, value, "files", new Set())).toEqual(wrong);
  });

  it.each(["text", "array<string", "array(string)", "struct<>", "struct<a:string,a:string>", "string>", ""])(
    "refuses the type %j",
    (text) => {
      expect(() => parseHiveType(text)).toThrow(SyntaxError);
    },
  );
});
