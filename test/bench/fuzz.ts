import { Random } from "../support/fuzz/random.ts";
import { fuzzStore, quietEvidence } from "../support/fuzz/stores.ts";
import { fuzzWire } from "../support/fuzz/wire.ts";

const WIRE_INPUTS = 1_000_000;
const STORES = 10_000;
const SEED = 1;
const MOST_INPUT_MS = 1_000;
const MOST_SHOWN = 20;

/**
 * Random answers to the wire parser, and random damage to stored evidence, which is then verified and audited. Arguments:
 * how many answers, how many stores, and the seed. Targets: no unclassified error, no input that takes more than a second
 * of CPU time, no false change, and verify names each damaged object.
 */
export async function bench(arguments_: readonly string[]): Promise<boolean> {
  const [inputs = WIRE_INPUTS, stores = STORES, seed = SEED] = arguments_.map(Number);
  const problems: string[] = [];
  const wire = new Random(seed);
  let accepted = 0;
  let slowestWireMs = 0;
  for (let input = 0; input < inputs; input += 1) {
    const startedMs = cpuMs();
    try {
      if (fuzzWire(wire)) accepted += 1;
    } catch (error) {
      problems.push(`answer ${input}: ${error}`);
    }
    slowestWireMs = Math.max(slowestWireMs, cpuMs() - startedMs);
  }
  const evidence = await quietEvidence();
  const random = new Random(seed);
  let slowestStoreMs = 0;
  for (let store = 0; store < stores; store += 1) {
    const startedMs = cpuMs();
    const { mutation, problem } = await fuzzStore(evidence, random);
    if (problem !== null) problems.push(`store ${store}: ${mutation}: ${problem}`);
    slowestStoreMs = Math.max(slowestStoreMs, cpuMs() - startedMs);
  }
  const slowestMs = Math.max(slowestWireMs, slowestStoreMs);
  process.stdout.write(
    [
      `${inputs} answers: ${accepted} accepted, the slowest took ${slowestWireMs.toFixed(0)} ms.`,
      `${stores} stores: the slowest took ${slowestStoreMs.toFixed(0)} ms.`,
      `Seed ${seed}; ${problems.length} problems; target for each input: ${MOST_INPUT_MS} ms.`,
      ...problems.slice(0, MOST_SHOWN),
      "",
    ].join("\n"),
  );
  return problems.length === 0 && slowestMs <= MOST_INPUT_MS;
}

/** CPU time of the process: other processes on the machine do not add to it. */
function cpuMs(): number {
  const { system, user } = process.cpuUsage();
  return (system + user) / 1000;
}
