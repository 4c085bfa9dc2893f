#!/usr/bin/env bash
# Opens reports in headless Chromium, as wide as a phone, and looks for what a reader would stumble over:
#   ops/page-test.sh PAGE.html ...     without pages: the report of a smoke run by $OXBOW_EXECUTABLE
# Ends non-zero if a page has a problem, or if a page that was broken on purpose is not found out.
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
oxbow="${OXBOW_EXECUTABLE:-$root/.build/release/oxbow}"
browser="$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)"
if [ -z "$browser" ]; then
    printf 'page-test: SKIPPED, Chromium is not installed: no report was opened in a browser\n'
    exit 0
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
pages=("$@")
if [ "${#pages[@]}" -eq 0 ]; then
    "$oxbow" run --preset smoke --out "$work/run" 2>/dev/null
    pages=("$work/run/report.html")
fi

# Before anything else of the page: remember errors.
cat >"$work/first.html" <<'PROBE'
<script>
const problems = [];
addEventListener('error', e => problems.push('error: ' + (e.message || e.target.tagName)), true);
addEventListener('securitypolicyviolation', e => problems.push('fetches ' + e.blockedURI));
for (const kind of ['error', 'warn']) { const old = console[kind]; console[kind] = (...all) => { problems.push('console: ' + all.join(' ')); old(...all); }; }
</script>
PROBE

# After everything else: look at what was laid out, and tell the page around.
cat >"$work/last.html" <<'PROBE'
<script>
addEventListener('load', () => {
  const all = selector => [...document.querySelectorAll(selector)];
  const problem = (condition, text) => { if (condition) problems.push(text); };
  for (const details of all('details')) details.open = true;
  const width = document.documentElement.clientWidth, scroll = document.documentElement.scrollWidth;
  problem(scroll > width, `scrolls sideways: ${scroll} > ${width}`);
  problem(!document.title.trim(), 'has no title');
  problem(all('h1').length !== 1, 'has not one h1');
  problem(Number(document.body.dataset.rounds) > 0 && all('svg.chart').length < 6, `has only ${all('svg.chart').length} charts`);
  problem(all('[src],link[href]').some(e => !(e.src || e.href).startsWith('data:')), 'refers to another file');
  for (const image of all('img')) problem(!image.complete || !image.naturalWidth || !image.alt, `picture without content or text: ${image.alt}`);
  for (const box of all('.grids')) {
    const slider = box.querySelector('.slider input'), first = box.querySelector('.strip img');
    if (!slider || !first) continue;
    slider.value = 0;
    slider.dispatchEvent(new Event('input'));
    problem(box.querySelector('.grid-picture img').src !== first.src, 'slider does not change the picture');
  }
  for (const svg of all('svg')) {
    const name = svg.getAttribute('aria-label') || '';
    problem(!name, 'a drawing without a text');
    problem(!svg.querySelector('path,polyline,circle,rect') && !svg.textContent.includes('no numbers'), `empty drawing: ${name}`);
    const frame = svg.getBoundingClientRect();
    problem(frame.width < 50 || frame.height < 20, `drawing without room: ${name}`);
    const texts = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
    for (const [text, box] of texts) {
      problem(box.left < frame.left - 1.5 || box.right > frame.right + 1.5 || box.top < frame.top - 2.5 || box.bottom > frame.bottom + 2.5,
        `text is cut off: '${text}' in ${name}`);
    }
    texts.forEach(([text, a], i) => texts.slice(i + 1).forEach(([other, b]) => problem(
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5,
      `texts lie on each other: '${text}' and '${other}' in ${name}`)));
  }
  // What is fetched is refused a moment later.
  setTimeout(() => parent.postMessage([...new Set(problems)].slice(0, 20), '*'), 500);
});
</script>
PROBE

# probe PAGE WIDTH: a line for each problem, and one that says that the page was looked at.
probe() {
    sed -e '/<meta charset="utf-8">/r '"$work/first.html" -e '/^<\/html>/r '"$work/last.html" "$1" >"$work/probed.html"
    cat >"$work/frame.html" <<FRAME
<!DOCTYPE html><meta charset="utf-8"><pre id="out"></pre><script>
addEventListener('message', e => { out.textContent = e.data.map(line => 'PROBLEM ' + line + '\n').join('') + 'LOOKED\n'; });
</script><iframe src="probed.html" style="border:0;width:$2px;height:900px"></iframe>
FRAME
    local options=(--headless --disable-gpu --hide-scrollbars '--window-size=1200,1000' --virtual-time-budget=20000
        --user-data-dir="$work/profile" --dump-dom)
    if [ "$(id -u)" -eq 0 ]; then options+=(--no-sandbox); fi
    timeout 120 "$browser" "${options[@]}" "file://$work/frame.html" 2>/dev/null |
        sed -n -e 's/^.*<pre id="out">//' -e '/^PROBLEM /p' -e '/^LOOKED/p'
}

failed=0
for page in "${pages[@]}"; do
    for width in 390 360 1280; do
        found="$(probe "$page" "$width")"
        if [ "$found" = LOOKED ]; then
            printf 'ok    %s at %d px\n' "$(basename "$page")" "$width"
        else
            failed=1
            printf 'WRONG %s at %d px\n%s\n' "$(basename "$page")" "$width" "${found:-the browser did not lay it out}"
        fi
    done
done

# A check that cannot fail is none: each of these must be found out.
broken() {
    local name="$1" words="$2" line="$3"
    { cat "${pages[0]}"; printf '%s\n' "$line"; } >"$work/broken.html"
    if probe "$work/broken.html" 390 | grep -q "PROBLEM .*$words"; then
        printf 'ok    finds out %s\n' "$name"
    else
        failed=1
        printf 'WRONG %s was not found out\n' "$name"
    fi
}
broken 'a page that is too wide' 'scrolls sideways' '<div style="width:2000px">wide</div>'
broken 'an error of a script' 'error: ' '<script>undefinedFunction()</script>'
broken 'a fetch' 'fetches ' '<script>fetch("https://example.invalid/")</script>'
broken 'an empty drawing' 'empty drawing' '<svg class="chart" aria-label="empty" width="60" height="60"></svg>'
broken 'text that is cut off' 'text is cut off' '<svg aria-label="cut" width="60" height="60"><rect width="9" height="9"/><text x="50" y="9">long words</text></svg>'
exit "$failed"
