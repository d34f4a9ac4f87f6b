import { counted, grouped } from "../../domain/text.ts";
import type { Found } from "../../evidence/query/search.ts";
import { type Markup, markup, NOTHING } from "../../report/html/markup.ts";
import { href } from "../links.ts";
import { connectionLink, organizationLink, strategyText } from "./parts.ts";

/** A form that searches, with what was asked before. */
export function searchForm(text: string, at: string): Markup {
  return markup`<form action="/search" method="get" role="search">
<p class="grow"><label for="q">Organization or connection: part of a name, or an ID</label><input type="search" id="q" name="q" value="${text}" maxlength="200" required autocomplete="off" spellcheck="false"></p>
<p><label for="on">On this day (UTC), or now</label><input type="date" id="on" name="at" value="${at}"></p>
<p><button type="submit">Search</button></p>
</form>`;
}

/** What a search found. */
export interface SearchView {
  readonly text: string;
  /** The date that the links ask for; empty for the present. */
  readonly at: string;
  readonly found: Found;
  /** Organizations that had the text as a name at another time. */
  readonly past: readonly { readonly organizationId: string; readonly text: string }[] | null;
}

export function searchBody({ at, found, past, text }: SearchView): Markup {
  const { connections, hasMore, near, organizations } = found;
  const isNothing = organizations.length === 0 && connections.length === 0;
  return markup`<h1 class="subject">Search</h1>
${searchForm(text, at)}
${isNothing ? nothing(text, at, near) : NOTHING}
${
  organizations.length === 0
    ? NOTHING
    : section(
        "organizations",
        counted(organizations.length, "Organization"),
        organizations.map(
          (one) =>
            markup`<li>${organizationLink(one, { at })}${one.status === "failed" ? markup` <span class="badge unread">not read</span>` : NOTHING}</li>`,
        ),
      )
}
${
  connections.length === 0
    ? NOTHING
    : section(
        "connections",
        counted(connections.length, "connection"),
        connections.map(
          (one) =>
            markup`<li>${connectionLink(one, { at })} ${strategyText(one.strategy)} <code class="hide">${one.connectionId}</code></li>`,
        ),
      )
}
${hasMore ? markup`<p class="more">There is more than the ${grouped(Math.max(organizations.length, connections.length))} shown: type more of the name.</p>` : NOTHING}
${earlier(text, at, past)}`;
}

function section(id: string, title: string, items: readonly Markup[]): Markup {
  return markup`<section aria-labelledby="${id}">
<h2 id="${id}">${title}</h2>
<ul class="list">
${items}
</ul>
</section>`;
}

function nothing(text: string, at: string, near: readonly string[]): Markup {
  const similar = near.map(
    (name) => markup`<li><a href="${href(["search"], { q: name, at })}"><bdi>${name}</bdi></a></li>`,
  );
  return markup`<section aria-labelledby="nothing">
<h2 id="nothing">Nothing in the present state has this name</h2>
<p>No Organization and no connection has <bdi><strong>${text}</strong></bdi> in its name or ID.${similar.length === 0 ? "" : " Similar names:"}</p>
${similar.length === 0 ? NOTHING : markup`<ul class="list">${similar}</ul>`}
</section>`;
}

function earlier(text: string, at: string, past: SearchView["past"]): Markup {
  if (past === null)
    return markup`<p class="more">Not there? <a href="${href(["search"], { q: text, at, past: "yes" })}">Search deleted Organizations and earlier names</a>. This reads all recorded changes, and takes longer.</p>`;
  const found = past.map(
    (one) =>
      markup`<li><a href="${href(["organizations", one.organizationId], { at })}"><bdi>${one.text}</bdi></a> <code>${one.organizationId}</code></li>`,
  );
  return past.length === 0
    ? markup`<p class="more">No Organization had this name at any recorded time.</p>`
    : section("earlier", "At any recorded time", found);
}
