"""From measurements to Markdown, on a page that several benchmarks write a part of."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_INTRODUCTION = """\
# Performance

<!-- Made by `make bench`. -->

Times from the start of the process until PagerDuty has received the page ("to page"), and until
the process has ended ("whole run"). Measured against the simulator over TLS on the same machine,
in {rounds} rounds after a warm-up; in each round, all contestants run in turn. The round-trip
time is added once per connection, once for TLS, and once per request (half of it before the page
arrives).

Figures are medians, with minimum and maximum. *× curl* compares with the median of a single POST
by curl. `escalate` reads the incident before changing it, because PagerDuty would reopen a
resolved one; a separate row shows what curl needs for the same two requests. The rows of Port's
guides are lower bounds: their HTTP calls, made with curl from one shell, without starting a
container or other actions.

Measured with {machine}, started as in the image.
"""
_HEAD = (
    "| | to page (ms) | × curl | whole run (ms) | requests | connections | peak memory (MiB) |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
)


@dataclass(frozen=True)
class Measurement:
    """One run of one contestant.

    Attributes:
        to_page: seconds until the page arrived.
        whole: seconds until the process had ended.
        requests: number of HTTP requests.
        connections: number of TCP connections.
        memory_mib: peak resident memory of the largest process.
    """

    to_page: float
    whole: float
    requests: int
    connections: int
    memory_mib: float


def describe(interpreter: str) -> str:
    """Say what it is measured on."""
    version = subprocess.check_output([interpreter, "--version"], text=True).strip()  # noqa: S603 - the interpreter we were given
    return f"{version}, {os.cpu_count()} cores, {platform.system()}"


def render(
    results: Mapping[int, Mapping[str, Sequence[Measurement]]], machine: str, rounds: int
) -> str:
    """Render measurements, by latency in milliseconds and by contestant, as Markdown."""
    parts = [_INTRODUCTION.format(rounds=rounds, machine=machine)]
    for latency, by_name in results.items():
        parts.append(f"## {latency} ms round trip\n")
        floor = statistics.median(one.to_page for one in by_name["curl POST"])
        rows = [_row(name, runs, floor) for name, runs in by_name.items()]
        parts.append(_HEAD + "".join(rows))
    return "\n".join(parts)


def _row(name: str, runs: Sequence[Measurement], floor: float) -> str:
    ratio = statistics.median(one.to_page for one in runs) / floor
    cells = [
        name,
        spread([one.to_page * 1000 for one in runs]),
        f"{ratio:.2f}",
        spread([one.whole * 1000 for one in runs]),
        str(max(one.requests for one in runs)),
        str(max(one.connections for one in runs)),
        f"{max(one.memory_mib for one in runs):.0f}",
    ]
    return f"| {' | '.join(cells)} |\n"


def spread(values: Sequence[float]) -> str:
    """Show the median, with minimum and maximum."""
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


def publish(text: str, page: Path | None, section: str = "") -> None:
    """Print a text, and write it into a page: as one of its sections, or in place of all else.

    Sections stand between comments; the ones that a page has stay.
    """
    print(text)
    if page is None:
        return
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    sections = {name: _find(old, name) for name in ("step", "sync")}
    if section:
        begin, end = _comments(section)
        rest = old.partition(next(filter(None, sections.values()), "\0"))[0]
        sections[section] = f"{begin}\n\n{text.strip()}\n\n{end}"
    else:
        rest = text
    parts = [rest.rstrip() + "\n", *filter(None, sections.values())]
    page.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _find(page: str, section: str) -> str:
    begin, end = _comments(section)
    if begin not in page or end not in page:
        return ""
    return page[page.index(begin) : page.index(end) + len(end)]


def _comments(section: str) -> tuple[str, str]:
    return f"<!-- {section}: begin. Made by `make bench-{section}`. -->", f"<!-- {section}: end -->"
