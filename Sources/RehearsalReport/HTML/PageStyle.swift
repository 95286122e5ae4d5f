/// The CSS that sections share.
enum PageStyle {
    /// The colours, by day and by night, and the body. States differ for the colour-blind, too: blue answers, red and orange do not (`StagePalette`).
    static let colours = """
        :root{--back:#f6f7f9;--card:#fff;--text:#1b2330;--soft:#5d6877;--line:#dde2e9;--up:#2c7fb8;--failed:#b2182b;--slow:#d97706;--unknown:#767f8c;
        --unknown2:#e3e7ec;--update:#5b2a86;--procedure:#4a76c4;--substep:#7a94b6;--quiet:#8793a3;--breakpoint:#141a22;
        --pass:#1e7f4f;--fail:#b3233a;--maybe:#8a6a12;--on:#fff}
        @media (prefers-color-scheme:dark){:root{--back:#12161d;--card:#1a202a;--text:#e4e9f0;--soft:#97a3b4;--line:#2c3542;--up:#3fa7e0;
        --failed:#ff5c39;--slow:#ffd54a;--unknown:#8c96a3;--unknown2:#303946;--update:#a78bfa;--procedure:#5a88d8;--substep:#5f83b5;--quiet:#6f7c8e;
        --breakpoint:#fff;--on:#0f141b;--pass:#1c6b45;--fail:#9c2237;--maybe:#77601c}}
        *{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--text);font:14px/1.45 system-ui,-apple-system,"Segoe UI",
        "Noto Sans","DejaVu Sans",sans-serif}main{max-width:1500px;margin:0 auto;padding:0 20px 60px}

        """

    /// Sections as cards, and tables in them.
    static let cards = """
        section{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 18px 16px;margin-top:18px}
        h2{font-size:16px;margin:0 0 10px}h3{font-size:14px;margin:16px 0 6px}.small,.tools{font-size:12px;color:var(--soft)}
        table{border-collapse:collapse;width:100%;font-size:13px}th{text-align:left;font-weight:600;color:var(--soft);font-size:12px}
        th,td{padding:5px 10px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}tbody tr:last-child td{border-bottom:0}
        .n{font-variant-numeric:tabular-nums;white-space:nowrap}th.n,td.n{text-align:right}.w{white-space:nowrap}.why{display:block;white-space:normal;min-width:240px}.mono,pre{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:12px}
        .scroll{overflow-x:auto}.tall{max-height:460px;overflow-y:auto}.tall thead th{position:sticky;top:0;background:var(--card)}

        """

    /// Dots that stand for states, and the controls above a section.
    static let controls = """
        .quiet{margin:10px 0 4px}.dot{display:inline-block;width:11px;height:11px;border-radius:3px;margin:0 5px 0 10px;vertical-align:-1px;background:var(--quiet)}
        .quiet .dot{margin-left:0}.dot.up{background:var(--up)}.dot.failed{background:var(--failed)}.dot.slow{background:var(--slow)}.dot.update{background:var(--update)}
        .dot.procedure{background:var(--procedure)}.dot.substep{background:var(--substep)}.dot.breakpoint{background:var(--breakpoint)}.dot.fault{background:var(--text)}
        .dot.unknown{background:repeating-linear-gradient(45deg,var(--unknown) 0 3px,var(--unknown2) 3px 6px)}
        .tools{display:flex;gap:8px;align-items:center;flex-wrap:wrap;margin-bottom:8px}button,select,input{font:inherit;color:var(--text);background:var(--back);
        border:1px solid var(--line);border-radius:6px;padding:3px 10px}button{cursor:pointer;min-width:32px}.legend{margin-left:auto}

        """

    /// Words that say how something went.
    static let marks = """
        .pill{display:inline-block;min-width:62px;text-align:center;border-radius:10px;padding:0 8px;font-size:12px;color:#fff;background:var(--maybe)}
        .pill.pass{background:var(--pass)}.pill.fail{background:var(--fail)}tr.bad td{color:var(--failed)}

        """

    /// Explanations, and what narrow screens and printers change; after all other rules.
    static let closing = """
        abbr{text-decoration:none;border-bottom:1px dotted var(--soft);cursor:help;color:var(--soft)}abbr:empty{display:none}
        @media (max-width:700px){.banner{flex-direction:column;align-items:flex-start;gap:6px}.labels{width:120px}.labels i{display:none}}
        .sorts{cursor:pointer}.sorts[aria-sort=ascending]:after{content:" ↑"}.sorts[aria-sort=descending]:after{content:" ↓"}
        :focus-visible{outline:2px solid var(--breakpoint);outline-offset:1px}
        @media print{.tools{display:none}.tall{max-height:none;overflow:visible}section{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
        """
}
