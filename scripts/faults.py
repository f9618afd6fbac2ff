"""Everything that can go wrong on the way to PagerDuty and Port: what ``make faults`` shows.

Made from the same cases as the tests; ``--write`` puts the tables into ``docs/reliability.md``.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("src", "tests/support")]

from fault_cases import FATAL, HEALING, OPERATIONS, Case  # noqa: E402 - found once the path is set
from fault_runs import perform  # noqa: E402 - likewise
from harness import Action, credentials, from_port, urls_of  # noqa: E402 - likewise
from pd_incident_simulator import Simulator  # noqa: E402 - likewise
from port_faults import PORT_FAULTS, PortFault  # noqa: E402 - likewise

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- begin: make faults -->", "<!-- end: make faults -->"


@dataclass(frozen=True)
class Trial:
    """What became of one operation under one fault."""

    case: Case
    operation: str
    pages: int
    code: int
    error: str

    @property
    def is_as_expected(self) -> bool:
        """Whether exactly the pages went out that had to."""
        return (self.pages, self.code) == ((1, 0) if self.case.heals else (0, 1))

    @property
    def cell(self) -> str:
        """The outcome in a few words."""
        if self.code == 0:
            return "one page" if self.pages == 1 else f"{self.pages} pages"
        return "error, no page" if self.pages == 0 else f"failed, {self.pages} pages"


def attempt(job: tuple[Case, str]) -> Trial:
    """Run an operation under a fault."""
    case, operation = job
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        action = Action(Path(folder), urls_of(simulator) | credentials())
        result, pages, _ = perform(case, operation, simulator, action)
    return Trial(case, operation, pages, result.code, " ".join(result.annotations("error")))


def attempt_with_port(case: PortFault) -> tuple[str, ...]:
    """Page while something is wrong with Port; return a row."""
    with Simulator() as simulator, tempfile.TemporaryDirectory() as folder:
        action = Action(Path(folder), urls_of(simulator) | credentials())
        event = from_port(simulator, "PSVC001", title="Checkout is down")
        for fault in case.faults:
            simulator.faults.add(fault)
        result = action(event=event, timeout=case.timeout)
        pages = len(simulator.pagerduty.state.incidents)
        written = bool(simulator.port.state.entities["pagerdutyIncident"])
    warned = " ".join(result.annotations("warning")) or "none"
    where = "catalog" if written else "job summary"
    return case.name, str(pages), where, warned


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(
        f"| {' | '.join(c.replace('|', chr(92) + '|') for c in line)} |\n" for line in lines
    )


def tables(trials: Sequence[Trial], port_rows: Sequence[tuple[str, ...]]) -> str:
    """Fold the trials into faults by operations, and what users read."""
    by_case: dict[str, dict[str, Trial]] = {}
    for trial in trials:
        by_case.setdefault(trial.case.name, {})[trial.operation] = trial
    outcomes = [
        (name, *(of[one].cell if one in of else "—" for one in OPERATIONS))
        for name, of in by_case.items()
    ]
    errors = [
        (name, first.error)
        for name, of in by_case.items()
        if (first := next(iter(of.values()))).error
    ]
    return "\n".join(
        [
            table(("Fault", *(f"`{one}`" for one in OPERATIONS)), outcomes),
            table(("Fault", "Error message"), errors),
            table(("Port fault", "Pages", "Entity in", "Warning"), port_rows),
        ]
    )


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
        trials = list(pool.map(attempt, jobs))
        text = tables(trials, list(pool.map(attempt_with_port, PORT_FAULTS)))
    print(text)
    if arguments.write:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        after = rest.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}\n{text}{END}{after}", encoding="utf-8")
    return 0 if all(trial.is_as_expected for trial in trials) else 1


if __name__ == "__main__":
    raise SystemExit(main())
