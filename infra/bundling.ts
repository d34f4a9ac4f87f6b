import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, type NodejsFunctionProps, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";

const ROOT = join(import.meta.dirname, "..");
/** The list of Organizations in the function's bundle. */
export const LIST_FILE = "organizations.txt";

/** What every function of the product is made of; `entry` is a file of `lambda/entry/`. */
export function functionCode(entry: string, organizations: "all" | readonly string[] = "all") {
  return {
    entry: join(ROOT, "lambda/entry", entry),
    projectRoot: ROOT,
    depsLockFilePath: join(ROOT, "package-lock.json"),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 256,
    bundling: { ...BUNDLING, ...listHooks(organizations) },
  } satisfies NodejsFunctionProps;
}

const BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: "node24",
  minify: true,
  sourceMap: false,
  mainFields: ["module", "main"],
  bundleAwsSDK: true,
  // Packages that are not yet modules ask for require.
  banner: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
};

/** A list of any length travels beside the code: environment variables hold 4 kB. */
function listHooks(organizations: "all" | readonly string[]): Partial<BundlingOptions> {
  if (organizations === "all") return {};
  const list = join(mkdtempSync(join(tmpdir(), "organizations-")), LIST_FILE);
  writeFileSync(list, `${organizations.join("\n")}\n`);
  return {
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_input: string, output: string) => [`cp "${list}" "${output}/${LIST_FILE}"`],
    },
  };
}
