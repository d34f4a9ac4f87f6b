import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stage } from "aws-cdk-lib";
import { Architecture, Runtime } from "aws-cdk-lib/aws-lambda";
import { type BundlingOptions, type NodejsFunctionProps, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";
import type { Construct } from "constructs";

const ROOT = join(import.meta.dirname, "..");

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

/** Adds files to the bundle, by name with their text: environment variables are limited to 4 kB. */
export function filesBundling(scope: Construct, files: Readonly<Record<string, string>>): Partial<BundlingOptions> {
  // In the output folder, so that no file remains elsewhere.
  const folder = Stage.of(scope)?.outdir ?? tmpdir();
  const written = Object.entries(files).map(([name, text]) => {
    const source = join(folder, `${scope.node.addr}-${name}`);
    writeFileSync(source, text);
    return { source, name };
  });
  return {
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_input: string, output: string) =>
        written.map(({ source, name }) => `cp "${source}" "${output}/${name}"`),
    },
  };
}
