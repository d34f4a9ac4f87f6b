import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { drawDiagram } from "./diagram.ts";

const DOCS = join(import.meta.dirname, "../../docs");

it("docs/how-it-works.svg is drawn from docs/how-it-works.txt", () => {
  const drawn = drawDiagram("How an audit works", readFileSync(join(DOCS, "how-it-works.txt"), "utf8"));
  const file = join(DOCS, "how-it-works.svg");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, drawn);
  expect(readFileSync(file, "utf8")).toBe(drawn);
});

it("a line that is not understood, and an arrow to a box that is missing or far away, are refused", () => {
  expect(() => drawDiagram("t", "circle a")).toThrow(new SyntaxError("Not understood: circle a"));
  expect(() => drawDiagram("t", "arrow a b")).toThrow(new SyntaxError("There is no box a."));
  expect(() => drawDiagram("t", "box a 0 0 aws A\nbox b 2 0 aws B\narrow a b")).toThrow(
    new SyntaxError("An arrow connects neighbors."),
  );
});
