import { STYLE } from "../../report/html/style.ts";

/** The style sheet of the pages: that of the reports, and what only these pages have. */
export const PAGE_STYLE = `${STYLE}
.skip { position: absolute; left: -999rem; } .skip:focus { position: static; }
.top { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; justify-content: space-between; padding-bottom: .75rem; border-bottom: 1px solid var(--line); }
.top nav a { display: inline-block; padding: .3rem 0; } .top a[aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
h1.subject { margin-top: 1.1rem; font-size: clamp(1.35rem, 1rem + 1.7vw, 2rem); font-weight: 650; line-height: 1.22; }
.answer { margin-top: .5rem; font-size: 1.125rem; text-wrap: pretty; }
.names { margin-top: .25rem; color: var(--soft); } .names > span:not(:last-child)::after { content: " · "; }
form { display: flex; flex-wrap: wrap; gap: .6rem .75rem; align-items: end; margin-top: 1rem; }
form p { margin: 0; } form .grow { flex: 1 1 16rem; }
label { display: block; margin-bottom: .2rem; font-size: .875rem; color: var(--soft); }
input, select, button, textarea {
  width: 100%; min-height: 2.75rem; padding: .45rem .7rem; border: 1px solid var(--soft); border-radius: .4rem;
  background: var(--card); color: var(--ink); font: inherit;
}
button { width: auto; padding-inline: 1.1rem; border-color: var(--link); background: var(--link); color: var(--paper); font-weight: 600; cursor: pointer; }
input:focus-visible, select:focus-visible, button:focus-visible, textarea:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
textarea { min-height: 15rem; font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; resize: vertical; }
.list > li { padding: .55rem 0; border-bottom: 1px solid var(--line); }
ol { margin: 0; padding: 0; list-style: none; }
.line > li { position: relative; padding: .45rem 0 .45rem 1.1rem; border-left: 3px solid var(--tone, var(--idle)); margin-bottom: .35rem; }
.line time, .reason { color: var(--soft); } .line > li > a, .list > li > a { font-weight: 600; } .line > li > a ~ a { font-weight: 400; }
.reason, .who { margin-top: .15rem; font-size: .9375rem; }
.setting { white-space: nowrap; overflow-wrap: normal; } .setting b { color: var(--medium); }
.pager { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; margin-top: .9rem; }
.tiles a { display: block; color: inherit; text-decoration: none; } .tiles a:hover b { text-decoration: underline; }
thead th { overflow-wrap: normal; } caption { padding-bottom: .4rem; text-align: left; color: var(--soft); font-size: .875rem; }
@media (max-width: 40rem) { .hide { display: none; } th, td { padding-right: .5rem; } tbody .run, td .badge { font-size: .8125rem; } }
@media print { form, .top nav, .pager { display: none; } }
`;
