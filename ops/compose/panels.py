"""Asks a Prometheus what each panel of a Grafana dashboard would ask, and draws what comes as one SVG."""

import html
import json
import math
import pathlib
import urllib.parse
import urllib.request

COLOURS = ["#3274d9", "#e0752d", "#299c46", "#a352cc", "#e02f44", "#8ab8ff", "#c4a000", "#5794a0"]
# Grafana's columns and rows, in pixels.
COLUMN, ROW, GAP = 60, 34, 8


def expressions(dashboard):
    """Panel and target, one after the other."""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel, target


def ask(address, path, **parameters):
    url = f"{address}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
    with urllib.request.urlopen(url, timeout=20) as reply:
        return json.load(reply)["data"]


def name(target, labels):
    text = target["legendFormat"]
    for label, value in labels.items():
        text = text.replace("{{" + label + "}}", value)
    return text


def series(address, dashboard, start, end):
    """For each panel's title its series: (name, [(time, value)]). An expression that Prometheus refuses raises."""
    step = max(1, int((end - start) / 200))
    found = {}
    for panel, target in expressions(dashboard):
        data = ask(address, "query_range", query=target["expr"], start=start, end=end, step=step)
        lines = found.setdefault(panel["title"], [])
        for one in data["result"]:
            points = [(float(t), float(v)) for t, v in one["values"] if math.isfinite(float(v))]
            lines.append((name(target, one["metric"]), points))
    return found


def number(value):
    if value == 0:
        return "0"
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:.3g} {unit}"
    return f"{value:.3g}"


def panel_picture(panel, lines, start, end):
    grid = panel["gridPos"]
    width, height = grid["w"] * COLUMN - GAP, grid["h"] * ROW - GAP
    out = [f'<g transform="translate({grid["x"] * COLUMN},{grid["y"] * ROW})">',
           f'<rect width="{width}" height="{height}" rx="3" fill="#181b1f" stroke="#2c3235"/>',
           f'<text x="10" y="18" fill="#ccccdc" font-size="13" font-weight="600">{html.escape(panel["title"])}</text>']
    lines = [(label, points) for label, points in lines if points]
    if not lines:
        out.append(f'<text x="10" y="{height / 2}" fill="#777" font-size="12">no data</text>')
    elif panel["type"] == "stat":
        text = " / ".join(number(points[-1][1]) for _, points in lines)
        out.append(f'<text x="{width / 2}" y="{height * 0.68}" text-anchor="middle" fill="#73bf69" font-size="32">{text}</text>')
    else:
        out += chart(lines, width, height, start, end, panel["fieldConfig"]["defaults"]["custom"]["stacking"]["mode"] == "normal")
    return out + ["</g>"]


def chart(lines, width, height, start, end, is_stacked):
    left, right, top, bottom = 54, width - 10, 28, height - 40
    if is_stacked:
        lines = stacked(lines)
    values = [value for _, points in lines for _, value in points]
    low, high = min(0, min(values)), max(values)
    high = high if high > low else low + 1
    x = lambda t: left + (t - start) / (end - start) * (right - left)
    y = lambda v: bottom - (v - low) / (high - low) * (bottom - top)
    out = []
    for part in range(5):
        value = low + (high - low) * part / 4
        out.append(f'<path d="M{left} {y(value):.1f}H{right}" stroke="#2c3235"/>')
        out.append(f'<text x="{left - 6}" y="{y(value) + 4:.1f}" text-anchor="end" fill="#999" font-size="10">{number(value)}</text>')
    place = left
    for index, (label, points) in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{x(t):.1f},{y(v):.1f}" for t, v in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        out.append(f'<text x="{place}" y="{height - 12}" fill="{colour}" font-size="11">{html.escape(label)}</text>')
        place += 16 + 6.6 * len(label)
    return out


def stacked(lines):
    below, result = {}, []
    for label, points in lines:
        below.update({t: below.get(t, 0) + v for t, v in points})
        result.append((label, [(t, below[t]) for t, _ in points]))
    return result


def picture(dashboard, found, start, end):
    height = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"]) * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{24 * COLUMN}" height="{height}" font-family="sans-serif">',
           '<rect width="100%" height="100%" fill="#111217"/>']
    for panel in dashboard["panels"]:
        out += panel_picture(panel, found[panel["title"]], start, end)
    return "\n".join(out + ["</svg>"])


def load(path):
    return json.loads(pathlib.Path(path).read_text())
