import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stage } from "aws-cdk-lib";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, type NodejsFunctionProps, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";

const ROOT = join(import.meta.dirname, "..");
/** The name of the list of Organizations in the bundle. */
export const LIST_FILE = "organizations.txt";

/** Properties that all functions share. `entry` is a file in `lambda/functions/`. */
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
  // Packages that are not ES modules call require.
  banner: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
};

/** Adds a tenant's list of Organizations to the bundle: environment variables are limited to 4 kB. */
export function listBundling(scope: Construct, organizations: "all" | readonly string[]): Partial<BundlingOptions> {
  if (organizations === "all") return {};
  // In the output folder, so that no file remains elsewhere.
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
