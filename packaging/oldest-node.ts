/** The oldest Node.js that the package runs on: a long-term support version. */
export const OLDEST_NODE = "22.12";

/** Whether a version of Node.js, `22.12.0`, is older. */
export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split(".").map(Number);
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}
