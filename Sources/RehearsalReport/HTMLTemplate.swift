/// The parts of `report.html` that are the same for every run.
enum HTMLTemplate {
    static let text = ##"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>{{verdictWord}}: {{title}}</title>
        <style>{{{style}}}</style>
        </head>
        <body>
        <header class="banner {{verdict}}">
        <div class="word">{{verdictWord}}</div>
        <div class="what">
        <h1>{{scenario}} <span>on {{topology}}, {{strategy}}</span></h1>
        <p>{{sentence}}</p>
        {{#isLeft}}<p class="reason">A branch that the run left by going back to a checkpoint. <a href="../report.html">The branch it went on with</a></p>{{/isLeft}}
        {{#left}}<p class="reason">Went back to the checkpoint of step {{step}} after +{{at}}, leaving <a href="{{folder}}/report.html">branch {{number}}</a> ({{note}})</p>{{/left}}
        {{#reasons}}<p class="reason"><b>{{verdict}}</b> {{text}}</p>{{/reasons}}
        <p class="meta">{{started}} · {{duration}} · run {{run}}{{#unfinished}} · <b>unfinished</b>{{/unfinished}}</p>
        </div>
        </header>
        <main>
        <section>
        <h2>Did users notice?</h2>
        {{#hasFelt}}
        <div class="scroll"><table class="felt">
        <thead><tr><th>Probe</th><th>Worst outage at {{patience}} s patience</th><th>At</th><th>Step in flight</th><th>Machine</th><th>Package</th><th class="n">Outages</th><th class="n">Together</th></tr></thead>
        <tbody>
        {{#felt}}<tr><td class="w"><b>{{probe}}</b></td><td class="bar"><span class="interval">{{interval}}{{#touchesUnknown}} <abbr title="borders on time in which the recorder cannot tell">?</abbr>{{/touchesUnknown}}</span><span class="track"><span class="may" style="width:{{width}}%"><span class="sure" style="width:{{sure}}%"></span></span></span></td><td class="n">{{at}}</td><td class="w">{{cause}}</td><td class="w">{{machine}}</td><td class="small">{{packages}}</td><td class="n">{{count}}</td><td class="n">{{total}}</td></tr>
        {{/felt}}
        </tbody></table></div>
        {{/hasFelt}}
        {{#hasQuiet}}<p class="quiet"><span class="dot up"></span>No outage: {{quiet}}</p>{{/hasQuiet}}
        {{#hasSilent}}<p class="quiet"><span class="dot unknown"></span>No samples: {{silent}}</p>{{/hasSilent}}
        <p class="small">An interval says: down for at least the first number, at most the second. A client with {{patience}} s patience counts an answer that takes longer as none.</p>
        </section>
        <section>
        <h2>Timeline</h2>
        <div class="tools"><button id="out" type="button" aria-label="zoom out">−</button><button id="in" type="button" aria-label="zoom in">+</button><button id="all" type="button">whole run</button>
        <span class="legend"><span class="dot up"></span>up <span class="dot down"></span>down <span class="dot unknown"></span>unknown <span class="dot update"></span>update <span class="dot procedure"></span>procedure <span class="dot substep"></span>sub-step <span class="dot quietstep"></span>other <span class="dot breakpoint"></span>breakpoint</span></div>
        <div class="timeline">
        <div class="labels">{{#rows}}<div style="height:{{height}}px"{{#heading}} class="heading"{{/heading}}><b>{{text}}</b><i>{{detail}}</i></div>{{/rows}}</div>
        <div class="view" id="view" tabindex="0"><div id="canvas">{{{timeline}}}<div id="mark" hidden></div></div></div>
        </div>
        </section>
        <section>
        <h2>Outages</h2>
        <div class="tools"><label>Patience <select id="patience"><option value="">all</option>{{#patiences}}<option value="{{value}}"{{#selected}} selected{{/selected}}>{{value}} s</option>{{/patiences}}</select></label> <label>Probe or step <input id="filter" type="search" placeholder="any"></label> <span id="shown" class="small"></span></div>
        <div class="scroll tall"><table id="outages">
        <thead><tr><th>Time</th><th>At</th><th>Probe</th><th class="n">Patience</th><th class="n">Length</th><th>How</th><th>First cause</th><th>Machine</th><th>Package</th></tr></thead>
        <tbody>
        {{#outages}}<tr data-patience="{{patience}}" data-from="{{from}}" data-to="{{to}}"><td class="n">{{time}}</td><td class="n">{{at}}</td><td class="w"><b>{{probe}}</b></td><td class="n">{{patience}} s</td><td class="n">{{interval}}{{#touchesUnknown}} <abbr title="borders on time in which the recorder cannot tell">?</abbr>{{/touchesUnknown}}{{#open}} <abbr title="no good answer was seen afterwards">open</abbr>{{/open}}</td><td>{{how}}</td><td class="w">{{cause}} <abbr title="{{othersTitle}}">{{others}}</abbr></td><td class="w">{{machine}}</td><td class="small">{{packages}}</td></tr>
        {{/outages}}
        </tbody></table></div>
        {{#hasMissing}}<p class="small">{{outagesMissing}} shorter outages of {{outageCount}} are left out here; report.json has them all.</p>{{/hasMissing}}
        </section>
        <section>
        <h2>Checks</h2>
        <table><thead><tr><th>Verdict</th><th>Check</th><th>Finding</th></tr></thead><tbody>
        {{#checks}}<tr><td><span class="pill {{verdict}}">{{verdict}}</span></td><td>{{name}}</td><td>{{message}}</td></tr>
        {{/checks}}
        </tbody></table>
        </section>
        <section>
        <h2>Packages</h2>
        {{#machines}}<details{{#hasChanges}} class="some"{{/hasChanges}}><summary><b>{{name}}</b> <span class="small">{{role}}</span> {{#known}}{{count}} changed{{/known}}{{^known}}versions were not read both before and after{{/known}}</summary>
        {{#hasChanges}}<div class="scroll tall"><table><thead><tr><th>Package</th><th>Before</th><th>After</th></tr></thead><tbody>
        {{#packages}}<tr><td>{{name}}</td><td class="mono">{{from}}</td><td class="mono">{{to}}</td></tr>
        {{/packages}}</tbody></table></div>{{/hasChanges}}</details>
        {{/machines}}
        </section>
        <section>
        <h2>Steps</h2>
        <details><summary>What became of each step</summary>
        <div class="scroll tall"><table><thead><tr><th>Step</th><th>Machine</th><th class="n">At</th><th class="n">Took</th><th>Outcome</th><th>Note</th></tr></thead><tbody>
        {{#steps}}<tr{{#bad}} class="bad"{{/bad}}><td class="w" style="padding-left:{{indent}}.6em">{{id}} {{name}}</td><td>{{machine}}</td><td class="n">{{at}}</td><td class="n">{{took}}</td><td>{{outcome}}</td><td class="small">{{note}}</td></tr>
        {{/steps}}</tbody></table></div></details>
        {{#hasPlan}}<details><summary>The plan as it was printed</summary><pre>{{planText}}</pre></details>{{/hasPlan}}
        </section>
        <section>
        <h2>Conditions</h2>
        <dl>{{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
        <h3>The recorder</h3>
        <div class="scroll"><table><thead><tr><th>Probe</th><th>Kind</th><th>Target</th><th class="n">Period</th><th class="n">Resolution</th><th class="n">Samples</th><th class="n">Failed at {{patience}} s</th><th class="n">Late</th><th class="n">Unknown</th></tr></thead><tbody>
        {{#probes}}<tr><td><b>{{name}}</b></td><td>{{kind}}</td><td class="mono">{{target}}</td><td class="n">{{period}}</td><td class="n">{{resolution}}</td><td class="n">{{samples}}</td><td class="n">{{failed}}</td><td class="n">{{late}}</td><td class="n">{{unknown}}</td></tr>
        {{/probes}}</tbody></table></div>
        <p class="small">Resolution is the distance that 99 of 100 neighbouring samples do not exceed. Unknown is time in which the recorder itself was starved or silent; it is counted neither as up nor as down.</p>
        </section>
        </main>
        <script>{{{script}}}</script>
        </body>
        </html>

        """##

    static let style = """
        :root{--back:#f6f7f9;--card:#fff;--text:#1b2330;--soft:#5d6877;--line:#dde2e9;--up:#56b17d;--down:#d6344b;--unknown:#b9a25c;
        --unknown2:#e9dfbe;--update:#7650c9;--procedure:#4a76c4;--substep:#7ea5dd;--quiet:#a9b4c2;--breakpoint:#e0a021;
        --pass:#1e7f4f;--fail:#b3233a;--maybe:#8a6a12;--on:#fff}
        @media (prefers-color-scheme:dark){:root{--back:#12161d;--card:#1a202a;--text:#e4e9f0;--soft:#97a3b4;--line:#2c3542;--up:#3c9466;
        --down:#ef5468;--unknown:#9c8746;--unknown2:#4a4226;--update:#a384ee;--procedure:#5a88d8;--substep:#44699f;--quiet:#556173;
        --breakpoint:#d39a2a;--pass:#1c6b45;--fail:#9c2237;--maybe:#77601c}}
        *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:14px/1.45 system-ui,-apple-system,"Segoe UI",
        "Noto Sans","DejaVu Sans",sans-serif}main{max-width:1500px;margin:0 auto;padding:0 20px 60px}
        .banner{display:flex;gap:28px;align-items:center;padding:22px max(20px,calc((100% - 1460px)/2));color:#fff;background:var(--maybe)}
        .banner.pass{background:var(--pass)}.banner.fail{background:var(--fail)}.banner .word{font-size:44px;font-weight:750;letter-spacing:-.5px}
        .banner h1{font-size:20px;margin:0 0 4px}.banner h1 span{font-weight:400;opacity:.9}.banner p{margin:2px 0;max-width:110ch}
        .banner a{color:inherit}.banner .reason{font-size:13px;opacity:.95}.banner .reason b{text-transform:uppercase;font-size:11px;letter-spacing:.5px;margin-right:4px}
        .banner .meta{font-size:12px;opacity:.8}
        section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 18px 16px;margin-top:18px}
        h2{font-size:16px;margin:0 0 10px}h3{font-size:14px;margin:16px 0 6px}.small,.tools{font-size:12px;color:var(--soft)}
        table{border-collapse:collapse;width:100%;font-size:13px}th{text-align:left;font-weight:600;color:var(--soft);font-size:12px}
        th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}tbody tr:last-child td{border-bottom:0}
        .n{font-variant-numeric:tabular-nums;white-space:nowrap}th.n,td.n{text-align:right}.w{white-space:nowrap}.mono,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:12px}
        .scroll{overflow-x:auto}.tall{max-height:460px;overflow-y:auto}.tall thead th{position:sticky;top:0;background:var(--card)}
        .bar{min-width:230px}.interval{font-variant-numeric:tabular-nums;font-weight:600;white-space:nowrap}
        .track{display:block;height:6px;margin-top:3px}.may{display:block;height:6px;border-radius:3px;background:color-mix(in srgb,var(--down) 30%,transparent);overflow:hidden}
        .sure{display:block;height:6px;background:var(--down)}
        .quiet{margin:10px 0 4px}.dot{display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 5px 0 10px;vertical-align:-1px;background:var(--quiet)}
        .quiet .dot{margin-left:0}.dot.up{background:var(--up)}.dot.down{background:var(--down)}.dot.update{background:var(--update)}
        .dot.procedure{background:var(--procedure)}.dot.substep{background:var(--substep)}.dot.breakpoint{background:var(--breakpoint)}
        .dot.unknown{background:repeating-linear-gradient(45deg,var(--unknown) 0 3px,var(--unknown2) 3px 6px)}
        .tools{display:flex;gap:8px;align-items:center;flex-wrap:wrap;margin-bottom:8px}button,select,input{font:inherit;color:var(--text);background:var(--back);
        border:1px solid var(--line);border-radius:6px;padding:3px 10px}button{cursor:pointer;min-width:32px}.legend{margin-left:auto}
        .timeline{display:flex;border:1px solid var(--line);border-radius:8px;overflow:hidden}
        .labels{flex:none;width:215px;border-right:1px solid var(--line);background:var(--card)}
        .labels div{display:flex;gap:8px;align-items:center;padding:0 8px;font-size:12px;overflow:hidden;white-space:nowrap}
        .labels b{font-weight:600;overflow:hidden;text-overflow:ellipsis}.labels i{font-style:normal;color:var(--soft);font-size:11px;margin-left:auto}
        .labels .heading b{color:var(--soft);font-size:11px;text-transform:uppercase;letter-spacing:.4px}
        .view{flex:1;overflow-x:auto;min-width:0}#canvas{position:relative;min-width:100%}#timeline{display:block}
        #mark{position:absolute;top:20px;bottom:0;border:1px solid var(--text);background:color-mix(in srgb,var(--text) 10%,transparent);pointer-events:none;min-width:3px}
        .grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--soft);font-size:11px}.fine{display:none}.zoomed .fine{display:inline}
        rect.up{fill:var(--up)}rect.down{fill:var(--down);stroke:var(--down);stroke-width:1}rect.unknown{fill:url(#hatch)}
        .hatch-back{fill:var(--unknown2)}.hatch-line{fill:var(--unknown)}
        .step rect{fill:var(--quiet)}.step text{fill:var(--text);font-size:10.5px;pointer-events:none}.step.procedure rect{fill:var(--procedure)}
        .step.substep rect{fill:var(--substep)}.step.update rect{fill:var(--update)}.step.breakpoint rect{fill:var(--breakpoint)}
        .step.procedure text,.step.update text,.step.failed text{fill:var(--on)}.step.failed rect{fill:var(--down)}
        .step.unfinished rect{fill:url(#hatch);stroke:var(--unknown)}.step.odd rect{opacity:.82}.step:hover rect{opacity:1;stroke:var(--text)}
        .pill{display:inline-block;min-width:62px;text-align:center;border-radius:10px;padding:0 8px;font-size:12px;color:#fff;background:var(--maybe)}
        .pill.pass{background:var(--pass)}.pill.fail{background:var(--fail)}tr.bad td{color:var(--down)}
        #outages tbody tr{cursor:pointer}#outages tbody tr:hover td{background:var(--back)}details{margin:4px 0}summary{cursor:pointer;padding:3px 0}
        dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:4px 24px;margin:0}dl div{display:flex;gap:10px;border-bottom:1px solid var(--line);padding:3px 0}
        dt{color:var(--soft);flex:none;min-width:110px}dd{margin:0;overflow-wrap:anywhere}pre{overflow:auto;max-height:520px;background:var(--back);padding:10px;border-radius:8px}
        abbr{text-decoration:none;border-bottom:1px dotted var(--soft);cursor:help;color:var(--soft)}abbr:empty{display:none}
        @media (max-width:700px){.banner{flex-direction:column;align-items:flex-start;gap:6px}.labels{width:120px}.labels i{display:none}}
        @media print{.tools{display:none}.tall{max-height:none}section{break-inside:avoid}}
        """

    static let script = """
        (function(){'use strict';
        var view=document.getElementById('view'),canvas=document.getElementById('canvas'),mark=document.getElementById('mark'),zoom=1;
        function setZoom(next,at){next=Math.min(200,Math.max(1,next));var middle=at===undefined?view.clientWidth/2:at;
        var place=(view.scrollLeft+middle)/(view.clientWidth*zoom);zoom=next;canvas.style.width=(zoom*100)+'%';canvas.className=zoom>8?'zoomed':'';
        view.scrollLeft=place*view.clientWidth*zoom-middle;}
        document.getElementById('in').onclick=function(){setZoom(zoom*1.7);};
        document.getElementById('out').onclick=function(){setZoom(zoom/1.7);};
        document.getElementById('all').onclick=function(){mark.hidden=true;setZoom(1);};
        view.addEventListener('wheel',function(e){if(!e.ctrlKey)return;e.preventDefault();
        setZoom(zoom*Math.exp(-e.deltaY/300),e.clientX-view.getBoundingClientRect().left);},{passive:false});
        view.addEventListener('keydown',function(e){if(e.key==='+')setZoom(zoom*1.7);if(e.key==='-')setZoom(zoom/1.7);if(e.key==='0')setZoom(1);});
        var rows=[].slice.call(document.querySelectorAll('#outages tbody tr'));
        rows.forEach(function(row){row.onclick=function(){var from=+row.dataset.from,to=+row.dataset.to,width=Math.max(to-from,.02);
        mark.hidden=false;mark.style.left=from+'%';mark.style.width=width+'%';setZoom(Math.min(60,20/width));
        view.scrollLeft=(from+width/2)/100*view.clientWidth*zoom-view.clientWidth/2;view.scrollIntoView({block:'center'});};});
        var patience=document.getElementById('patience'),filter=document.getElementById('filter'),shown=document.getElementById('shown');
        function show(){var count=0,words=filter.value.toLowerCase();rows.forEach(function(row){
        var on=(!patience.value||row.dataset.patience===patience.value)&&(!words||row.textContent.toLowerCase().indexOf(words)>=0);
        row.hidden=!on;if(on)count++;});shown.textContent=count+' of '+rows.length+' shown; a click shows one on the timeline';}
        patience.onchange=show;filter.oninput=show;show();})();
        """
}
