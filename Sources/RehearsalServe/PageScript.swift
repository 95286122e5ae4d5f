/// The scripts and pages of the server that are the same for every run.
enum PageScript {
    /// Keeps a run's page up to date, and answers for the operator.
    ///
    /// The page holds states, not changes: a part that comes again replaces the one before. A connection that is lost is opened anew for ever.
    static let live = """
        (()=>{"use strict";const $=i=>document.getElementById(i);const base="/run/"+encodeURIComponent(document.body.dataset.run);let source,last=Date.now(),held=false,ended=false,said=0;
        const say=t=>{const now=Date.now();if(now-said<10000)return;said=now;$("said").textContent=t};
        const put=p=>{const e=$(p.id);if(!e||e.innerHTML===p.html)return;
        if(p.id==="gate"&&e.contains(document.activeElement)&&p.html&&e.querySelector("form")&&e.querySelector("form").dataset.question===p.html.match(/data-question="([^"]*)"/)?.[1])return;
        const pre=e.querySelector("pre"),end=!pre||pre.scrollTop+pre.clientHeight>=pre.scrollHeight-8,view=e.querySelector(".view"),left=view?view.scrollLeft:0,plan=e.querySelector(".plan"),top=plan?plan.scrollTop:0;
        e.innerHTML=p.html;const now=e.querySelector("pre");if(now&&end)now.scrollTop=now.scrollHeight;const v=e.querySelector(".view");if(v)v.scrollLeft=left;
        const l=e.querySelector(".plan");if(l)l.scrollTop=top;
        if(p.id==="head"){const w=e.querySelector("[data-word]");if(w){const word=w.dataset.word;document.title=(word==="waits for you"?"◆ ":"")+word+", "+(e.querySelector("h1")?.textContent||"");say(word)}}};
        const open=()=>{if(ended||held)return;source&&source.close();source=new EventSource(base+"/events");
        source.addEventListener("part",m=>{last=Date.now();put(JSON.parse(m.data))});
        source.addEventListener("beat",m=>{last=Date.now();const a=JSON.parse(m.data).age;$("fresh").dataset.age=a});
        source.addEventListener("end",()=>{ended=true;source.close();$("fresh").textContent="the run has ended";document.body.classList.remove("stale")});
        source.onerror=()=>{}};
        setInterval(()=>{if(ended||held)return;const s=Math.round((Date.now()-last)/1000),stale=s>25;document.body.classList.toggle("stale",stale);
        $("fresh").textContent=stale?"no word from the server for "+s+" s":"live, "+s+" s ago";if(stale&&s%5===0)open()},1000);
        document.addEventListener("visibilitychange",()=>{if(document.visibilityState==="visible")open();else setTimeout(()=>{if(document.visibilityState!=="visible"&&source)source.close()},60000)});
        $("hold").onclick=()=>{held=!held;$("hold").textContent=held?"go on":"pause";if(held){source&&source.close();$("fresh").textContent="paused"}else open()};
        document.addEventListener("submit",async e=>{e.preventDefault();const f=e.target,b=e.submitter,out=f.querySelector("output");
        if(!b.dataset.sure){b.dataset.sure="1";b.textContent=b.name==="stop"?"stop here: press again":"go on with "+f.answer.value+": press again";return}
        b.disabled=true;const r=await fetch(base+"/answer",{method:"POST",headers:{"Content-Type":"application/json"},
        body:JSON.stringify({question:f.dataset.question,answer:b.name==="stop"?"no":f.answer.value})});
        out.textContent=r.ok?"said":await r.text();if(!r.ok){b.disabled=false;delete b.dataset.sure}});
        open()})();
        """
}
