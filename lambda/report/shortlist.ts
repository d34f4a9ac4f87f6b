import { SEVERITIES } from "../domain/change.ts";
import type { Finding } from "../domain/finding.ts";
import { isNew } from "./text/finding.ts";

/** The first findings of any number: worst first, new ones first, then in the order in which they are added. */
export class Shortlist {
  readonly #most: number;
  readonly #items: Finding[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get items(): readonly Finding[] {
    return this.#items;
  }

  add(finding: Finding): void {
    const before = this.#items.findLastIndex((other) => rank(other) <= rank(finding));
    if (before + 1 >= this.#most) return;
    this.#items.splice(before + 1, 0, finding);
    if (this.#items.length > this.#most) this.#items.pop();
  }
}

function rank(finding: Finding): number {
  return 2 * SEVERITIES.indexOf(finding.severity) + (isNew(finding) ? 0 : 1);
}
