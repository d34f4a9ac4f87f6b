/** Rendered pages in memory, in characters together. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

/** Keeps the pages that were rendered last. Evidence never changes: with the same runs, a page stays the same. */
export class PageCache {
  readonly #pages = new Map<string, string>();
  #version = "";
  #held = 0;

  /** The page of an address; undefined when it has to be rendered. `version` changes with every recorded run. */
  get(version: string, target: string): string | undefined {
    if (version !== this.#version) this.#clear(version);
    return this.#pages.get(target);
  }

  set(version: string, target: string, html: string): void {
    if (version !== this.#version || this.#pages.has(target)) return;
    this.#pages.set(target, html);
    this.#held += html.length;
    for (const [oldest, page] of this.#pages) {
      if (this.#held <= MOST_CHARACTERS) break;
      this.#pages.delete(oldest);
      this.#held -= page.length;
    }
  }

  #clear(version: string): void {
    this.#pages.clear();
    this.#held = 0;
    this.#version = version;
  }
}
