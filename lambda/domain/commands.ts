/** The name of the program where the package is installed: the `bin` of the package. */
export const PROGRAM = "auth0-organization-auditor";

/** The package is one JavaScript file, and the repository runs TypeScript. */
const IS_PACKAGE = !import.meta.filename.endsWith(".ts");

/**
 * Texts name commands as the repository runs them, `npm run evidence -- verify`. An installed package has no npm scripts:
 * there, the same text with the program's own commands, `auth0-organization-auditor evidence verify`.
 */
export function asStarted(text: string, isPackage = IS_PACKAGE): string {
  if (!isPackage) return text;
  return text
    .replaceAll(/\bnpm run (report|evidence)\b(?: --(?=\s|$))?/g, `${PROGRAM} $1`)
    .replaceAll(/\bnpm start --(?=\s|$)/g, `${PROGRAM} audit`)
    .replaceAll(/\bnpm start\b/g, PROGRAM);
}
