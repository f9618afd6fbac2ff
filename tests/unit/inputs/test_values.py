"""What means nothing is nothing, and lists are understood however they are written."""

from __future__ import annotations

import json
from typing import Annotated, Any, get_args, get_origin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from generate.model import all_operations, label
from pd_incident_action.inputs.fields import Email, LooseName, Name, PagerDutyId, Urgency
from pd_incident_action.inputs.sources import Sources, add_form, input_specs, read_step, resolve
from pd_incident_action.inputs.values import is_absent, join_names, names_in, split_names
from pd_incident_action.operations.create import Create
from pd_incident_action.pagerduty.provider import PagerDutySettings

NOT_NOTHING = ["none", "NULL", "0", "false", "-", '"null"', "a null", "[x]"]
NOTHING = ["", " \n", "null", " null ", "None", "undefined", '""', "''", '" "', "[]", "{ }"]


def test_what_means_nothing_is_absent_wherever_it_comes_from() -> None:
    assert not any(map(is_absent, NOT_NOTHING))
    for text in NOTHING:
        assert is_absent(text)
        names = ("title", "urgency", "extraDetails", "actorEmail", "pagerduty-token")
        step = read_step({f"INPUT_{name.upper()}": text for name in names})
        assert step == Sources()
        context = {"entity": text, "run_id": text, "blueprint": text, "relations": text}
        form = {**dict.fromkeys(names, text), "port_context": json.dumps(context)}
        payload = {"payload": {"properties": dict.fromkeys(names, text)}, "context": context}
        for each in (form, {"port_payload": json.dumps(payload)}, {"port_context": text}):
            sources, problems = add_form(step, each, Create.Inputs)
            assert problems == []
            for model in (Create.Inputs, PagerDutySettings):
                assert resolve(model, sources) == {}


def test_names_are_split() -> None:
    for text, names in [
        ("a, b", ("a", "b")),
        ("a\nb\r\n\n  c  ", ("a", "b", "c")),
        ("a,,b, a, null", ("a", "b")),
        ('\n ["a", "b, c", null, "", "a"]\n', ("a", "b, c")),
        (
            '[{"identifier": "a"}, {"id": "b"}, {"title": "c"}, {"name": "d"}, 5]',
            ("a", "b", "c", "5"),
        ),
        ('{"identifier": "a", "title": "A"}', ("a",)),
        ('{"identifier": null, "title": "A"}', ("A",)),
        ("[Team] a, b", ("[Team] a", "b")),
        ("[]", ()),
        ("{}", ()),
        ("[[[]]]", ("[[]]",)),
    ]:
        assert split_names(text) == names


@given(st.lists(st.text("ab ,[]{}\"'\\é", min_size=1).map(str.strip), max_size=5))
@settings(deadline=None)
def test_names_that_are_joined_can_be_split(names: list[str]) -> None:
    wanted = names_in(names)
    assert split_names(join_names(wanted)) == wanted or len(wanted) == 1


def test_a_single_name_may_be_an_object_or_a_list_of_one() -> None:
    assert TypeAdapter(Urgency).validate_python('["HIGH"]') == "high"
    assert TypeAdapter(Email).validate_python('["a@b.cd"]') == "a@b.cd"
    for kind in [Name, LooseName, PagerDutyId]:
        check = TypeAdapter(kind).validate_python
        for text in (
            "P1",
            " P1 ",
            '["P1"]',
            '{"identifier": "P1"}',
            '[{"id": "P1", "title": "x"}]',
        ):
            assert check(text) == "P1"
        with pytest.raises(ValueError, match="must be a single one, not 2"):
            check('["P1", "P2"]')


def takes_several(annotation: object) -> bool:
    return get_origin(annotation) is tuple or any(map(takes_several, get_args(annotation)))


def lists() -> list[tuple[str, FieldInfo, list[str]]]:
    """List every input that takes several names, with two of them."""
    found = []
    for operation in all_operations():
        for name, info, spec in input_specs(operation.Inputs):
            if takes_several(info.annotation):
                parts = [part.strip(" `") for part in f"{spec.example}, all".split(",")]
                found.append((f"{label(operation)} {name}", info, parts[:2]))
    return found


def test_every_list_is_understood_however_it_is_written() -> None:
    found = lists()
    names = {where.split()[-1] for where, *_ in found}
    assert names >= {"service", "incident", "responders", "assignee", "source_incidents", "what"}
    for where, info, parts in found:
        kind: Any = Annotated[info.annotation, *info.metadata]
        field: TypeAdapter[Any] = TypeAdapter(kind)
        for text in (
            ", ".join(parts),
            "\n".join(parts),
            json.dumps(parts),
            json.dumps([{"identifier": part, "title": "x"} for part in parts]),
        ):
            assert field.validate_python(text) == tuple(parts), (where, text)
