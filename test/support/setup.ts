import fc from "fast-check";

/** A gate answers the same on every machine; FAST_CHECK_SEED, a number, lets the laws be tried elsewhere. */
const SEED = 20_260_303;

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? SEED) });
