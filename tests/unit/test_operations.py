"""A module in the folder is an operation; nothing has to be listed anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from pd_incident_action import operations
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.operations.base import OperationContext, OperationInputs

MODULES = Path(operations.__file__).parent.glob("*.py")
NAMES = sorted(m.stem.replace("_", "-") for m in MODULES if m.stem not in {"__init__", "base"})


def test_every_module_is_an_operation() -> None:
    assert operations.names() == NAMES
    assert {"create", "escalate", "trigger"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_named_like_its_module_and_describes_itself(name: str) -> None:
    operation = operations.load(name)
    assert operation.name == name
    assert operation.summary
    assert not operation.summary.endswith(".")
    # A check-up looks at whatever credentials there are.
    assert operation.required_credentials or name == "doctor"


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_a_request_says_how_it_is_offered(name: str) -> None:
    request = operations.load(name).Inputs
    assert issubclass(request, OperationInputs)
    assert request.model_config["frozen"]
    for field, info in request.model_fields.items():
        offered = [item for item in info.metadata if isinstance(item, InputSpec)]
        assert len(offered) == 1, field
        assert offered[0].hidden or (offered[0].help and offered[0].example), field


def test_what_is_no_operation_cannot_be_loaded() -> None:
    with pytest.raises(ModuleNotFoundError):
        operations.load("explode")


def test_credentials_that_were_not_asked_for_are_not_there(tools: OperationContext) -> None:
    bare = OperationContext(identity=tools.identity, key=tools.key, deadline=tools.deadline)
    with pytest.raises(LookupError, match="PagerDuty requires"):
        _ = bare.pagerduty
    with pytest.raises(LookupError, match="PagerDutyEvents requires"):
        _ = bare.events


def test_credentials_that_were_asked_for_are_there(tools: OperationContext) -> None:
    assert tools.pagerduty is tools.pagerduty
    assert tools.events is tools.events
