import { describe, expect, it } from "@jest/globals";
import type { Change } from "../../lambda/domain/change.ts";
import type { Manifest } from "../../lambda/evidence/format/manifest.ts";
import { NetBalance } from "../../lambda/evidence/query/net-balance.ts";
import { changeList } from "../../lambda/report/change-list.ts";
import { LIST_FORMATS, type ListFormat } from "../../lambda/report/list.ts";
import { netDifferenceFrame } from "../../lambda/report/net-difference.ts";
import { RUN_1 } from "../support/builders.ts";
import { expectGolden } from "../support/golden.ts";
import { situationOf } from "../support/situations.ts";

function render(format: ListFormat, from: Manifest, to: Manifest, changes: readonly Change[]): string {
  const list = changeList(format, frameOf(from, to));
  return [list.start(), ...changes.map((change, index) => list.row(change, index)), list.end(changes.length)].join("");
}

function frameOf(from: Manifest, to: Manifest) {
  const asked = { fromMs: Date.parse(from.completedAt), toMs: Date.parse(to.completedAt) };
  return netDifferenceFrame({ from, to, asked, balance: new NetBalance(), uncovered: [] });
}

describe("a list of changes", () => {
  const hostile = situationOf("hostile-names");
  const { manifest } = situationOf("partial");
  const from = { ...manifest, runId: RUN_1 };

  it.each(LIST_FORMATS)("renders hostile names as %s", (format) => {
    expectGolden(`change-list/hostile.${format}`, render(format, from, hostile.manifest, hostile.changes));
  });

  it.each(LIST_FORMATS)("renders no changes of a list of IDs as %s", (format) => {
    const list = { ...manifest, scope: "list" } as const;
    expectGolden(`change-list/empty.${format}`, render(format, { ...list, runId: RUN_1 }, list, []));
  });

  it("says that only one of the runs audited a list of IDs", () => {
    expectGolden("change-list/one-list.table", render("table", { ...from, scope: "list" }, hostile.manifest, []));
  });

  it.each(["table", "md"] as const)("shows the ID of an Organization without a name in a %s", (format) => {
    const nameless = hostile.changes.map((change) => ({ ...change, organizationName: null }));
    expect(render(format, from, hostile.manifest, nameless)).toMatch(/org\\?_0/);
  });

  it("renders JSON with every change", () => {
    const { changes } = JSON.parse(render("json", from, hostile.manifest, hostile.changes));
    expect(changes).toHaveLength(hostile.changes.length);
  });
});
