import { escape as escapeHtml } from "html-escaper";
import { plain } from "../../domain/text.ts";
import { fitting, shortened } from "../text.ts";

/** Names and messages longer than this are cut where they are shown; the evidence holds them whole. */
const SHOWN_CHARACTERS = 500;

/** A piece of a page that is markup already. Only `markup` and `trusted` make one, so a name never becomes one. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Piece = string | number | Markup | readonly Markup[];

/** HTML from a template: texts are escaped and made harmless, markup and lists of it stand as they are. */
export function markup(template: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(template.map((text, index) => text + textOf(pieces[index] ?? "")).join(""));
}

function textOf(piece: Piece): string {
  if (piece instanceof Markup) return piece.text;
  if (typeof piece === "object") return piece.map(({ text }) => text).join("\n");
  return escapeHtml(plain(shortened(String(piece), SHOWN_CHARACTERS)));
}

/** Markup of this program's own: a style sheet, say. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

export const NOTHING = trusted("");

/** The first items whose markup fits into `bytes` of UTF-8, one after another: a page's size has a bound. */
export function within<Item>(
  bytes: number,
  items: readonly Item[],
  render: (item: Item) => Markup,
): readonly { readonly item: Item; readonly markup: Markup }[] {
  return fitting(bytes, items, (item) => render(item).text).map(({ item, text }) => ({ item, markup: trusted(text) }));
}
