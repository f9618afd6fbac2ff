"""A package with a module `provider` is a provider, a module of its operations is an operation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pd_incident_action import providers
from pd_incident_action.inputs.fields import InputSpec
from pd_incident_action.inputs.sources import input_specs
from pd_incident_action.operations.base import OperationContext, OperationInputs

SOURCES = Path(providers.__file__).parent
ALL = providers.find_all()
OPERATIONS = [
    (provider, name, provider.load_operation(name))
    for provider in ALL
    for name in provider.operation_names()
]


def test_providers_are_found_and_the_default_comes_first() -> None:
    assert providers.names() == ("pagerduty", "incident-io")
    assert tuple(provider.name for provider in ALL) == providers.names()
    assert providers.slug("pagerduty", "note") == "note"
    assert providers.slug("incident-io", "update") == "incident-io-update"


def test_no_other_package_names_a_provider_but_the_default() -> None:
    others = [one for one in ALL if one.name != providers.DEFAULT]
    words = {one.name for one in others} | {one.title for one in others}
    words |= {one.name.replace("-", "_") for one in others}
    own = {SOURCES / one.name.replace("-", "_") for one in others}
    pattern = re.compile("|".join(map(re.escape, words)), re.IGNORECASE)
    found = [
        path
        for path in SOURCES.rglob("*.py")
        if not own & {*path.parents} and pattern.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_provider_describes_itself() -> None:
    for provider in ALL:
        offered = {spec.help: name for name, _, spec in input_specs(provider.settings)}
        assert len(offered) == len(provider.settings.model_fields)
        assert provider.settings() == provider.settings.model_validate({})
        assert not provider.settings().can_page
        blueprints = {one.entity_blueprint for who, _, one in OPERATIONS if who is provider} - {""}
        assert {*provider.load_account().examples()} == blueprints


def test_an_operation_is_named_like_its_module_and_describes_itself() -> None:
    for provider, name, operation in OPERATIONS:
        assert (operation.provider, operation.name) == (provider.name, name)
        assert operation.summary
        assert not operation.summary.endswith(".")
        # Doctor uses whatever credentials there are.
        assert operation.required_credentials or operation.required_one_of or name == "doctor"
        assert issubclass(operation.Inputs, OperationInputs)
        assert operation.Inputs.model_config["frozen"]
        for field, info in operation.Inputs.model_fields.items():
            (spec,) = (item for item in info.metadata if isinstance(item, InputSpec))
            assert spec.hidden or (spec.help and spec.example), field


def test_credentials_that_were_not_declared_are_not_there(tools: OperationContext) -> None:
    bare = OperationContext(identity=tools.identity, key=tools.key, deadline=tools.deadline)
    with pytest.raises(LookupError, match="PagerDuty requires"):
        _ = bare.pagerduty
    with pytest.raises(LookupError, match="PagerDutyEvents requires"):
        _ = bare.events
    with pytest.raises(LookupError, match="no settings"):
        _ = bare.trial
