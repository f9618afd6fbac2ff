"""Everything that can go wrong on the way to PagerDuty, tried out: what ``make faults`` shows.

Made from the same cases as the tests; ``--write`` puts the table into ``docs/reliability.md``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("src", "tests/support")]

from fault_cases import FATAL, HEALING, Case  # noqa: E402 - found once the path is set
from fault_runs import perform  # noqa: E402 - likewise
from harness import Action, credentials, from_port, urls_of  # noqa: E402 - likewise
from pd_incident_simulator import Simulator  # noqa: E402 - likewise
from port_troubles import TROUBLES, Trouble  # noqa: E402 - likewise

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- begin: make faults -->", "<!-- end: make faults -->"
_HEAD = "| Fault | Operation | Pages | Exit code | What the user read | Seconds |"
_PORT_HEAD = "| Port | Pages | Exit code | Entity in | What the user was warned of | Seconds |"
_SIX_SECONDS: dict[str, Any] = {"timeout": "6"}


def row(job: tuple[Case, str]) -> str:
    """Try one fault with one operation.

    Args:
        job: the fault and the operation.

    Returns:
        A row of the table.
    """
    case, operation = job
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        action = Action(Path(folder), urls_of(simulator) | credentials())
        result, pages, _ = perform(case, operation, simulator, action)
    read = " ".join(result.annotations("error") or result.annotations("notice"))
    cells = (case.name, f"`{operation}`", pages, result.code, read, f"{result.seconds:.1f}")
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def port_row(trouble: Trouble) -> str:
    """Try one trouble with Port.

    Args:
        trouble: what Port does.

    Returns:
        A row of the table.
    """
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        action = Action(Path(folder), urls_of(simulator) | credentials())
        event = from_port(simulator, "PSVC001", title="Checkout is down")
        for fault in trouble.faults:
            simulator.faults.add(fault)
        result = action(event=event, **_SIX_SECONDS)
        pages = len(simulator.pagerduty.state.incidents)
        written = bool(simulator.port.state.entities["pagerdutyIncident"])
    read = " ".join(result.annotations("warning")) or "—"
    where = "catalog" if written else "job summary"
    cells = (trouble.name, pages, result.code, where, read, f"{result.seconds:.1f}")
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main() -> int:
    """Try everything.

    Returns:
        The exit code: 1 if any page went missing or was sent twice.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name}")
    arguments = parser.parse_args()
    jobs = [(case, operation) for case in HEALING + FATAL for operation in case.operations]
    with ThreadPoolExecutor(max_workers=4) as pool:
        rows = list(pool.map(row, jobs))
        port_rows = list(pool.map(port_row, TROUBLES))
    line = "| --- | --- | --- | --- | --- | --- |"
    table = "\n".join([_HEAD, line, *rows, "", _PORT_HEAD, line, *port_rows, ""])
    print(table)
    if arguments.write:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{table}{END}{after}", encoding="utf-8")
    expected = [(1, 0) if case.heals else (case.pages, 1) for case, _ in jobs]
    actual = [tuple(int(cell) for cell in line.split(" | ")[2:4]) for line in rows]
    return 0 if actual == expected else 1


if __name__ == "__main__":
    raise SystemExit(main())
