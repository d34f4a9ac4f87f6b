import { plain } from "../domain/text.ts";

/** Text in a Markdown paragraph or table cell: nothing in it is markup, a link, a mention or an image. */
export function markdown(text: string): string {
  return (
    plain(text)
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll(/[\\`*_{}[\]#!|~$]/g, "\\$&")
      // What becomes a link or a mention without any markup.
      .replaceAll("@", "&#64;")
      .replaceAll(/:(?=\/\/)/g, "&#58;")
      .replaceAll(/\bwww\./gi, (match) => match.replace(".", "&#46;"))
  );
}

/** At most `characters` UTF-16 code units: what is longer ends in an ellipsis, never in half a character. */
export function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** The first items whose texts fit into `bytes` of UTF-8, one after another: what bounds a report's size. */
export function fitting<Item>(
  bytes: number,
  items: readonly Item[],
  render: (item: Item) => string,
): readonly { readonly item: Item; readonly text: string }[] {
  const shown: { readonly item: Item; readonly text: string }[] = [];
  let left = bytes;
  for (const item of items) {
    const text = render(item);
    left -= Buffer.byteLength(text);
    if (left < 0) break;
    shown.push({ item, text });
  }
  return shown;
}
