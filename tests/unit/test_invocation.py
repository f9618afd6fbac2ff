"""The inputs of a run are read as a whole, and so is what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from main_fixtures import PAGE, with_event
from pd_incident_action import providers
from pd_incident_action.invocation import parse_invocation
from pd_incident_action.pagerduty.provider import PagerDutySettings

DEFAULT = providers.find(providers.DEFAULT)


def problems(environment: Mapping[str, str]) -> list[str]:
    """List the input problems of an environment."""
    invocation = parse_invocation(environment)
    assert invocation.validated is None
    return [str(problem) for problem in invocation.problems]


def test_an_event_that_cannot_be_read_has_no_inputs(tmp_path: Path) -> None:
    for event in ["", "{broken", "[]", '"x"', "null"]:
        assert parse_invocation(with_event(PAGE, event, tmp_path)) == parse_invocation(PAGE)
    missing = {"GITHUB_EVENT_PATH": str(tmp_path / "no")}
    assert parse_invocation(PAGE | missing) == parse_invocation(PAGE)


def test_a_wrong_credential_is_not_reported_as_empty_too() -> None:
    (problem,) = problems(PAGE | {"INPUT_PAGERDUTY-TOKEN": "two words"})
    assert "must be one line without spaces" in problem
    assert "two words" not in problem


def test_the_region_is_read_even_from_a_file_that_is_wrong() -> None:
    follow = {"INPUT_OPERATION": "follow", "INPUT_STATUS": "failure", "INPUT_SERVICE": "P1"}
    invocation = parse_invocation(PAGE | follow | {"INPUT_CONFIG": "regoin: us\nregion: eu"})
    assert invocation.validated is not None
    assert invocation.settings.of(PagerDutySettings).pagerduty_region == "eu"


def test_an_unknown_provider_is_a_problem() -> None:
    (problem,) = problems(PAGE | {"INPUT_PROVIDER": "pagerdutty"})
    assert problem == (
        "Input 'provider' must be one of pagerduty, incident-io, not 'pagerdutty'. "
        "Did you mean 'pagerduty'?"
    )
