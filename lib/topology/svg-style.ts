/** Colours of the picture, light and dark, each text at least 4.5:1 on its ground; what colour says a symbol says too. */
const LIGHT = `--ground:#ffffff;--card:#f6f8fa;--edge:#8c959f;--text:#1f2328;--dim:#57606a;--way:#0969da;--idle:#8c959f;--good:#1a7f37;--goodbg:#dafbe1;
--bad:#b31d28;--badbg:#ffebe9;--warn:#7d4e00;--warnbg:#fff8c5;--ask:#6639ba;--askbg:#fbefff`
const DARK = `--ground:#0d1117;--card:#161b22;--edge:#6e7681;--text:#e6edf3;--dim:#9da7b3;--way:#58a6ff;--idle:#6e7681;--good:#56d364;--goodbg:#12261e;
--bad:#ff9a92;--badbg:#3c1618;--warn:#e3b341;--warnbg:#2f2410;--ask:#d2a8ff;--askbg:#271c3a`

/** Custom properties for `selector`, following the reader's colour scheme; paper is light. */
export const palette = (selector: string): string => `${selector}{${LIGHT}}@media screen and (prefers-color-scheme:dark){${selector}{${DARK}}}`

export const SVG_STYLE = `${palette('.topology')}
.topology{background:var(--ground);font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--text)}
.topology .frame{fill:var(--card);stroke:var(--edge)}
.topology .active .frame{stroke:var(--way);stroke-width:2}
.topology .absent .frame{fill:none;stroke-dasharray:5 4}
.topology .unknown .frame{stroke:var(--ask);stroke-width:2}
.topology .warn .frame{stroke:var(--warn);stroke-width:2}
.topology .fail .frame{stroke:var(--bad);stroke-width:2.5}
.topology .title{font-weight:700;font-size:13px}
.topology .note,.topology .label{fill:var(--dim)}
.topology .line{fill:none;stroke:var(--way);stroke-width:2}
.topology .idle{stroke:var(--idle);stroke-width:1.25;stroke-dasharray:4 4}
.topology .control{stroke:var(--idle);stroke-width:1.25;stroke-dasharray:1 4;stroke-linecap:round}
.topology .cut{stroke:var(--bad);stroke-width:2.5;stroke-dasharray:7 5}
.topology .tip{fill:var(--way)}.topology .tip.idle,.topology .tip.control{fill:var(--idle);stroke:none}.topology .tip.cut{fill:var(--bad);stroke:none}
.topology .strip.fail{fill:var(--badbg)}.topology .strip.warn{fill:var(--warnbg)}.topology .strip.unknown{fill:var(--askbg)}
.topology .mark.fail{fill:var(--bad)}.topology .mark.warn{fill:var(--warn)}.topology .mark.unknown{fill:var(--ask)}
.topology .mark{font-weight:700}.topology .detail{font-weight:400;white-space:pre}`
