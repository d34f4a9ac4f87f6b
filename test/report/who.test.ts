import { describe, expect, it } from "@jest/globals";
import type { Severity } from "../../lambda/domain/change.ts";
import type { Operation } from "../../lambda/domain/operation.ts";
import { ActorsBuilder } from "../../lambda/report/actors.ts";
import { renderEvent } from "../../lambda/report/event.ts";
import { renderHtml } from "../../lambda/report/html/report-page.ts";
import { renderJson } from "../../lambda/report/json.ts";
import { renderMarkdown } from "../../lambda/report/markdown.ts";
import { attributed } from "../../lambda/report/operation-block.ts";
import { terminalLines } from "../../lambda/report/terminal.ts";
import { UndoneBuilder } from "../../lambda/report/undone.ts";
import { COVERED, changed, enabling, minute } from "../support/operations.ts";
import { at, briefly, on } from "../support/run-operations.ts";
import { largeSituation, modelOf, SITUATIONS, situationOf } from "../support/situations.ts";

function by(name: string, severity: Severity, id: string | null = name) {
  const operation = enabling(name, minute(1), "1", { actor: { kind: "user", id, name, email: null } });
  const change = changed("connection_enabled", { severity });
  return { change, who: attributed(change, [operation], COVERED) };
}

describe("the changes by actor", () => {
  it("count those with the worst changes first, and changes without an author apart", () => {
    const builder = new ActorsBuilder();
    for (const { change, who } of [by("bob", "low"), by("bob", "low"), by("alice", "high"), by("kim", "medium")])
      builder.addChange(change, who);
    builder.addOperation(
      briefly(
        on("1", "brief", "10:00", { actor: { kind: "user", id: "kim", name: "kim", email: null } }),
        "1",
        "11:00",
      ),
    );
    builder.addChange(changed("connection_disabled"), attributed(changed("connection_disabled"), [], COVERED));
    builder.addChange(changed("connection_disabled"), null);
    builder.addChange(changed("scope_added"), null);
    const { others, shown, unattributed } = builder.build();
    expect(shown.map(({ operation, total, undone }) => [operation.actor.name, total, undone])).toEqual([
      ["alice", 1, 0],
      ["kim", 1, 1],
      ["bob", 2, 0],
    ]);
    expect([others, unattributed]).toEqual([0, 2]);
  });

  it("are bounded, and the rest is counted", () => {
    const builder = new ActorsBuilder();
    for (let index = 0; index < 1_200; index += 1) {
      const { change, who } = by(`actor-${String(index).padStart(4, "0")}`, "low");
      builder.addChange(change, who);
    }
    const { others, shown } = builder.build();
    expect(shown).toHaveLength(50);
    expect(others).toBe(1_150);
  });

  it("keep applications apart that have no ID in the logs", () => {
    const builder = new ActorsBuilder();
    const unknown = { kind: "unknown", id: null, name: null, email: null } as const;
    for (const clientId of ["one", "two"])
      builder.addOperation(briefly(on("1", clientId, "10:00", { actor: unknown, clientId }), "1", "11:00"));
    expect(builder.build().shown.map(({ operation }) => operation.clientId)).toEqual(["one", "two"]);
  });
});

describe("temporary changes", () => {
  const built = (operations: readonly Operation[]) => {
    const builder = new UndoneBuilder();
    for (const operation of operations) builder.add(operation);
    return builder.build();
  };

  it("name who undid them, if the logs have it", () => {
    const made = briefly(on("1", "made", "10:00"), "1", "11:00");
    const end = on("1", "made-end", "11:00", { method: "DELETE" });
    expect(built([made, end]).shown.map(({ undoing }) => undoing)).toEqual([end]);
    expect(built([made]).shown.map(({ undoing }) => undoing)).toEqual([null]);
    expect(built([briefly(on("1", "made", "10:00"), "1", null)]).shown[0]).toMatchObject({
      undoneBy: null,
      undoing: null,
    });
  });

  it("are listed worst first, and all of them are counted", () => {
    const operations = Array.from({ length: 150 }, (_, index) =>
      briefly({ ...on("1", `log-${index}`, "10:00"), at: at("10:00") }, "1", "11:00", {
        severity: index % 2 === 0 ? "low" : "high",
      }),
    );
    const { bySeverity, shown, total } = built(operations);
    expect(bySeverity).toEqual({ high: 75, medium: 0, low: 75, info: 0 });
    expect(total).toBe(150);
    expect(shown.map(({ change }) => change.severity)).toEqual([
      ...Array.from({ length: 75 }, () => "high"),
      ...Array.from({ length: 25 }, () => "low"),
    ]);
  });
});

describe("a report of a run that did not read the logs", () => {
  const model = modelOf(situationOf("every-kind-of-change"));

  it("says once what the scope would add, and nothing for each change", () => {
    for (const text of [renderHtml(model), renderMarkdown(model), terminalLines(model).join("\n")])
      expect(text.match(/read:logs/g)).toHaveLength(1);
  });

  it("does not claim in its event that nothing was undone", () => {
    const { undone } = JSON.parse(renderEvent(model, "s3://evidence").detail);
    expect(undone.summary).toBe("Temporary changes: unknown, the logs were not read.");
  });
});

it("a failed run says nothing about the logs", () => {
  const model = modelOf(situationOf("failed"));
  for (const text of [renderHtml(model), renderMarkdown(model)]) expect(text).not.toContain("read:logs");
});

it("every rendering has the same attribution", () => {
  const names = Object.keys(SITUATIONS).filter((name) => name.startsWith("who"));
  expect(names).toHaveLength(4);
  for (const name of names) {
    const model = modelOf(situationOf(name));
    const { changes }: { changes: { attribution: { confidence: string; text: string } }[] } = JSON.parse(
      renderJson(model),
    );
    const { worst_changes: worst }: { worst_changes: { attribution: string; who: string }[] } = JSON.parse(
      renderEvent(model, "s3://evidence").detail,
    );
    expect(worst.map(({ attribution, who }) => [attribution, who])).toEqual(
      changes.map(({ attribution }) => [attribution.confidence, attribution.text]),
    );
    const counted = {
      certain: 0,
      likely: 0,
      none: 0,
      ...Object.fromEntries(counts(changes.map(({ attribution }) => attribution.confidence))),
    };
    expect(counted).toEqual(model.manifest.summary.attribution);
  }
});

function counts(texts: readonly string[]): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(texts, (text) => text)].map(([text, alike]) => [text, alike.length]));
}

it("reports with many changes, authors and temporary changes with the longest names stay small", () => {
  const large = largeSituation(3_000);
  const name = "<&".repeat(150);
  const operations = Array.from({ length: 1_000 }, (_, index) => {
    const id = String(index * 3).padStart(7, "0");
    const actor = { kind: "user", id: `${name}${index}`, name, email: name } as const;
    const texts = { actor, clientId: name, clientName: name, userAgent: name, channel: name, ip: name };
    return briefly(on(id, `log-${index}`, "09:00", texts), id, "10:00", { organizationName: name });
  });
  const model = modelOf({ ...large, operations, manifest: { ...large.manifest, logs: COVERED } });
  expect(model.undone.total).toBe(1_000);
  for (const render of [renderHtml, renderJson, renderMarkdown])
    expect(Buffer.byteLength(render(model))).toBeLessThan(1_000_000);
  expect(Buffer.byteLength(renderEvent(model, "s3://evidence").detail)).toBeLessThan(200_000);
});
