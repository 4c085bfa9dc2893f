import Crypto
import Foundation
import OxbowReport

/// The page at `/`: a frame without anything of a peer's in it. Its script fills it with what `/events` and `/api` say, as
/// text; drawings come escaped from the server.
enum LivePage {
    static let html = """
        \(PageHead.html(style: style))
        <header>
        <h1>Oxbow fleet <span id="link" class="badge" role="status">connecting</span></h1>
        <p class="lead" id="lead">Asking the broker.</p>
        </header>
        <main>
        <noscript><p class="card alert">This page is filled by its script. <a href="/api/status">The same as JSON</a>.</p></noscript>
        <p id="alert" class="card alert" role="alert" hidden></p>
        <section aria-labelledby="run-title"><h2 id="run-title">Run</h2><div id="run"></div></section>
        <section aria-labelledby="fleet-title"><h2 id="fleet-title">Fleet</h2><div id="tiers" class="row"></div>
        <details id="members"><summary></summary><div class="card scroll" tabindex="0" role="region" aria-label="Members"></div></details></section>
        <section aria-labelledby="curves-title" id="curves" hidden><h2 id="curves-title">Curves</h2><div class="row full">
        <figure class="card"><figcaption>Loss<small>means over workers, by step; 0.69 is guessing</small></figcaption><div id="loss"></div></figure>
        <figure class="card"><figcaption>Divergence<small>how far workers are from their cluster, by round</small></figcaption><div id="divergence"></div></figure>
        <figure class="card" hidden><figcaption>Image score<small>means over a tier's workers, by round; 1 is noise</small></figcaption><div id="image_score"></div></figure>
        <figure class="card" hidden><figcaption>FID<small>means over a tier's workers, by round; less is better</small></figcaption><div id="fid"></div></figure>
        </div></section>
        <section aria-labelledby="images-title" id="images" hidden><h2 id="images-title">Generated images</h2><div id="grids" class="row"></div></section>
        <section aria-labelledby="plan-title" id="plan-section" hidden><h2 id="plan-title">Plan</h2><div id="plan"></div></section>
        <section aria-labelledby="events-title"><h2 id="events-title">Events</h2><div class="card"><ol id="events" class="events"></ol></div></section>
        <section aria-labelledby="broker-title"><h2 id="broker-title">Broker</h2><div class="card" id="broker"></div></section>
        </main>
        <footer><a href="/api/status">/api/status</a> · <a href="/metrics">/metrics</a> · <a href="/healthz">/healthz</a> · <a href="/readyz">/readyz</a></footer>
        <script>\(LivePageScript.text)</script>
        </body>
        </html>

        """

    /// Only this page's own script and style, and pictures and data of this server.
    static let policy = """
        default-src 'none'; img-src 'self' data:; connect-src 'self'; style-src '\(hash(style))' '\(hash(LoginPage.style))'; \
        script-src '\(hash(LivePageScript.text))'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'
        """

    private static func hash(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }

    private static let style =
        LiveChart.style + """
            h1{display:flex;flex-wrap:wrap;align-items:center;gap:6px 12px}
            .badge.wait{color:var(--soft)}
            .chips{display:flex;flex-wrap:wrap;gap:6px;list-style:none;margin:8px 0 0;padding:0;font-size:13px}
            .chips li{background:var(--ground);border:1px solid var(--line);border-radius:6px;padding:1px 8px}
            .chips .computing{color:var(--accent);border-color:currentColor}
            .chips .away,.chips .sidelined{color:var(--bad);border-color:currentColor}
            .head{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:4px 12px}
            .head h3{margin:0;overflow-wrap:anywhere}
            .events{list-style:none;margin:0;padding:0;max-height:420px;overflow-y:auto;font-size:14px}
            .events li{display:grid;grid-template-columns:8ch minmax(0,1fr);gap:0 10px;padding:4px 0;border-bottom:1px solid var(--line);
            overflow-wrap:anywhere}
            .events li:last-child{border-bottom:0}
            .events time{color:var(--soft);font-variant-numeric:tabular-nums}
            .events .none{display:block}main p.card{max-width:none}
            .events .bad span{color:var(--bad)}
            .await{margin:12px 0 0;overflow-wrap:anywhere;max-width:none}
            .meter i{transition:width .3s}.meter+.facts{margin-top:12px}
            figure img{margin-top:6px}
            .gone main{opacity:.6}
            @media(prefers-reduced-motion:reduce){.meter i{transition:none}}

            """
}

/// What is answered to who has not shown the token.
enum LoginPage {
    static let style = """
        :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:36ch;margin:12vh auto;padding:0 16px}
        input,button{font:inherit;width:100%;box-sizing:border-box;padding:8px;margin:6px 0}
        """

    static let html = """
        \(PageHead.html(style: style))
        <h1>Oxbow fleet</h1>
        <form method="get" action="/"><label>Token<input type="password" name="token" autocomplete="current-password" required></label>
        <button>Open</button></form>
        </body>
        </html>

        """
}

/// What both begin with, up to the first thing that is seen.
private enum PageHead {
    static func html(style: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width,initial-scale=1">
        <link rel="icon" href="data:,">
        <title>Oxbow fleet</title>
        <style>\(style)</style>
        </head>
        <body>
        """
    }
}
