import type { Tenant } from "../domain/identifiers.ts";

export const LIST_FORMATS = ["table", "md", "csv", "json"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** What surrounds the items of a list. Texts are unescaped. */
export interface ListFrame {
  readonly tenant: Tenant;
  readonly heading: string;
  /** What a reader must know of the list. To be called after the last row. */
  notes(): readonly string[];
  /** The JSON before and after the array of items. `after` is to be called after the last row. */
  readonly json: { readonly before: string; after(): string };
}

/** Renders a list in pieces, so that it can be written while it is read. */
export interface List<Item> {
  /** False: the format has no place for the notes. */
  readonly hasNotes: boolean;
  start(): string;
  row(item: Item, index: number): string;
  end(total: number): string;
}

/** The stored lines of the items as a JSON array; `encode` gives a line with its line feed. */
export function jsonList<Item>({ json }: ListFrame, encode: (item: Item) => string): List<Item> {
  return {
    hasNotes: true,
    start: () => `${json.before}[`,
    row: (item, index) => `${index === 0 ? "\n" : ",\n"}${encode(item).trimEnd()}`,
    end: () => `\n]${json.after()}\n`,
  };
}

/** The cells of one row of a Markdown table; they are escaped already. */
export function markdownRow(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
}
