import type { Finding } from "../../domain/finding.ts";
import type { OrganizationId } from "../../domain/identifiers.ts";
import { decodeFinding } from "../format/lines.ts";
import { readsWholeTenant } from "../format/manifest.ts";
import { readVerified } from "../store/part-reader.ts";
import type { EvidenceReader } from "../store/port.ts";
import { mayBeAbout } from "./raw-line.ts";
import { layerParts, readState, type StateLayer, type StateSelection } from "./state.ts";

/** What a state holds of an Organization's findings: those of the run that wrote its newest line. */
export interface KnownFindings {
  readonly organizationId: OrganizationId;
  /** Null also where a finding's line does not have it. */
  readonly organizationName: string | null;
  readonly findings: readonly Finding[];
}

/**
 * The findings of a state, Organization by Organization, in ascending order; `layers` are the runs that make it up, newest
 * first. An Organization without findings may be left out. One line of each run and the findings of one of its
 * Organizations are in memory. Throws `EvidenceError`.
 */
export async function* stateFindings(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  selection: StateSelection = {},
): AsyncGenerator<KnownFindings> {
  const [only, ...others] = layers;
  if (only !== undefined && readsWholeTenant(only) && others.length === 0 && selection.wanted === undefined)
    yield* layerFindings(store, only, 0, selection);
  else yield* mergedFindings(store, layers, selection);
}

async function* mergedFindings(
  store: EvidenceReader,
  layers: readonly StateLayer[],
  selection: StateSelection,
): AsyncGenerator<KnownFindings> {
  const cursors = layers.map((layer, index) => new Cursor(layerFindings(store, layer, index, selection)));
  try {
    for await (const { organizationId, known, layer } of readState(store, layers, selection)) {
      const findings = (await cursors[layer]?.findingsOf(organizationId)) ?? [];
      yield { organizationId, organizationName: known.organizationName, findings };
    }
  } finally {
    await Promise.all(cursors.map((cursor) => cursor.close()));
  }
}

/** The findings of one run by Organization. */
async function* layerFindings(
  store: EvidenceReader,
  layer: StateLayer,
  index: number,
  selection: StateSelection,
): AsyncGenerator<KnownFindings> {
  const { after = null, wanted } = selection;
  const only = wanted === undefined || selection.wholeUpTo !== undefined ? null : new Set<string>(wanted);
  let group: Finding[] = [];
  for (const file of layerParts(layer, index, "findings", selection))
    for await (const text of readVerified(store, file)) {
      if (only !== null && !mayBeAbout(text, only)) continue;
      const finding = decodeFinding(text, file.key);
      if (after !== null && finding.organizationId <= after) continue;
      if (group[0] !== undefined && group[0].organizationId !== finding.organizationId) {
        yield* known(group);
        group = [];
      }
      group.push(finding);
    }
  yield* known(group);
}

function* known(findings: readonly Finding[]): Generator<KnownFindings> {
  const [first] = findings;
  if (first !== undefined)
    yield { organizationId: first.organizationId, organizationName: first.organizationName, findings };
}

/** Moves through the findings of one run, which are asked for in ascending order. */
class Cursor {
  readonly #groups: AsyncGenerator<KnownFindings>;
  #next: KnownFindings | null = null;
  #isDone = false;

  constructor(groups: AsyncGenerator<KnownFindings>) {
    this.#groups = groups;
  }

  async findingsOf(organizationId: OrganizationId): Promise<readonly Finding[]> {
    while (!this.#isDone && (this.#next === null || this.#next.organizationId < organizationId)) {
      const { done, value } = await this.#groups.next();
      this.#isDone = done === true;
      this.#next = done === true ? null : value;
    }
    return this.#next?.organizationId === organizationId ? this.#next.findings : [];
  }

  async close(): Promise<void> {
    await this.#groups.return(undefined);
  }
}
