import { createHash } from "node:crypto";
import { type Markup, markup, trusted } from "./markup.ts";
import { STYLE } from "./style.ts";

/** A page, and how it is allowed to behave. */
export interface PageParts {
  readonly title: string;
  readonly body: Markup;
  /** The style sheet; a constant of this program. */
  readonly style?: string;
  /** Whether forms may ask the server that the page comes from. */
  readonly hasForms?: boolean;
}

/**
 * The Content-Security-Policy of a page: it loads nothing and runs no script. Its only style sheet is allowed by hash, which
 * the browser compares with the content of the style element.
 */
export function pagePolicy({ style = STYLE, hasForms = false }: Pick<PageParts, "style" | "hasForms">): string {
  const hash = createHash("sha256").update(style).digest("base64");
  const forms = hasForms ? "'self'" : "'none'";
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action ${forms}`;
}

/** A complete HTML page that needs no other file. */
export function page({ title, body, style = STYLE, hasForms = false }: PageParts): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(pagePolicy({ style, hasForms }))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
