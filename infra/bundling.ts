import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stage } from "aws-cdk-lib";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, type NodejsFunctionProps, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";

const ROOT = join(import.meta.dirname, "..");
/** The list of Organizations in the function's bundle. */
export const LIST_FILE = "organizations.txt";

/** What every function of the product is made of; `entry` is a file of `lambda/functions/`. */
export function functionCode(entry: string, bundling: Partial<BundlingOptions> = {}) {
  return {
    entry: join(ROOT, "lambda/functions", entry),
    projectRoot: ROOT,
    depsLockFilePath: join(ROOT, "package-lock.json"),
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 256,
    bundling: { ...BUNDLING, ...bundling },
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

/** Puts a tenant's list beside the code, whatever its length: environment variables hold 4 kB. */
export function listBundling(scope: Construct, organizations: "all" | readonly string[]): Partial<BundlingOptions> {
  if (organizations === "all") return {};
  // Beside the templates: nothing is left behind anywhere else.
  const folder = Stage.of(scope)?.outdir ?? tmpdir();
  const list = join(folder, `${scope.node.addr}-${LIST_FILE}`);
  writeFileSync(list, `${organizations.join("\n")}\n`);
  return {
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_input: string, output: string) => [`cp "${list}" "${output}/${LIST_FILE}"`],
    },
  };
}
