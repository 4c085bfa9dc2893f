/// The page's stylesheet: everything of colour and size is here, once for light and once for dark.
enum PageStyle {
    static let text = colours + layout + parts + drawings + paper

    // Eight colours that stay apart for people who confuse red and green, each with a contrast of at least 4.5 to 1.
    private static let colours = """
        :root{color-scheme:light dark;--ground:#f6f7f9;--card:#fff;--ink:#1b2128;--soft:#545e6a;--line:#d9dee4;
        --accent:#0b5fa5;--good:#00705c;--bad:#b3261e;--heat:#0b5fa5;--on:#fff;--grid:#e6e9ed;
        --c0:#0b69b7;--c1:#bb4a06;--c2:#007a65;--c3:#9b3f8a;--c4:#7d6200;--c5:#3f6b79;--c6:#5848b3;--c7:#7a4a21;--c8:#a9b3be}
        @media(prefers-color-scheme:dark){:root{--ground:#0f1317;--card:#171c22;--ink:#e6eaee;--soft:#a3aeb9;--line:#2f3842;
        --accent:#6db3f2;--good:#4fd1b0;--bad:#ff9d94;--heat:#6db3f2;--on:#0f1317;--grid:#262e37;
        --c0:#6db3f2;--c1:#f5a35c;--c2:#4fd1b0;--c3:#e59ad6;--c4:#e3cf57;--c5:#9fc5cf;--c6:#b3a7f5;--c7:#d6ab85;--c8:#5b6773}}

        """

    private static let layout = """
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
        "Helvetica Neue",Arial,sans-serif}
        main,header,footer{max-width:1200px;margin:0 auto;padding:0 16px}
        header{padding-top:28px}
        footer{padding-top:24px;padding-bottom:40px;color:var(--soft);font-size:14px}
        h1{font-size:28px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
        h2{font-size:20px;line-height:1.3;margin:40px 0 6px}
        h3{font-size:16px;margin:0 0 8px}
        p{margin:0 0 12px;max-width:74ch}
        .lead{color:var(--soft)}
        a{color:var(--accent)}
        nav{display:flex;flex-wrap:wrap;gap:2px 16px;margin:16px 0 0;font-size:14px}
        nav a{display:inline-block;padding:3px 0}
        .row{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:16px}
        .row.full{grid-template-columns:repeat(auto-fit,minmax(min(100%,320px),1fr))}
        .row.wide{grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr))}
        .row+.row,.row+p{margin-top:16px}
        .card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px;min-width:0;margin:0}
        .card+.card:not(.row>.card){margin-top:16px}
        .scroll{overflow-x:auto;max-width:100%}
        @media(max-width:480px){main,header,footer{padding-left:10px;padding-right:10px}.card{padding:12px}}
        :focus-visible{outline:2px solid var(--accent);outline-offset:2px}

        """

    private static let parts = """
        .badge{display:inline-block;border:1px solid currentColor;border-radius:999px;padding:1px 10px;font-size:14px;
        font-weight:600;color:var(--good);vertical-align:middle}
        .badge.bad{color:var(--bad)}
        .alert{border-left:4px solid var(--bad)}
        dl.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(120px,1fr));gap:12px 20px;margin:0}
        .facts+.facts{margin-top:12px}
        .facts .long{grid-column:span 2}
        .facts dt{color:var(--soft);font-size:13px}
        .facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
        .facts .whole{grid-column:1/-1}
        code,pre,.mono{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
        code,.mono{overflow-wrap:anywhere}
        .mono{font-weight:400!important}
        pre{margin:0;padding:12px;overflow-x:auto;background:var(--ground);border:1px solid var(--line);border-radius:6px}
        pre.wrap{white-space:pre-wrap;overflow-wrap:anywhere}
        pre+p{margin-top:14px}
        .big{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 10px;font-size:40px;line-height:1.1;font-weight:650;
        letter-spacing:-.02em}
        .big small{font-size:14px;line-height:1.5;font-weight:400;letter-spacing:0;color:var(--soft)}
        .meter{height:8px;border-radius:4px;background:var(--grid);margin:10px 0 4px;overflow:hidden}
        .meter i{display:block;height:100%;background:var(--accent);border-radius:4px}
        .tile dl.facts{grid-template-columns:repeat(auto-fill,minmax(112px,1fr));margin-top:14px}
        table{border-collapse:collapse;font-size:14px;width:100%;font-variant-numeric:tabular-nums}
        th,td{padding:5px 13px 5px 0;text-align:left;vertical-align:middle;border-bottom:1px solid var(--line);white-space:nowrap}
        thead th{color:var(--soft);font-weight:600;vertical-align:bottom}
        tbody th{font-weight:600}
        .long-name{display:inline-block;width:22ch;white-space:normal;overflow-wrap:anywhere}
        tbody tr:last-child>*{border-bottom:0}
        td.n,th.n{text-align:right}
        td.words{white-space:normal;min-width:16ch}
        th:last-child,td:last-child{padding-right:0}
        figure{margin:0}
        figcaption{font-weight:600;margin-bottom:6px}
        figcaption small,.small{display:block;font-weight:400;color:var(--soft);font-size:13px}
        ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 14px;margin:0 0 6px;padding:0;font-size:13px}
        .legend i{display:inline-block;width:12px;height:12px;border-radius:2px;margin-right:6px;vertical-align:-1px}
        .after{margin:12px 0 0}
        i.none{display:none}
        details{margin-top:12px}
        .card>details:first-child{margin-top:0}
        summary{cursor:pointer;color:var(--accent);padding:4px 0;font-size:14px}
        .grid-picture{display:grid;grid-template-columns:auto minmax(0,1fr);gap:0 6px;max-width:610px}
        .grid-picture ol{list-style:none;display:grid;grid-auto-rows:1fr;margin:0;padding:0;font-size:12px;color:var(--soft);
        text-align:right}
        .grid-picture li{display:flex;align-items:center;justify-content:flex-end;min-height:0;overflow:hidden;line-height:1}
        img{display:block;width:100%;height:auto;image-rendering:pixelated;border-radius:4px}
        .strip{display:flex;gap:12px;overflow-x:auto;padding-bottom:6px;margin-top:14px}
        .strip figure{flex:0 0 190px}
        .strip figcaption{font-size:13px;font-weight:400;color:var(--soft);margin:0 0 4px}
        .slider{display:flex;align-items:center;gap:10px;margin-top:10px;font-size:14px}
        .slider input{flex:1;min-width:0;accent-color:var(--accent)}
        .slider output{min-width:8ch}
        [hidden]{display:none!important}

        """

    private static let drawings: String = {
        let numbers = 0...Palette.neutral
        let strokes = numbers.map { ".line.c\($0){stroke:var(--c\($0))}" }.joined()
        let fills = numbers.map { ".mark.c\($0),.end.c\($0),.part.c\($0){fill:var(--c\($0))}i.c\($0){background:var(--c\($0))}" }
        let heats = (0..<CellMap.shades).map { shade in
            let share = Figures.fixed(0.08 + 0.92 * Double(shade) / Double(CellMap.shades - 1), 2)
            return ".h\(shade){fill-opacity:\(share)}i.h\(shade){background:var(--heat);opacity:\(share)}"
        }
        return """
            svg.chart{display:block;width:100%;max-width:420px;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,
            Arial,sans-serif}
            svg.u{display:block;font:9.5px system-ui,sans-serif}
            .tick,.name,.note{fill:var(--soft)}
            .note{paint-order:stroke;stroke:var(--card);stroke-width:3px}
            .end{font-weight:600}
            .grid{stroke:var(--grid)}
            .axis{stroke:var(--line)}
            .level{stroke:var(--soft);stroke-dasharray:4 3}
            .line{fill:none;stroke-width:1.75;stroke-linejoin:round;stroke-linecap:round}
            .ghost{fill-opacity:0}
            .ghost:hover{fill-opacity:1}
            .heat{fill:var(--heat)}
            .sign{fill:var(--ink);font-size:12px;font-weight:700}.dot{fill:var(--bad)}
            .cell{fill:var(--on);font-size:10px}.sign.cell{fill:var(--on);font-size:12px}
            .home{fill:var(--c0)}.away{fill:var(--card);stroke:var(--soft)}
            .in-home{fill:var(--on);font-weight:600}.in-away{fill:var(--soft)}
            .thread{fill:none;stroke:var(--line);stroke-width:1.5}
            \(strokes)\(fills.joined())\(heats.joined())

            """
    }()

    private static let paper = """
        @media print{:root{--ground:#fff}body{font-size:12px}nav,.slider{display:none}.card{break-inside:avoid}
        .strip{flex-wrap:wrap;overflow:visible}.scroll,pre{overflow:visible}pre{white-space:pre-wrap}h2{break-after:avoid}}
        """
}
