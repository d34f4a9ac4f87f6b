import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { page } from "../../report/html/page.ts";
import { href } from "../links.ts";
import { PAGE_STYLE } from "./style.ts";

/** The pages that every page links to. */
const PAGES = [
  ["overview", "Overview", []],
  ["search", "Search", ["search"]],
  ["findings", "Findings", ["findings"]],
  ["changes", "Changes", ["changes"]],
  ["runs", "Runs", ["runs"]],
] as const;

/** A page of the evidence of one tenant. */
export interface Shell {
  readonly tenant: string;
  readonly title: string;
  /** The page that the reader is on, if every page links to it. */
  readonly current?: (typeof PAGES)[number][0];
  readonly body: Markup;
}

/** Renders a complete page. */
export function shell({ body, current, tenant, title }: Shell): string {
  const pages = PAGES.map(
    ([name, label, path]) =>
      markup`<li><a href="${href(path)}"${name === current ? markup` aria-current="page"` : NOTHING}>${label}</a></li>`,
  );
  return page({
    title: `${title} · ${tenant}`,
    style: PAGE_STYLE,
    hasForms: true,
    body: markup`<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<span>Auth0 Organization audit of <bdi><strong>${tenant}</strong></bdi></span>
<nav aria-label="Pages"><ul>
${pages}
</ul></nav>
</header>
<main id="content">
${body}
</main>
<footer><p>Read from recorded evidence, checked against its manifests. All times are UTC. This page is served on this machine only, and changes nothing.</p></footer>`,
  });
}

/** A page without the evidence: for who is not let in, and for an address that does not exist. */
export function notice(title: string, text: Markup): string {
  return page({
    title,
    style: PAGE_STYLE,
    hasForms: true,
    body: markup`<main>
<h1 class="subject">${title}</h1>
${text}
</main>`,
  });
}
