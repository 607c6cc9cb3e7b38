/** Style sheet of the report; readable on a phone and on paper. */
export const STYLE = `
:root { color-scheme: light; --ink: #1c2733; --soft: #5b6875; --line: #dfe5ea; --accent: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: #f5f7f9; }
header { background: #fff; border-bottom: 1px solid var(--line); padding: 1.5rem max(1rem, calc(50vw - 34rem)) 1rem; }
main { max-width: 68rem; margin: 0 auto; padding: 1rem; }
h1 { margin: 0; font-size: 1.6rem; } h1 small { color: var(--soft); font-size: .9rem; font-weight: 400; }
h2 { margin: 0 0 .5rem; font-size: 1.2rem; } h3 { margin: 1.2rem 0 .4rem; font-size: 1rem; }
.facts, small, caption { color: var(--soft); }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.2rem; margin: 0 0 1rem; }
.headline strong { font-size: 2rem; color: var(--accent); }
.warning { background: #fff4e5; border-left: 4px solid #e69f00; padding: .5rem .8rem; }
.note { color: var(--soft); }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .6rem 0; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; font-size: .85rem; padding-top: .2rem; }
th, td { padding: .25rem 0 .25rem 1rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 600; white-space: normal; vertical-align: bottom; }
.plots { display: flex; flex-wrap: wrap; gap: .5rem; overflow-x: auto; }
svg { max-width: 100%; height: auto; }
pre { white-space: pre-wrap; background: #f5f7f9; padding: .6rem; border-radius: 6px; font-size: .85rem; }
summary { cursor: pointer; margin: .6rem 0; }
@media print { body, section { background: #fff; border: 0; } }
`;
