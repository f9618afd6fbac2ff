"""An incident's targets are those of its priority, or else of its urgency."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.metrics.targets import Targets, has_targets, targets_for

MINUTE = timedelta(minutes=1)
CONFIG = Config(
    severities={
        "SEV-1": SeverityPolicy("high", "P1", acknowledge_within=5 * MINUTE),
        "SEV-2": SeverityPolicy("high", "PPRIO2", resolve_within=60 * MINUTE),
        "P3": SeverityPolicy(resolve_within=90 * MINUTE),
        "loud": SeverityPolicy("high", acknowledge_within=15 * MINUTE),
        "low": SeverityPolicy(acknowledge_within=240 * MINUTE),
    }
)


@pytest.mark.parametrize(
    ("incident", "severity"),
    [
        ({"urgency": "high", "priority": {"id": "PX", "summary": "p1"}}, "SEV-1"),
        ({"urgency": "low", "priority": {"id": "PX", "name": "P1"}}, "SEV-1"),
        ({"urgency": "high", "priority": {"id": "PPRIO2", "summary": "Two"}}, "SEV-2"),
        ({"urgency": "high", "priority": {"summary": "SEV-2"}}, "SEV-2"),
        ({"urgency": "high", "priority": {"summary": "P3"}}, "P3"),
        ({"urgency": "high", "priority": {"summary": "P9"}}, "loud"),
        ({"urgency": "high", "priority": None}, "loud"),
        ({"urgency": "low"}, "low"),
        ({"urgency": "none"}, ""),
        ({}, ""),
    ],
)
def test_the_priority_decides_before_the_urgency(incident: dict[str, Any], severity: str) -> None:
    assert targets_for(incident, CONFIG).severity == severity


def test_the_targets_are_the_severitys() -> None:
    incident = {"urgency": "high", "priority": {"summary": "P1"}}
    assert targets_for(incident, CONFIG) == Targets("SEV-1", 5 * MINUTE, None)


@pytest.mark.parametrize(
    ("config", "promised"),
    [
        (CONFIG, True),
        (Config(), False),
        (Config(severities={"SEV-1": SeverityPolicy("high", "P1")}), False),
    ],
)
def test_a_file_without_targets_promises_nothing(config: Config, *, promised: bool) -> None:
    assert has_targets(config) is promised
