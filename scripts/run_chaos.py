"""Random faults, kills, re-runs and twins against the simulator: what ``make chaos`` runs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("src", "tests/support")]

from chaos import Verdict, make_case, run_case  # noqa: E402 - found once the path is set


def attempt(seed: int) -> Verdict:
    """Make a case of a seed, and run it."""
    with tempfile.TemporaryDirectory() as folder:
        return run_case(make_case(seed), Path(folder))


def main() -> int:
    """Run the cases.

    Returns:
        The exit code: 1 if any rule was broken.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first case's seed")
    parser.add_argument("--cases", type=int, default=200, help="how many cases")
    parser.add_argument("--workers", type=int, default=4, help="how many at a time")
    parser.add_argument("--verbose", action="store_true", help="show the logs of broken cases")
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.cases)
    broken = 0
    with ThreadPoolExecutor(arguments.workers) as pool:
        for verdict in pool.map(attempt, seeds):
            print(verdict.case)
            for sentence in verdict.broken:
                print(f"  BROKEN: {sentence}")
            if verdict.broken and arguments.verbose:
                print(verdict.log)
            broken += bool(verdict.broken)
    print(f"{arguments.cases} cases from seed {arguments.seed}: {broken} broke a rule.")
    return 1 if broken else 0


if __name__ == "__main__":
    raise SystemExit(main())
