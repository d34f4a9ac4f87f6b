/** `npm run bench -- NAME`: runs `test/bench/NAME.ts`, prints what it measured, exits 1 where a target is missed. */
const BENCHES = [
  "rate",
  "pacing-picture",
  "scale",
  "logs",
  "updates",
  "evidence",
  "page",
  "cost",
  "outages",
  "fuzz",
] as const;

const [name, ...arguments_] = process.argv.slice(2);
if (!BENCHES.some((known) => known === name)) {
  process.stderr.write(`npm run bench -- NAME, where NAME is one of: ${BENCHES.join(", ")}\n`);
  process.exit(1);
}
const { bench }: { bench: (arguments_: readonly string[]) => Promise<boolean> } = await import(`./${name}.ts`);
process.exitCode = (await bench(arguments_)) ? 0 : 1;
