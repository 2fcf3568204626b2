/** The page's looks: system fonts, light and dark, contents beside the report where there is room, one column on a telephone, all of it in print. */
export const style = `
:root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--text:#1c2430;--soft:#5a6677;--line:#d9dee6;--tint:#eef1f5;
--good:#0b7a48;--bad:#bf2431;--warn:#965800;--machine:#4a6fa5;--source:#2f7fc1;--target:#7a5cc4;--wait:#d99a2b;--wait-ground:#fbefd6}
@media (prefers-color-scheme:dark){:root{--ground:#12161c;--card:#1a2029;--text:#e4e9f0;--soft:#9aa7b8;--line:#313a47;--tint:#232b36;
--good:#4fcf93;--bad:#ff7b83;--warn:#f0b457;--machine:#7ba0d6;--source:#58a6e8;--target:#ab90f0;--wait:#e0a840;--wait-ground:#3a2f17}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:break-word}
code,bdi,pre{overflow-wrap:anywhere}
main{max-width:66rem;margin:0 auto;padding:1.25rem 1rem 3rem}
section,header,.contents{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.25rem 1.1rem;margin:0 0 1rem}
h1{font-size:2.4rem;line-height:1.1;margin:0;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:0 0 .6rem}
h3{font-size:.95rem;margin:1.1rem 0 .4rem}h4{font-size:.92rem;margin:.9rem 0 .3rem}h5{font-size:.9rem;margin:0 0 .25rem}
p{margin:0 0 .6rem}p:last-child{margin-bottom:0}
ul{margin:0;padding-left:1.15rem}li{margin:.2rem 0}
code,.mono{font:.86em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{font:.82rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;background:var(--tint);border-radius:6px;padding:.6rem .75rem;margin:.4rem 0 .6rem}
bdi{unicode-bidi:isolate}
.kicker{color:var(--soft);font-size:.9rem;margin:0 0 .35rem}
.result{border-left:8px solid var(--warn)}.result.passed{border-left-color:var(--good)}.result.failed{border-left-color:var(--bad)}
.result h1{color:var(--warn)}.result.passed h1{color:var(--good)}.result.failed h1{color:var(--bad)}
.result h1+p{font-size:1.1rem;margin:.5rem 0 .8rem}.result .pairs{margin-bottom:0}
.contents ol{margin:0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;font-size:.9rem}
a{color:var(--source)}
section:has(>.figures){background:none;border:0;padding:0}section:has(>.figures)>h2{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.figures{display:grid;grid-template-columns:repeat(3,1fr);gap:.75rem}
.figure{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.8rem 1rem}
.figure h3{font-size:.85rem;font-weight:600;color:var(--soft);margin:0}
.figure .value{font-size:1.7rem;font-weight:650;line-height:1.25;margin:.1rem 0;font-variant-numeric:tabular-nums}
.figure .value.none{font-size:1.15rem;color:var(--soft);font-weight:500}
.figure p:not(.value){font-size:.85rem;color:var(--soft);margin:.15rem 0 0}
.chip{display:inline-block;font-size:.78rem;font-weight:600;border:1px solid currentColor;border-radius:99px;padding:.02rem .55rem;color:var(--soft);white-space:nowrap}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.figure p.objective:is(.good,.bad,.warn){font-weight:600;color:inherit}.figure p.objective.good{color:var(--good)}.figure p.objective.bad{color:var(--bad)}.figure p.objective.warn{color:var(--warn)}
.warning{border-left:4px solid var(--warn);background:var(--wait-ground);padding:.5rem .75rem;border-radius:4px}
.answer{font-weight:400;white-space:nowrap;margin-left:.35rem}.answer strong{font-weight:600}
details{border-top:1px solid var(--line);padding:.45rem 0}details+:not(details){border-top:1px solid var(--line);padding-top:.6rem}details+.part h3{margin-top:0}details+details{margin:0}
summary{cursor:pointer;padding:.1rem 0}summary :is(h3,h4){display:inline;margin:0}summary:focus-visible,a:focus-visible{outline:2px solid var(--source);outline-offset:2px}
details[open]>summary{margin-bottom:.4rem}
code.name{display:block;color:var(--soft);font-weight:400}
code.digest{white-space:nowrap}#decisions td:nth-child(2){min-width:10rem}
.alarm{border-left:4px solid var(--bad);background:var(--tint);padding:.5rem .75rem;border-radius:4px}.alarm strong{color:var(--bad)}
.missing,.fine{color:var(--soft)}.fine{font-size:.85rem}
table{width:100%;border-collapse:collapse;font-size:.9rem;margin:.3rem 0 .6rem}
th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line);padding:.3rem .6rem .3rem 0;vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:.35rem .6rem .35rem 0;vertical-align:top}
tr:last-child td{border-bottom:0}
td:first-child{min-width:8rem}td strong{font-weight:600}td .outcome{white-space:nowrap}
.pairs th{font-weight:400;border-bottom:1px solid var(--line);padding:.35rem .6rem .35rem 0;vertical-align:top;width:13rem}.pairs tr:last-child th{border-bottom:0}
tr.failed td:first-child{color:var(--bad);font-weight:600}
.timeline{display:grid;grid-template-columns:max-content 1fr;column-gap:.75rem}
.names span{display:block;height:24px;line-height:24px;font-size:.82rem;text-align:right;white-space:nowrap;overflow-wrap:normal}
.names .axis-name{height:22px}
svg{display:block;overflow:visible}svg text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
.tick{stroke:var(--line)}.tick-label{fill:var(--soft)}
.note{fill:var(--text);paint-order:stroke;stroke:var(--card);stroke-width:3px;stroke-linejoin:round}.note.on-bar{fill:var(--card);stroke:none;font-weight:600;font-size:11px}
.bar{stroke-width:1px}
.phase{fill:var(--machine);stroke:var(--machine)}.phase.failed{fill:var(--bad);stroke:var(--bad)}.phase.cancelled,.phase.rejected,.phase.expired,.phase.open{fill:var(--warn);stroke:var(--warn)}
.bar.wait{fill:url(#hatch-wait);stroke:var(--wait)}.wait-ground{fill:var(--wait-ground)}.wait-line{fill:var(--wait)}.wait-band{fill:var(--wait);opacity:.1}
.by-source{fill:var(--source);stroke:var(--source)}.by-target{fill:var(--target);stroke:var(--target)}
.bar.by-nobody{fill:url(#hatch-nobody);stroke:var(--bad)}.nobody-ground{fill:var(--card)}.nobody-line{fill:var(--bad)}
.measure{fill:var(--soft);stroke:var(--soft);stroke-width:2px}.break{overflow:visible}.break path{fill:none;stroke:var(--text);stroke-width:1.6px}
.mark{stroke:var(--card);stroke-width:1.5px}.mark.loss{fill:var(--bad)}.mark.fence{fill:var(--warn)}.mark.served{fill:var(--good)}
.mark-line{stroke-width:1.2px;stroke-dasharray:3 3}.mark-line.loss{stroke:var(--bad)}.mark-line.fence{stroke:var(--warn)}.mark-line.served{stroke:var(--good)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;padding:0;margin:.7rem 0 .3rem;font-size:.85rem}
.swatch{display:inline-block;width:1.5em;height:.75em;border-radius:2px;margin-right:.4em;background:var(--machine);border:1px solid var(--machine)}
.swatch.stopped{background:var(--warn);border-color:var(--warn)}.swatch.failed{background:var(--bad);border-color:var(--bad)}.swatch.wait{background:repeating-linear-gradient(135deg,var(--wait) 0 2px,var(--wait-ground) 2px 5px);border-color:var(--wait)}
.swatch.by-source{background:var(--source);border-color:var(--source)}.swatch.by-target{background:var(--target);border-color:var(--target)}
.swatch.by-nobody{background:repeating-linear-gradient(45deg,var(--bad) 0 2px,var(--card) 2px 5px);border-color:var(--bad)}
.part .part .part{border-top:1px solid var(--line);padding:.6rem 0}.part .part .part p{font-size:.88rem;margin:.15rem 0}.part .part .part strong{font-weight:600;color:var(--soft)}
footer{color:var(--soft);font-size:.85rem;text-align:center}
@media (min-width:76rem){
main{max-width:80rem;display:grid;grid-template-columns:12.5rem minmax(0,1fr);column-gap:1.25rem}
main>*{grid-column:2}main>.contents{grid-column:1;grid-row:1/span 40;align-self:start;position:sticky;top:1.25rem;background:none;border:0;padding:.25rem 0}
.contents ol{display:block}.contents li{margin:.35rem 0}
}
@media (max-width:44rem){
main{padding:.6rem .6rem 2rem}section,header,.contents{padding:.85rem .9rem;margin-bottom:.7rem}
h1{font-size:2rem}
.figures{grid-template-columns:1fr 1fr;gap:.6rem;padding:0}.figure{padding:.65rem .75rem}.figure .value{font-size:1.4rem}
.timeline{column-gap:.5rem}.names span{font-size:.75rem}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody,tr,td{display:block;width:auto}
tr{border-bottom:1px solid var(--line);padding:.45rem 0}tr:last-child{border-bottom:0}
td{border:0;padding:.08rem 0}td:first-child{font-weight:600}
td[data-label]:not(:first-child)::before{content:attr(data-label) ": ";color:var(--soft)}
.pairs th{display:block;width:auto;border:0;padding:.08rem 0}.answer{white-space:normal;display:inline-block;margin-left:0}
.compact td{display:inline-block;margin-right:.9rem;min-width:0}.compact td:first-child{display:block}
.pairs td:not(:first-child)::before{content:none}td .outcome{white-space:normal}
}
@media print{
:root{color-scheme:light;--ground:#fff;--card:#fff;--text:#000;--soft:#444;--line:#bbb;--tint:#f1f1f1;--good:#0b7a48;--bad:#bf2431;--warn:#965800;--machine:#4a6fa5;--source:#2f7fc1;--target:#7a5cc4;--wait:#d99a2b;--wait-ground:#fbefd6}
html{font-size:11.5px}body{font-size:1rem}main{max-width:none;padding:0}section,header{margin-bottom:.7rem}td,th{padding-top:.15rem;padding-bottom:.15rem}
section,header{border-radius:0;break-inside:auto}
.contents{display:none}summary{list-style:none}summary::-webkit-details-marker{display:none}
details::details-content{content-visibility:visible;display:block;height:auto}
summary,h2,h3,h4,h5{break-after:avoid}thead{display:table-header-group}
.figure,.part .part .part,tr,.timeline,pre{break-inside:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;
