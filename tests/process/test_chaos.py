"""A few random cases of faults, kills, re-runs and twins; ``make chaos`` runs many more."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaos import make_case, run_case
from effects import EFFECTS
from pd_incident_action import providers

# Short ones, of different operations.
SEEDS = (193, 742, 1616, 3006, 3047, 3051, 3154, 3209, 3217)


def test_every_operation_takes_part() -> None:
    names = {
        providers.slug(provider.name, operation)
        for provider in providers.find_all()
        for operation in provider.operation_names()
    }
    assert names == EFFECTS.keys()


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_goes_wrong_a_click_is_done_once_and_its_end_reported(
    tmp_path: Path, seed: int
) -> None:
    verdict = run_case(make_case(seed), tmp_path)
    assert verdict.broken == [], f"{verdict.case}\n{verdict.log}"
