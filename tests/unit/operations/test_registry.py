"""A module in the folder is an operation; nothing has to be listed anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from pd_incident_action import operations
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.request import Request
from pd_incident_action.operations.base import Credential, OperationContext

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
    assert operation.needs or name == "doctor"
    assert set(operation.needs) <= set(get_args(Credential))


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_a_request_says_how_it_is_offered(name: str) -> None:
    request = operations.load(name).request
    assert issubclass(request, Request)
    assert request.model_config["frozen"]
    for field, info in request.model_fields.items():
        offered = [item for item in info.metadata if isinstance(item, InputSpec)]
        assert len(offered) == 1, field
        assert offered[0].hidden or (offered[0].help and offered[0].example), field


def test_what_is_no_operation_cannot_be_loaded() -> None:
    with pytest.raises(ModuleNotFoundError):
        operations.load("explode")


def test_credentials_that_were_not_asked_for_are_not_there(tools: OperationContext) -> None:
    bare = OperationContext(tools.identity, tools.key, tools.deadline)
    with pytest.raises(LookupError, match="needs pagerduty-token"):
        _ = bare.rest
    with pytest.raises(LookupError, match="needs routing-key"):
        _ = bare.alerts


def test_credentials_that_were_asked_for_are_there(tools: OperationContext) -> None:
    assert tools.rest is tools.pagerduty
    assert tools.alerts is tools.events
