/** The look of a report. */

export const STYLE = `
:root { color-scheme: light dark; --good: #dff3e2; --bad: #ffd9d6; --known: #fff0cc; --line: #8884; }
@media (prefers-color-scheme: dark) { :root { --good: #17381f; --bad: #571a16; --known: #4a3a10; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
.badge { font-size: .9rem; font-weight: 600; padding: .2em .7em; border-radius: 1em; vertical-align: middle; }
.good { background: var(--good); }
.bad { background: var(--bad); }
.known { background: var(--known); }
.none { opacity: .55; }
.counts { font-size: 1.1rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: .3rem 2rem; margin: 1rem 0; }
dl div { display: flex; gap: .8rem; }
dt { min-width: 7rem; opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .25rem .7rem; text-align: left; font-weight: normal; }
td { font-variant-numeric: tabular-nums; }
thead th { font-weight: 600; }
td small { opacity: .75; margin-left: .4em; }
.failures pre { background: var(--bad); padding: .5rem; overflow: auto; white-space: pre-wrap; }
.failures ul { padding-left: 1.2rem; }
summary { cursor: pointer; }
details ul { columns: 2; font-size: .9rem; }
`;
