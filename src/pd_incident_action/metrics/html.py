"""The report as one page that needs nothing else: to be read, and printed on A4.

All text is escaped, nothing is loaded, and nothing runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import ceil

from pd_incident_action.inputs.intervals import to_iso
from pd_incident_action.models import Table
from pd_incident_action.text import is_web_url, sanitize_unicode, shorten

from .lifecycle import IncidentLifecycle, TargetStatus
from .render import counts_over_time, headline, humanize_seconds, tables
from .report import IncidentReport, calculate_stats

_MAX_TIMELINES = 25
_MAX_SERVICES = 10
_MAX_LABEL = 28
_WIDTH, _HEIGHT, _ROW = 720, 150, 24
_LABEL_WIDTH = 36

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 16mm }}
body {{ font: 14px/1.45 system-ui, sans-serif; color: #1f2328; max-width: 760px; margin: 2rem auto;
  padding: 0 1rem; print-color-adjust: exact }}
h1 {{ font-size: 24px; margin: 0 }}
h2 {{ font-size: 16px; margin: 28px 0 8px; break-after: avoid }}
h3 {{ font-size: 14px; margin: 16px 0 4px; break-after: avoid }}
header p {{ margin: 4px 0 16px; color: #59636e }}
dl {{ display: flex; gap: 8px; margin: 0 }}
dl div {{ flex: 1 0 auto; border: 1px solid #d1d9e0; border-radius: 6px; padding: 8px 10px }}
dt {{ font-size: 12px; color: #59636e }}
dd {{ margin: 0; font-size: 20px; font-weight: 600 }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: 4px 8px; border-bottom: 1px solid #d1d9e0 }}
td:first-child {{ overflow-wrap: anywhere; min-width: 7em }}
th {{ font-size: 12px; color: #59636e }}
td {{ font-variant-numeric: tabular-nums }}
tr, section.incident {{ break-inside: avoid }}
ol {{ list-style: none; margin: 0; padding: 0 }}
time {{ display: inline-block; width: 12em; color: #59636e; font-variant-numeric: tabular-nums }}
svg {{ display: block; width: 100%; height: auto; break-inside: avoid }}
svg text {{ font: 11px system-ui, sans-serif; fill: #59636e }}
svg rect {{ fill: #0969da }}
.missed {{ color: #cf222e }}
a {{ color: inherit }}
@media print {{ body {{ margin: 0; padding: 0; max-width: none; font-size: 12px }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def render_html(report: IncidentReport, extra: Sequence[Table] = ()) -> str:
    """Return the report as a page; `extra` are tables to show at its end."""
    unit, per_unit = counts_over_time(report.lifecycles, report.period)
    busiest = list(report.by_service().items())[:_MAX_SERVICES]
    services = {name: len(group) for name, group in busiest}
    hours = {f"{hour:02}": 0 for hour in range(24)}
    for _, page in report.pages:
        hours[f"{page.at.astimezone(report.night.zone):%H}"] += 1
    zone = report.night.zone.tzname(None) or str(report.night.zone)
    body = [
        f"<header><h1>Incident report</h1><p>As of {to_iso(report.now)}</p></header>",
        _tiles(report),
        _chart(f"Incidents per {unit} (UTC)", _HEIGHT, _columns(per_unit)),
        _chart("Incidents by service", _ROW * len(services), _rows(services)),
        _chart(f"Pages by hour of the day ({zone})", _HEIGHT, _columns(hours)),
        *(_table(one) for one in (*tables(report), *extra)),
        _timelines(report),
    ]
    title = f"Incidents {report.period}"
    return _PAGE.format(title=_text(title), body="\n".join(filter(None, body)))


def _tiles(report: IncidentReport) -> str:
    stats = calculate_stats(report.lifecycles)
    statuses = [one.acknowledge_status(report.now) for one in report.lifecycles]
    met, missed = (statuses.count(one) for one in (TargetStatus.MET, TargetStatus.BREACHED))
    at_night = sum(report.is_at_night(*one) for one in report.pages)
    facts = {
        "Incidents": str(stats.count),
        "Mean time to acknowledge": humanize_seconds(stats.to_acknowledge.mean),
        "Mean time to resolve": humanize_seconds(stats.to_resolve.mean),
        "Acknowledged in time": f"{100 * met // (met + missed)} %" if met + missed else "–",
        "Pages at night": f"{at_night} of {len(report.pages)}",
    }
    tiles = "".join(f"<div><dt>{name}</dt><dd>{_text(v)}</dd></div>" for name, v in facts.items())
    return f"<p>{_text(headline(report))}</p>\n<dl>{tiles}</dl>"


def _chart(title: str, height: int, shapes: str) -> str:
    if not shapes:
        return ""
    name = _text(title)
    drawing = f'<svg role="img" aria-label="{name}" viewBox="0 0 {_WIDTH} {height}">{shapes}</svg>'
    return f"<section><h2>{name}</h2>{drawing}</section>"


def _columns(heights: Mapping[str, int]) -> str:
    """Draw columns, each with its number; nothing if all are empty."""
    highest = max(heights.values(), default=0)
    if not highest:
        return ""
    step, parts = _WIDTH / len(heights), []
    labelled = ceil(_LABEL_WIDTH / step)
    for number, (name, height) in enumerate(heights.items()):
        left, length = number * step, (_HEIGHT - 36) * height / highest
        middle, top = left + step / 2, _HEIGHT - 18 - length
        parts.append(
            f'<rect x="{left + step * 0.1:.1f}" y="{top:.1f}" width="{step * 0.8:.1f}" '
            f'height="{length:.1f}"/>'
        )
        if number % labelled == 0:
            parts.append(
                f'<text x="{middle:.1f}" y="{_HEIGHT - 4}" text-anchor="middle">{name}</text>'
            )
        if height:
            parts.append(
                f'<text x="{middle:.1f}" y="{top - 4:.1f}" text-anchor="middle">{height}</text>'
            )
    return "".join(parts)


def _rows(lengths: Mapping[str, int]) -> str:
    """Draw bars from left to right, one below the other."""
    longest, parts = max(lengths.values(), default=0), []
    if not longest:
        return ""
    for number, (name, length) in enumerate(lengths.items()):
        y, width = number * _ROW, (_WIDTH - 240) * length / longest
        label = _text(shorten(name, _MAX_LABEL))
        parts.append(
            f'<text x="190" y="{y + 16}" text-anchor="end">{label}</text>'
            f'<rect x="200" y="{y + 4}" width="{width:.1f}" height="{_ROW - 8}"/>'
            f'<text x="{206 + width:.1f}" y="{y + 16}">{length}</text>'
        )
    return "".join(parts)


def _table(table: Table) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(f"<{tag}>{_text(cell)}</{tag}>" for cell in row)

    head = f"<thead><tr>{cells('th', table.columns)}</tr></thead>"
    rows = "\n".join(f"<tr>{cells('td', row)}</tr>" for row in table.rows)
    whole = f"<table>{head}<tbody>{rows}</tbody></table>"
    return f"<section><h2>{_text(table.title)}</h2>{whole}</section>"


def _timelines(report: IncidentReport) -> str:
    """Render the timelines of the longest incidents, those with missed targets first."""

    def weight(one: IncidentLifecycle) -> tuple[bool, float]:
        statuses = {one.acknowledge_status(report.now), one.resolve_status(report.now)}
        took = one.time_to_resolve or one.age(report.now)
        return TargetStatus.BREACHED in statuses, took.total_seconds()

    known = [one for one in report.lifecycles if one.events]
    longest = sorted(known, key=weight, reverse=True)[:_MAX_TIMELINES]
    if not longest:
        return ""
    parts = [f"<h2>Timelines: {len(longest)} of {len(known)}, missed targets first</h2>"]
    for one in longest:
        name = _text(one.incident.name or one.incident.id)
        if is_web_url(one.incident.url):
            name = f'<a href="{escape(one.incident.url)}">{name}</a>'
        missed = ' <span class="missed">target missed</span>' if weight(one)[0] else ""
        events = "".join(
            f"<li><time>{to_iso(event.at)}</time> {_text(str(event))}</li>" for event in one.events
        )
        parts.append(
            f'<section class="incident"><h3>{name}{missed}</h3>'
            f"<p>{_text(one.service)}, {_text(one.status)}</p><ol>{events}</ol></section>"
        )
    return "\n".join(parts)


def _text(value: object) -> str:
    return escape(sanitize_unicode(str(value)))
