import RehearsalAnalysis
import RehearsalHistory
import RehearsalModel

/// The picture of the run: steps by machine above, the states of the probes below.
struct TimelineSection: ReportSection {
    let style = """
        .timeline{display:flex;border:1px solid var(--line);border-radius:8px;overflow:hidden}
        .labels{flex:none;width:215px;border-right:1px solid var(--line);background:var(--card)}
        .labels div{display:flex;gap:8px;align-items:center;padding:0 8px;font-size:12px;overflow:hidden;white-space:nowrap}
        .labels b{font-weight:600;overflow:hidden;text-overflow:ellipsis}.labels i{font-style:normal;color:var(--soft);font-size:11px;margin-left:auto}
        .labels .heading b{color:var(--soft);font-size:11px;text-transform:uppercase;letter-spacing:.4px}
        .view{flex:1;overflow-x:auto;min-width:0}#canvas{position:relative;min-width:100%}#timeline{display:block}
        #mark{position:absolute;top:20px;bottom:0;border:1px solid var(--text);pointer-events:none;min-width:3px}
        .grid{stroke:var(--line);stroke-width:1}.tick{fill:var(--soft);font-size:11px}.fine{display:none}.zoomed .fine{display:inline}
        rect.up{fill:var(--up)}rect.failed{fill:var(--failed);stroke:var(--failed);stroke-width:1}rect.slow{fill:var(--slow)}rect.host{fill:var(--soft)}rect.unknown{fill:url(#hatch)}
        .hatch-back{fill:var(--unknown2)}.hatch-line{fill:var(--unknown)}
        .step rect{fill:var(--quiet)}.step text{fill:var(--text);font-size:10.5px;pointer-events:none}.step.procedure rect{fill:var(--procedure)}
        .step.substep rect{fill:var(--substep)}.step.update rect{fill:var(--update)}.step.breakpoint rect{fill:var(--breakpoint)}
        .step.procedure text,.step.update text,.step.failed text{fill:var(--on)}.step.failed rect{fill:var(--failed)}
        .step.fault rect{fill:var(--text)}.step.fault text,.step.breakpoint text{fill:var(--card)}
        .step.unfinished rect{fill:url(#hatch);stroke:var(--unknown)}.step.odd rect{opacity:.82}.step:hover rect{opacity:1;stroke:var(--text)}

        """

    let script = """
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
        function moment(){var at=/^#t=(\\d+)$/.exec(location.hash),all=+canvas.dataset.seconds;if(!at||!all)return;var part=Math.min(1,at[1]/all);
        setZoom(Math.max(zoom,8));mark.hidden=false;mark.style.left=part*100+'%';mark.style.width='0';
        view.scrollLeft=part*view.clientWidth*zoom-view.clientWidth/2;view.scrollIntoView({block:'center'});}
        window.addEventListener('hashchange',moment);moment();

        """

    private static let template = """
        <section>
        <h2>Timeline</h2>
        <div class="tools"><button id="out" type="button" aria-label="zoom out">−</button><button id="in" type="button" aria-label="zoom in">+</button><button id="all" type="button">whole run</button>
        <span class="legend"><span class="dot up"></span>up <span class="dot failed"></span>failed <span class="dot slow"></span>slow <span class="dot unknown"></span>unknown <span class="dot update"></span>update <span class="dot procedure"></span>procedure <span class="dot substep"></span>sub-step <span class="dot quietstep"></span>other <span class="dot breakpoint"></span>breakpoint{{#faults}} <span class="dot fault"></span>fault{{/faults}}</span></div>
        <div class="timeline">
        <div class="labels">{{#rows}}<div style="height:{{height}}px"{{#heading}} class="heading"{{/heading}}><b>{{text}}</b><i>{{detail}}</i></div>{{/rows}}</div>
        <div class="view" id="view" tabindex="0"><div id="canvas" data-seconds="{{seconds}}">{{{timeline}}}<div id="mark" hidden></div></div></div>
        </div>
        </section>

        """

    func html(_ page: HTMLPage) throws -> String {
        try page.fill(
            Self.template,
            [
                "faults": page.analysis.spans.contains { $0.step.kind == .fault },
                "timeline": page.timeline.svg,
                "seconds": DurationText.number(page.analysis.durationSeconds),
                "rows": page.timeline.labels.map {
                    ["text": $0.text.printable, "detail": $0.detail.printable, "height": $0.height, "heading": $0.isHeading]
                        as [String: Any]
                },
            ])
    }
}
