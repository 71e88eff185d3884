"""What was measured, as text and as a page that needs nothing else."""
import html


def text(found):
    names = list(found["engines"])
    lines = [f"{found['workload']} at scale {found['scale']:g}, {found['threads']} threads, "
             f"{'cold' if found['cold'] else 'warm'}, median of {found['runs']}; ms, and Canopy's time over the peer's",
             "", "query  " + "  ".join(f"{name:>20}" for name in names)]
    for result in found["queries"]:
        ours = result["median_ms"].get("canopy")
        cells = []
        for name in names:
            time = result["median_ms"].get(name)
            ratio = f" ({ours / time:5.2f})" if time and ours and name != "canopy" else ""
            cells.append(f"{time:12.1f}{ratio:8}" if time else f"{'-':>20}")
        lines.append(f"{result['query']:6} " + "  ".join(cells))
    for name, total in found["summary"].items():
        lines.append(f"\n{name}: geometric mean of the ratios {total['geometric_mean_ratio']:.3f} over "
                     f"{total['queries']} queries, total {total['canopy_total_ms']:.0f} ms to {total['total_ms']:.0f} ms, "
                     f"worst {total['worst']['query']} at {total['worst']['ratio']:.2f}")
    return "\n".join(lines)


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b2620 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums } td, th { padding: .2rem .7rem; text-align: right }
th { border-bottom: 2px solid #ccd5cf } tr:nth-child(even) td { background: #f4f7f5 }
td:first-child, th:first-child { text-align: left } .ahead { color: #16693c } .behind { color: #a33a1c } .none { color: #999 }
svg text { font: 12px system-ui, sans-serif; fill: #1b2620 } p.note { color: #555 }
"""
COLOURS = ["#1f8a4c", "#e0a526", "#3b76c4", "#8f5bb5", "#c4553b", "#6b7a73"]


def chart(found, result):
    """Horizontal bars, one an engine, on the scale of the slowest."""
    times = [(name, result["median_ms"].get(name)) for name in found["engines"]]
    longest = max((time for _, time in times if time), default=1)
    bars = []
    for index, (name, time) in enumerate(times):
        y = index * 18
        label = f"{time:.1f} ms" if time else "no answer"
        width = 420 * time / longest if time else 0
        bars.append(f'<text x="0" y="{y + 13}">{html.escape(name)}</text>'
                    f'<rect x="110" y="{y + 2}" width="{width:.1f}" height="13" rx="2" fill="{COLOURS[index % 6]}"/>'
                    f'<text x="{116 + width:.1f}" y="{y + 13}">{label}</text>')
    return f'<svg width="660" height="{18 * len(times) + 4}" role="img">{"".join(bars)}</svg>'


def table(found):
    names = list(found["engines"])
    head = "".join(f"<th>{html.escape(name)}</th>" + ("" if name == "canopy" else "<th>ratio</th>") for name in names)
    rows = []
    for result in found["queries"]:
        ours = result["median_ms"].get("canopy")
        cells = []
        for name in names:
            time = result["median_ms"].get(name)
            why = html.escape(result["errors"].get(name, ""), quote=True)
            cells.append(f"<td>{time:.1f}</td>" if time else f'<td class="none" title="{why}">none</td>')
            if name != "canopy":
                ratio = ours / time if ours and time else None
                kind = "none" if ratio is None else "ahead" if ratio <= 1 else "behind"
                cells.append(f'<td class="{kind}">{"" if ratio is None else f"{ratio:.2f}"}</td>')
        rows.append(f"<tr><td>{result['query']}</td>{''.join(cells)}</tr>")
    return f"<table><tr><th>query</th>{head}</tr>{''.join(rows)}</table>"


def summary(found):
    rows = [f"<tr><td>{html.escape(name)}</td><td>{total['geometric_mean_ratio']:.3f}</td><td>{total['queries']}</td>"
            f"<td>{total['canopy_total_ms']:.0f}</td><td>{total['total_ms']:.0f}</td>"
            f"<td>{total['worst']['query']} ({total['worst']['ratio']:.2f})</td></tr>"
            for name, total in found["summary"].items()]
    return ("<table><tr><th>peer</th><th>geometric mean of ratios</th><th>queries</th><th>Canopy, ms</th>"
            f"<th>peer, ms</th><th>worst</th></tr>{''.join(rows)}</table>")


def page(found):
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["engines"].items())
    charts = "".join(f"<h3>{result['query']}</h3>{chart(found, result)}" for result in found["queries"])
    title = f"Canopy beside its peers: {found['workload']} at scale {found['scale']:g}"
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>
<style>{STYLE}</style><h1>{html.escape(title)}</h1>
<p>{found['threads']} threads, {'cold' if found['cold'] else 'warm'}, median of {found['runs']} runs in turns on
{html.escape(machine['cpu'])}, {html.escape(machine['system'])}, {machine['when']}.<br>{html.escape(versions)}.</p>
<p class="note">A ratio is Canopy's time over the peer's: below 1 Canopy is faster. Only answers that agree count.</p>
<h2>In sum</h2>{summary(found)}<h2>Each query, milliseconds</h2>{table(found)}<h2>As bars</h2>{charts}</html>
"""
