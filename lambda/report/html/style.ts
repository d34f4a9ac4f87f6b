/** The style sheet of every page. It loads no fonts and no images. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #faf9f7; --card: #ffffff; --ink: #1b1f24; --soft: #57606a; --line: #e2dfd9; --link: #0b5cad;
  --high: #b3261e; --medium: #8f5200; --low: #2f6690; --info: #57606a; --good: #1a6e45; --idle: #d9d5cd; --unread: #6d3fa8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1c2026; --ink: #e9ecef; --soft: #a7b0ba; --line: #31373f; --link: #8ec1f5;
    --high: #ff9388; --medium: #f0b75e; --low: #8fc0ea; --info: #a7b0ba; --good: #74cf9f; --idle: #3a414a; --unread: #c7a5f7;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.25rem 1rem 3rem; max-width: 70rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Open Sans", sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; text-size-adjust: 100%;
}
h1, h2, h3, h4, p, ul, dl, dd, figure { margin: 0; padding: 0; }
ul { list-style: none; }
h2 { margin: 1.4rem 0 .4rem; font-size: 1.3rem; line-height: 1.25; }
h3 { font-size: 1.05rem; line-height: 1.35; }
section > h3 { margin: 1.5rem 0 .4rem; } section > p:not(:last-child) { margin-bottom: .75rem; }
h4 { font-size: 1rem; line-height: 1.4; }
p + p { margin-top: .6rem; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
code { font: .86em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; color: var(--soft); }
small, .soft { color: var(--soft); }
small { font-size: .875rem; }
.eyebrow { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; font-size: .875rem; color: var(--soft); }
h1 { margin-top: .25rem; font-size: 1.1rem; font-weight: 600; line-height: 1.3; }
.verdict { margin-top: .4rem; font-size: clamp(1.1rem, .9rem + 1vw, 1.55rem); font-weight: 650; line-height: 1.22; letter-spacing: -.01em; text-wrap: pretty; }
.when { margin-top: .6rem; font-size: .9375rem; color: var(--soft); }
.high, .failed { --tone: var(--high); } .medium, .partial { --tone: var(--medium); } .unread { --tone: var(--unread); } .low { --tone: var(--low); }
.info { --tone: var(--info); } .complete { --tone: var(--good); } .idle { --tone: var(--idle); } .axis { --tone: var(--line); }
.badge { display: inline-block; white-space: nowrap; overflow-wrap: normal; padding: .05rem .55rem; border: 1px solid currentColor; border-radius: 1rem; font-size: .8125rem; font-weight: 600; color: var(--tone); }
.warning { margin-top: .75rem; padding: .6rem .8rem; border-left: 4px solid var(--medium); background: var(--card); }
.overview { display: grid; gap: 1rem; margin-top: .75rem; }
.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: .5rem; }
.tiles li { padding: .5rem .6rem; border-top: 4px solid var(--idle); border-radius: .3rem; background: var(--card); color: var(--soft); font-size: .875rem; }
.tiles b { color: var(--ink); font-size: 1.35rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles .some { border-color: var(--tone); } .tiles .some b { color: var(--tone); }
.tiles + p { margin-top: .6rem; } .tiles .new { display: block; }
.new { color: var(--tone); font-weight: 600; }
.coverage { margin-top: .9rem; }
.coverage svg { height: .5rem; margin-bottom: .35rem; border-radius: .25rem; }
svg { display: block; width: 100%; } rect { fill: var(--tone); }
.picture .title { height: 1px; } .picture .lane svg { height: 1.8rem; } .picture .lane + .lane svg { height: .8rem; }
.lane small { font-size: .8125rem; }
.cross { fill: none; stroke: var(--ink); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.picture .scale { display: flex; justify-content: space-between; margin-top: .2rem; font-size: .8125rem; color: var(--soft); }
.legend { display: flex; flex-wrap: wrap; gap: 0 .8rem; font-size: .8125rem; color: var(--soft); }
.legend .cross { width: auto; height: auto; background: none; color: var(--ink); font-style: normal; font-weight: 700; }
.legend i { display: inline-block; width: .65rem; height: .65rem; margin-right: .3rem; border-radius: 2px; background: var(--tone); }
.answers > div { padding: .25rem 0; border-bottom: 1px solid var(--line); }
.card { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--card); }
dt { font-weight: 600; } .answers dt { font-weight: 400; }
.cards { display: grid; gap: .5rem; }
.card > .title { display: flex; flex-wrap: wrap; gap: .2rem .6rem; align-items: baseline; }
.facts { display: grid; gap: .4rem 1rem; margin-top: .35rem; }
.facts dt { font-weight: 400; color: var(--soft); font-size: .8125rem; line-height: 1.35; }
.rule { border-left: 4px solid var(--tone); }
details.rule { margin: 0; padding: .5rem .8rem; font-size: 1rem; } .rule > summary { color: inherit; } .rule h3 { display: inline; }
.rule .counts { color: var(--soft); font-size: .9375rem; } .rule table { margin-top: .75rem; }
.rule .facts .all { grid-column: 1 / -1; }
.compact th, .compact td, .pairs th, .pairs td { padding-top: .25rem; padding-bottom: .25rem; } .compact time { white-space: nowrap; }
.waivers { display: grid; gap: .6rem; } .waivers ul, details ul { padding-left: 1.1rem; list-style: disc; }
.contents { margin-bottom: .5rem; } .contents + p, .changes > .why { margin-top: .25rem; }
.changes { margin-top: .6rem; font-size: .9375rem; padding-left: .8rem; border-left: 3px solid var(--tone); }
.changes .why { margin-top: .4rem; color: var(--soft); font-size: .875rem; line-height: 1.4; }
.changes > ul { padding-left: 1.1rem; list-style: disc; } .changes li { line-height: 1.45; } .changes details { margin: 0; font-size: inherit; }
.changes summary { color: inherit; } .changes > ul > li:has(> details) { margin-left: -1.1rem; list-style: none; } .updates details { margin: 0; } .id { text-decoration-color: var(--line); }
.flag { white-space: nowrap; padding: 0 .4rem; border-radius: .6rem; background: var(--high); color: var(--card); font-size: .8125rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .4rem .6rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { font-size: .8125rem; font-weight: 600; color: var(--soft); } tbody th { font-weight: 400; }
.number { text-align: right; } .number, .run { overflow-wrap: normal; } td.number, .run { white-space: nowrap; }
td svg { height: .5rem; margin-top: .5rem; min-width: 3rem; }
details { margin-top: .5rem; font-size: .9375rem; } summary { color: var(--link); cursor: pointer; }
footer { margin-top: 1.5rem; padding-top: .8rem; border-top: 1px solid var(--line); font-size: .875rem; color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
@media (max-width: 40rem) {
  .wide { display: none; } .run { white-space: normal; }
  .answers > div { font-size: .9rem; } .rule .counts { display: block; }
  .compact { table-layout: fixed; font-size: .9rem; } .compact thead :first-child:nth-last-child(3) { width: 43%; } .compact thead :last-child { width: 5.3rem; }
  .compact th code { font-size: .7em; } .pairs { table-layout: fixed; font-size: .9rem; } .flag { white-space: normal; }
  .tiles b { font-size: 1.2rem; } .tiles li { padding: .4rem .5rem; }
}
@media (min-width: 48rem) {
  body { padding: 1.5rem 2rem 2rem; }
  .overview { grid-template-columns: 1fr 1fr; gap: 2rem; align-items: start; }
  .answers > div { display: grid; grid-template-columns: 19rem 1fr; gap: 1rem; font-size: .9375rem; }
  .more:not(:has(details[open])) { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 2rem; }
  .facts { grid-template-columns: 1fr 1fr; }
  .picture .lane svg { height: 4rem; } .picture .lane + .lane svg { height: 1.6rem; }
}
@media print {
  :root { color-scheme: light; }
  body { max-width: none; padding: 0; font-size: 10pt; background: #fff; }
  .card, figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  details::details-content { display: block; content-visibility: visible; }
  svg, i, .tiles li { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
