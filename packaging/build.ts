/**
 * `npm run package`: makes the folder that `npm pack` packs, `dist/package` or the one that is named. It has everything
 * that the program needs, so that nothing else is installed with it.
 */

import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import manifest from "../package.json" with { type: "json" };
import { licenses } from "./licenses.ts";
import { OLDEST_NODE } from "./oldest-node.ts";

const ROOT = join(import.meta.dirname, "..");
const FOLDER = resolve(process.argv[2] ?? join(ROOT, "dist/package"));
const FILE = "auditor.js";

/** Packages that are not ES modules call `require`. */
const BANNER = `#!/usr/bin/env node
import{createRequire}from"node:module";const require=createRequire(import.meta.url);`;

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: ["packaging/bin.ts"],
  outfile: join(FOLDER, FILE),
  bundle: true,
  platform: "node",
  format: "esm",
  target: `node${OLDEST_NODE}`,
  mainFields: ["module", "main"],
  minify: true,
  // Stacks of defects name the functions.
  keepNames: true,
  legalComments: "none",
  preserveSymlinks: true,
  banner: { js: BANNER },
  metafile: true,
  logLevel: "warning",
});

const { description, license, name, version } = manifest;
const packed = {
  name,
  version,
  description,
  license,
  type: "module",
  bin: { [name]: FILE },
  files: [FILE, "LICENSES.txt"],
  engines: { node: `>=${OLDEST_NODE}` },
};
await writeFile(join(FOLDER, "package.json"), `${JSON.stringify(packed, null, 2)}\n`);
await writeFile(join(FOLDER, "LICENSES.txt"), await licenses(ROOT, Object.keys(metafile.inputs)));
await copyFile(join(import.meta.dirname, "README.md"), join(FOLDER, "README.md"));
