import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const ROOT = join(import.meta.dirname, "../..");
/** Unpacks the browser that comes with its npm package, and prints its path and arguments. */
const UNPACK = `import chromium from "@sparticuz/chromium";
process.stdout.write(JSON.stringify([await chromium.executablePath(), ...chromium.args]));`;
/** What would hide from a test what a person's browser enforces, and what makes the browser fall over as one. */
const LAX = /--(disable-web-security|allow-running-insecure-content|disable-site-isolation|single-process)/;

export interface TestBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * Headless Chromium from npm packages alone, with the fonts that come with it, so that pages look the same everywhere.
 * Throws, and says what is missing, on a machine that cannot run it: a page test that does not run proves nothing.
 */
export async function launchBrowser(): Promise<TestBrowser> {
  // A folder of its own: two test runs at once, or one that was killed, leave no half-unpacked browser to each other.
  const folder = await mkdtemp(join(tmpdir(), "browser-"));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    // Told that it is in Lambda, the package unpacks the system libraries too.
    const env = { PATH: process.env.PATH, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: "nodejs24.x" };
    const unpack = ["--input-type=module", "--eval", UNPACK];
    const { stdout } = await promisify(execFile)(process.execPath, unpack, { cwd: ROOT, env });
    const [executablePath = "", ...all] = JSON.parse(stdout);
    await writeFile(join(folder, "fonts.conf"), fontsConfiguration(folder));
    const args = all.filter((argument: string) => !LAX.test(argument));
    const browser = await launch(executablePath, args, folder);
    return { browser, close: () => browser.close().finally(remove) };
  } catch (cause) {
    await remove();
    throw new Error(
      `Chromium could not be started, so no page was looked at; it runs on Linux x64, with the libraries of @sparticuz/chromium or the system's own: ${cause}`,
      { cause },
    );
  }
}

async function launch(executablePath: string, args: string[], folder: string): Promise<Browser> {
  const env = { ...process.env, FONTCONFIG_FILE: join(folder, "fonts.conf") };
  const options = { executablePath, args, headless: true };
  try {
    return await chromium.launch({ ...options, env });
  } catch {
    // The machine lacks a library: those that came along take its place.
    const libraries = [join(folder, "al2023", "lib"), process.env.LD_LIBRARY_PATH].filter(Boolean).join(":");
    return chromium.launch({ ...options, env: { ...env, LD_LIBRARY_PATH: libraries } });
  }
}

function fontsConfiguration(folder: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>${folder}/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>
`;
}
