import Crypto
import Foundation
import Markup
import RehearsalModel

/// `demo.html`: the stage in one file, with a player that needs no network.
struct DemoPage {
    let stage: any Scenery

    func render() -> String {
        let play = stage.play
        let light = StageSVG(stage: stage, palette: .light)
        let poster = stage.frame(at: play.poster)
        let style =
            Self.style + light.css + "@media(prefers-color-scheme:dark){:root:not([data-theme=light]){\(Self.night)}"
            + "\(Self.scoped(StagePalette.dark, ":root:not([data-theme=light]) "))}"
            + ":root[data-theme=dark]{\(Self.night)}" + Self.scoped(StagePalette.dark, ":root[data-theme=dark] ")
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-\(Self.digest(Self.script))'; style-src 'sha256-\(Self.digest(style))'; base-uri 'none'; form-action 'none'">
            <title>\(Markup.escaped(play.title.printable))</title><style>\(style)</style></head>
            <body><main>
            <h1>\(Markup.escaped(play.title.printable))</h1>
            <div id="stage" tabindex="0" aria-label="the recording; space plays and pauses it">\(light.page(of: poster))</div>
            <div id="bar"><button id="play" type="button">play</button>
            <input id="seek" type="range" min="0" max="\(play.map.length)" step="100" value="\(play.poster)" aria-label="moment">
            <label>speed <select id="rate"><option value="0.5">half</option><option value="1" selected>normal</option><option value="2">double</option><option value="4">four times</option></select></label>
            <label><input id="captions" type="checkbox" checked> captions</label>
            <button id="theme" type="button">light or dark</button>
            <a id="there" href="report.html">this moment in the report</a></div>
            <p class="keys">Keys: space plays, arrows go 5 s, [ and ] go to chapters, 0 to 9 to tenths, , and . a picture, c captions, f full screen.</p>
            <h2>Chapters</h2><ol id="chapters">\(chapters)</ol>
            <h2>What is said</h2><ol id="said">\(said)</ol>
            </main>
            <script id="d" type="application/json">\(data)</script>
            <script>\(Self.script)</script></body></html>

            """
    }

    // MARK: Text

    private var chapters: String {
        stage.play.chapters.map { chapter in
            "<li><button type=\"button\" data-t=\"\(chapter.shown)\">\(Markup.escaped(chapter.name.printable))</button> "
                + "<span>\(clock(stage.play.map.run(atShown: chapter.shown))) of the run</span></li>"
        }.joined()
    }

    private var said: String {
        stage.play.captions.map { caption in
            "<li><button type=\"button\" data-t=\"\(caption.from)\">\(clock(stage.play.map.run(atShown: caption.from)))</button> "
                + "\(Markup.escaped(caption.text.printable))</li>"
        }.joined()
    }

    private func clock(_ milliseconds: Int64) -> String { "+" + DurationText.elapsed(Double(milliseconds) / 1_000) }

    // MARK: Data

    /// What the player needs, as JSON: `parts` are name, kind and the style of words; `first` and `changes` are numbers of `looks`.
    private var data: String {
        let (first, changes) = stage.changes()
        var (numbers, looks): ([Look: Int], [Look]) = ([:], [])
        func number(_ look: Look) -> Int {
            if let number = numbers[look] { return number }
            numbers[look] = looks.count
            looks.append(look)
            return looks.count - 1
        }
        let firsts = first.map { "\(number($0))" }.joined(separator: ",")
        let later = changes.map { "[\($0.shown),\($0.part),\(number($0.look))]" }.joined(separator: ",")
        let parts = stage.parts.map { part in
            let (kind, style): (String, String) =
                switch part.kind {
                case .text(let font): ("t", (font.isMonospaced ? " m" : "") + (font.isBold ? " b" : "") + (font.isRight ? " r" : ""))
                case .mark: ("m", "")
                case .bar: ("b", "")
                }
            return "[\"\(part.id)\",\"\(kind)\",\"\(style)\"]"
        }.joined(separator: ",")
        let said = looks.map { look in "[\(Self.quoted(look.text)),\"\(look.style)\",\(look.x),\(max(0, look.width))]" }.joined(
            separator: ",")
        let corners = stage.play.map.corners.map { "[\($0.run),\($0.shown)]" }.joined(separator: ",")
        let marks = stage.play.chapters.map { "[\($0.shown),\(Self.quoted($0.name))]" }.joined(separator: ",")
        return
            "{\"poster\":\(stage.play.poster),\"length\":\(stage.play.map.length),\"parts\":[\(parts)],\"looks\":[\(said)],\"first\":[\(firsts)],"
            + "\"changes\":[\(later)],\"corners\":[\(corners)],\"chapters\":[\(marks)]}"
    }

    /// A text as JSON that no parser of HTML can take for a tag.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.printable.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "<", ">", "&": quoted += "\\u00" + String(scalar.value, radix: 16)
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func digest(_ text: String) -> String { Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString() }

    // MARK: Style and script

    /// The rules of a palette, each behind a selector.
    private static func scoped(_ palette: StagePalette, _ scope: String) -> String {
        palette.css.split(separator: "}").map { "\(scope)\($0)}" }.joined()
    }

    private static let night = "--back:#0A0E13;--text:#E8EDF3;--soft:#A3AFBE;--line:#2B3440"

    private static let style = """
        :root{--back:#F4F6F8;--text:#141A22;--soft:#566070;--line:#D5DBE3}body{margin:0;background:var(--back);color:var(--text);
        font:15px/1.5 system-ui,"DejaVu Sans",sans-serif}main{max-width:1280px;margin:0 auto;padding:12px}h1{font-size:20px;margin:4px 0 10px}
        h2{font-size:16px;margin:18px 0 6px}#stage svg{width:100%;height:auto;display:block;border-radius:8px}#stage:fullscreen{display:grid;align-items:center;background:var(--back)}
        #bar{display:flex;flex-wrap:wrap;gap:10px;align-items:center;margin:10px 0}#seek{flex:1 1 300px}button,select{font:inherit;color:var(--text);
        background:transparent;border:1px solid var(--line);border-radius:6px;padding:4px 12px;cursor:pointer}a{color:inherit}
        :focus-visible{outline:3px solid #D97706;outline-offset:2px}.keys,li span{color:var(--soft);font-size:13px}ol{padding-left:28px}li{margin:3px 0}
        li[aria-current] button{border-color:var(--text);font-weight:700}.without #caption0,.without #caption1{visibility:hidden}
        @media(max-width:700px){.keys{display:none}}
        """

    private static let script = """
        (()=>{const D=JSON.parse(document.getElementById("d").textContent),$=i=>document.getElementById(i),E=D.parts.map(p=>$(p[0]));
        let now=D.poster,done=-1,at=[],playing=false,last=0,rate=1;
        const show=(i,n)=>{if(at[i]===n)return;at[i]=n;const e=E[i],k=D.parts[i],[t,s,x,w]=D.looks[n];
        if(k[1]==="t"){e.textContent=t;e.setAttribute("class",s+k[2]+(s==="typed"?" b":""))}else if(k[1]==="m"){e.setAttribute("href","#m-"+s)}
        else{e.setAttribute("class",s);e.setAttribute("x",x);e.setAttribute("width",w)}};
        const run=t=>{const c=D.corners;for(let i=1;i<c.length;i++)if(c[i][1]>=t){const[a,b]=[c[i-1],c[i]];return b[1]>a[1]?a[0]+(b[0]-a[0])*(t-a[1])/(b[1]-a[1]):b[0]}
        return c[c.length-1][0]};
        const shown=r=>{const c=D.corners;for(let i=1;i<c.length;i++)if(c[i][0]>=r){const[a,b]=[c[i-1],c[i]];return b[0]>a[0]?a[1]+(b[1]-a[1])*(r-a[0])/(b[0]-a[0]):b[1]}
        return D.length};
        const clock=ms=>{const s=Math.floor(ms/1000),p=n=>String(n).padStart(2,"0");return(s>=3600?Math.floor(s/3600)+":":"")+p(Math.floor(s/60)%60)+":"+p(s%60)};
        const chapter=()=>{let n=0;D.chapters.forEach((c,i)=>{if(c[0]<=now)n=i});return n};
        const draw=()=>{if(done<0||(done>0&&D.changes[done-1][0]>now)){const want=D.first.slice();done=0;while(done<D.changes.length&&D.changes[done][0]<=now){
        want[D.changes[done][1]]=D.changes[done][2];done++}want.forEach((n,i)=>show(i,n))}
        else while(done<D.changes.length&&D.changes[done][0]<=now){show(D.changes[done][1],D.changes[done][2]);done++}
        const n=chapter(),s=$("seek");s.value=now;s.setAttribute("aria-valuetext",clock(run(now))+" of the run, chapter "+(n+1)+", "+D.chapters[n][1]);
        document.querySelectorAll("#chapters li").forEach((l,i)=>i===n?l.setAttribute("aria-current","true"):l.removeAttribute("aria-current"));
        $("there").href="report.html#t="+Math.round(run(now)/1000)};
        const go=(t,keep)=>{now=Math.max(0,Math.min(D.length,t));draw();if(keep)history.pushState(null,"","#t="+Math.round(run(now)/1000))};
        const tick=t=>{if(!playing)return;now+=(t-last)*rate;last=t;if(now>=D.length){now=D.length;play(false)}draw();if(playing)requestAnimationFrame(tick)};
        const play=on=>{playing=on;$("play").textContent=on?"pause":"play";if(on){if(now>=D.length)now=0;last=performance.now();requestAnimationFrame(tick)}};
        $("play").onclick=()=>play(!playing);$("seek").oninput=e=>go(+e.target.value);$("rate").onchange=e=>rate=+e.target.value;
        $("captions").onchange=e=>$("stage").classList.toggle("without",!e.target.checked);
        $("theme").onclick=()=>{const r=document.documentElement,d=r.dataset.theme?r.dataset.theme==="dark":matchMedia("(prefers-color-scheme:dark)").matches;r.dataset.theme=d?"light":"dark"};
        document.querySelectorAll("[data-t]").forEach(b=>b.onclick=()=>go(+b.dataset.t,true));
        $("stage").onclick=()=>play(!playing);
        $("stage").onkeydown=e=>{const k=e.key,c=D.chapters.map(c=>c[0]);let used=true;
        if(k===" ")play(!playing);else if(k==="ArrowRight")go(now+5000);else if(k==="ArrowLeft")go(now-5000);
        else if(k==="]")go(c.find(t=>t>now)??D.length,true);else if(k==="[")go([...c].reverse().find(t=>t<now-500)??0,true);
        else if(k>="0"&&k<="9")go(D.length*k/10,true);else if(k===".")go(now+100);else if(k===",")go(now-100);
        else if(k==="<"||k===">"){const s=$("rate"),i=s.selectedIndex+(k===">"?1:-1);if(i>=0&&i<s.length){s.selectedIndex=i;rate=+s.value}}
        else if(k==="c"){$("captions").click()}else if(k==="f"){document.fullscreenElement?document.exitFullscreen():$("stage").requestFullscreen()}else used=false;
        if(used)e.preventDefault()};
        const here=()=>{const m=/^#t=(?:(\\d+):)?(\\d+)$/.exec(location.hash);if(m)go(shown(((+(m[1]||0))*60+ +m[2])*1000))};
        onpopstate=here;draw();here();window.seek=t=>{play(false);go(t)}})();
        """
}
