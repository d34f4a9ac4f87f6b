import { createHash } from "node:crypto";
import { type Markup, markup, trusted } from "./markup.ts";
import { STYLE } from "./style.ts";

// The browser compares this with the hash of the style element's content.
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
/** The page loads and sends nothing and runs no script. Its only style sheet is allowed by hash. */
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

/** A complete HTML page that needs no other file. */
export function page({ title, body }: { readonly title: string; readonly body: Markup }): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}
