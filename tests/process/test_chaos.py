"""A few random cases of faults, kills, re-runs and twins; ``make chaos`` runs many more."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos import make_case, run_case
from effects import EFFECTS
from pd_incident_action import providers

# Those that take little time.
SEEDS = {
    "escalate": 193,
    "incident-io-create": 3047,
    "merge": 3051,
    "override": 3209,
    "trigger": 742,
    "update": 3006,
}


def test_every_operation_takes_part() -> None:
    names = {
        providers.slug(provider.name, operation)
        for provider in providers.find_all()
        for operation in provider.operation_names()
    }
    assert names == EFFECTS.keys()


@pytest.mark.parametrize(("operation", "seed"), SEEDS.items())
def test_whatever_goes_wrong_a_click_is_done_once_and_its_end_reported(
    tmp_path: Path, operation: str, seed: int
) -> None:
    verdict = run_case(make_case(seed, operation), tmp_path)
    assert verdict.broken == [], f"{verdict.case}\n{verdict.log}"
