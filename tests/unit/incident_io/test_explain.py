"""Every refusal of incident.io comes with its words, a cause and something to change."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.incident_io.errors import explain


def refusal(*errors: object) -> dict[str, Any]:
    return {"type": "x", "status": 422, "request_id": "2T1p0e3j", "errors": list(errors)}


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "the inputs that incident.io names"),
        (401, "incident-io-token"),
        (403, "make a new key"),
        (404, "check the incident's id"),
        (409, "re-run"),
        (412, "settings"),
        (413, "shorten"),
        (422, "the inputs that incident.io names"),
        (429, "key of its own"),
        (500, "status.incident.io"),
        (503, "status.incident.io"),
    ],
)
def test_every_status_has_a_remedy_whatever_the_body(status: int, hint: str) -> None:
    lists: tuple[object, ...] = ("no", ["no", None], [{}])
    for body in (None, "x", (), *({"errors": one} for one in lists)):
        problem = explain(status, {}, body)
        assert hint in f"{problem.cause}; {problem.remedy}"
        assert (problem.code, problem.message) == (None, "")


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("severity_id", "set severity"),
        ("incident.severity_id", "set severity"),
        ("incident_status_id", "another status"),
        ("incident_type_id", "incident-type"),
        ("name", "set title"),
        ("visibility", "public or private"),
        ("custom_field_entries", "custom field"),
        ("colour", "the inputs that incident.io names"),
    ],
)
def test_a_field_has_a_remedy(field: str, hint: str) -> None:
    error = {"code": "is_required", "message": "No", "source": {"field": field}}
    problem = explain(422, {}, refusal({"code": "other", "message": "Hm"}, error))
    assert hint in f"{problem.cause}; {problem.remedy}"
    assert problem.code == "other"
    assert problem.message == f"Hm, No [{field}] (request id 2T1p0e3j)"


@pytest.mark.parametrize(
    ("errors", "scopes"),
    [
        (
            [{"message": "missing", "metadata": {"scope": "incidents.create"}}],
            "the scope incidents.create",
        ),
        ([{"message": "missing a required scope: incidents.view"}], "the scope incidents.view"),
        (
            [{"metadata": {"scope": "a"}}, {"metadata": {"scope": "b"}}, {"message": "scope: a"}],
            "the scope a, b",
        ),
    ],
)
def test_a_key_that_may_not_is_told_what_it_lacks(errors: list[object], scopes: str) -> None:
    problem = explain(403, {}, refusal(*errors))
    assert scopes in problem.cause
    assert scopes.removeprefix("the scope ") in problem.remedy
    assert "changed afterwards" in problem.remedy


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"message": "A"}]}, "A"),
        ({"errors": [{"message": "A"}, {"message": "B"}]}, "A, B"),
        ({"errors": [{"message": "name is bad", "source": {"field": "name"}}]}, "name is bad"),
        ({"errors": [{"message": "A", "source": None}]}, "A"),
        ({"request_id": "r1"}, "(request id r1)"),
        ({"errors": [{"message": "A"}], "request_id": "r1"}, "A (request id r1)"),
    ],
)
def test_incident_ios_own_words_are_kept_whole(body: dict[str, Any], words: str) -> None:
    assert explain(422, {}, body).message == words


def test_a_code_that_is_no_text_is_no_code() -> None:
    for code in (7, None, ()):
        assert explain(422, {}, refusal({"code": code, "message": "No"})).code is None
