import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { compareText } from "../lambda/domain/order.ts";

/** The folder of the package that a file belongs to: the last one in the path, `node_modules/a/node_modules/@b/c`. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

/** The licenses of the packages that the given files are from, which their terms want beside each copy of the code. */
export async function licenses(root: string, files: readonly string[]): Promise<string> {
  const folders = new Set(files.flatMap((file) => PACKAGE.exec(file)?.[0] ?? []));
  const texts = [...folders].sort(compareText).map((folder) => licenseOf(join(root, folder)));
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

async function licenseOf(folder: string): Promise<string> {
  const { license, name, version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|notice|copying)(?:\.|$)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return [`${name} ${version}: ${license}\n`, ...texts.map((text) => `${text.trimEnd()}\n`)].join("\n");
}
