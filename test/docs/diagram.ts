/** Pixels. */
const COLUMN = 200;
const ROW = 128;
const BOX = { width: 172, height: 88 };
const MARGIN = 16;
const LINE_HEIGHT = 17;

interface Box {
  /** The first and the last one that it covers. */
  readonly column: number;
  readonly lastColumn: number;
  readonly row: number;
  readonly kind: string;
  readonly lines: readonly string[];
}

/**
 * Draws a picture of boxes and arrows from its description, which docs/how-it-works.txt explains. Throws `SyntaxError`
 * that names a line which is not understood.
 */
export function drawDiagram(title: string, description: string): string {
  const boxes = new Map<string, Box>();
  const arrows: string[] = [];
  let size = { columns: 1, rows: 1 };
  for (const line of description.split("\n").filter((text) => text !== "" && !text.startsWith("#"))) {
    const [head = "", ...rest] = line.split(" | ");
    const [word, first = "", second = "", third = "", fourth = "", ...words] = head.split(" ");
    if (word === "size") size = { columns: Number(first), rows: Number(second) };
    else if (word === "box") {
      const [column = 0, lastColumn = column] = second.split("-").map(Number);
      boxes.set(first, { column, lastColumn, row: Number(third), kind: fourth, lines: [words.join(" "), ...rest] });
    } else if (word === "arrow") arrows.push(arrow(boxNamed(boxes, first), boxNamed(boxes, second)));
    else throw new SyntaxError(`Not understood: ${line}`);
  }
  const width = size.columns * COLUMN - (COLUMN - BOX.width) + 2 * MARGIN;
  const height = size.rows * ROW - (ROW - BOX.height) + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="12">
<title>${escaped(title)}</title>
<style>
rect { fill: #fff; stroke-width: 1.5; } text { fill: #1b1f24; text-anchor: middle; } .title { font-weight: 600; font-size: 14px; }
.page { fill: #fff; } .step { stroke: #1f5fbf; fill: #eaf1fb; } .aws { stroke: #8f5200; } .auth0 { stroke: #b3261e; } .people { stroke: #1a6e45; }
path { stroke: #57606a; stroke-width: 1.5; fill: none; } marker path { fill: #57606a; stroke: none; }
</style>
<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L8 4L0 8z"/></marker>
<rect class="page" width="${width}" height="${height}"/>
${[...boxes.values()].map(drawBox).join("\n")}
${arrows.join("\n")}
</svg>
`;
}

function boxNamed(boxes: ReadonlyMap<string, Box>, name: string): Box {
  const box = boxes.get(name);
  if (box === undefined) throw new SyntaxError(`There is no box ${name}.`);
  return box;
}

function left({ column }: Box): number {
  return MARGIN + column * COLUMN;
}

function widthOf({ column, lastColumn }: Box): number {
  return BOX.width + (lastColumn - column) * COLUMN;
}

function top({ row }: Box): number {
  return MARGIN + row * ROW;
}

function drawBox(box: Box): string {
  const middle = left(box) + widthOf(box) / 2;
  const first = top(box) + BOX.height / 2 - ((box.lines.length - 1) * LINE_HEIGHT) / 2 + 5;
  const texts = box.lines.map(
    (line, index) =>
      `<text x="${middle}" y="${first + index * LINE_HEIGHT}"${index === 0 ? ' class="title"' : ""}>${escaped(line)}</text>`,
  );
  return `<rect class="${box.kind}" x="${left(box)}" y="${top(box)}" width="${widthOf(box)}" height="${BOX.height}" rx="8"/>${texts.join("")}`;
}

/** From edge to edge, between neighbors. Throws `SyntaxError` for boxes that are none. */
function arrow(from: Box, to: Box): string {
  const rows = to.row - from.row;
  const columns = to.column > from.lastColumn ? to.column - from.lastColumn : Math.min(0, to.lastColumn - from.column);
  if (Math.abs(columns) + Math.abs(rows) !== 1) throw new SyntaxError("An arrow connects neighbors.");
  const narrow = widthOf(from) < widthOf(to) ? from : to;
  const x = columns === 0 ? left(narrow) + widthOf(narrow) / 2 : columns > 0 ? left(from) + widthOf(from) : left(from);
  const y = top(from) + (rows === 0 ? BOX.height / 2 : rows > 0 ? BOX.height : 0);
  const step = columns === 0 ? `v${rows * (ROW - BOX.height)}` : `h${columns * (COLUMN - BOX.width)}`;
  return `<path d="M${x} ${y}${step}" marker-end="url(#head)"/>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
