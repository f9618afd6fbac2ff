"""From measurements to Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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


def write_report(
    results: Mapping[int, Mapping[str, Sequence[Measurement]]], machine: str, rounds: int
) -> str:
    """Write the page.

    Args:
        results: measurements by latency in milliseconds, and by contestant.
        machine: what it was measured on.
        rounds: how many rounds were counted.

    Returns:
        Markdown.
    """
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
        _spread(runs, lambda one: one.to_page * 1000),
        f"{ratio:.2f}",
        _spread(runs, lambda one: one.whole * 1000),
        str(max(one.requests for one in runs)),
        str(max(one.connections for one in runs)),
        f"{max(one.memory_mib for one in runs):.0f}",
    ]
    return f"| {' | '.join(cells)} |\n"


def _spread(runs: Sequence[Measurement], figure: Callable[[Measurement], float]) -> str:
    values = [figure(one) for one in runs]
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"
