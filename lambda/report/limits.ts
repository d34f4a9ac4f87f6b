/** At most `characters` UTF-16 code units. Longer text ends in an ellipsis and never in half a character. */
export function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}

/** The first items whose rendered texts fit into `bytes` of UTF-8 together. Keeps the size of a report bounded. */
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
