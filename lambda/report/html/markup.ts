import { escape as escapeHtml } from "html-escaper";
import { counted, plain } from "../../domain/text.ts";
import { fitting, shortened } from "../limits.ts";

/** Longer names and messages are cut off. The evidence has them in full. */
const SHOWN_CHARACTERS = 500;

/** HTML that is already escaped. Only `markup` and `trusted` create it, so a name from the tenant never becomes HTML. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Markup | readonly Markup[];

/** Builds HTML from a template. Strings and numbers are escaped; markup and lists of markup are inserted unchanged. */
export function markup(template: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(template.map((text, index) => text + textOf(pieces[index] ?? "")).join(""));
}

function textOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "object") return piece.map(({ text }) => text).join("\n");
  return escapeHtml(plain(shortened(String(piece), SHOWN_CHARACTERS)));
}

/** Marks text as HTML without escaping. Only for constants of this program, such as the style sheet. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

export const NOTHING = trusted("");

/** The first items whose markup fits into `bytes` of UTF-8 together. Keeps the size of a page bounded. */
export function within<Item>(
  bytes: number,
  items: readonly Item[],
  render: (item: Item) => Markup,
): readonly { readonly item: Item; readonly markup: Markup }[] {
  return fitting(bytes, items, (item) => render(item).text).map(({ item, text }) => ({ item, markup: trusted(text) }));
}

/** Says how many items a list leaves out and where they are. Empty when nothing is left out. */
export function leftOut(count: number, where: Markup, one: string, many = `${one}s`): Markup {
  return count > 0
    ? markup`<p class="more">${counted(count, `more ${one}`, `more ${many}`)}: see ${where}.</p>`
    : NOTHING;
}
