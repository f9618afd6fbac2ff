"""Every refusal of incident.io has its words, a cause and a remedy."""

from __future__ import annotations

from typing import Any

from pd_incident_action.incident_io.client import explain


def refusal(*errors: object) -> dict[str, Any]:
    return {"type": "x", "status": 422, "request_id": "r1", "errors": list(errors)}


def test_every_status_has_a_remedy_whatever_the_body() -> None:
    for status, hint in [
        (400, "the inputs that incident.io names"),
        (401, "incident-io-token"),
        (403, "make a new key"),
        (404, "check the incident's id"),
        (409, "re-run"),
        (412, "settings"),
        (413, "shorten"),
        (422, "the inputs that incident.io names"),
        (429, "its own key"),
        (503, "status.incident.io"),
    ]:
        lists: tuple[object, ...] = ("", ["", None], [{}])
        for body in (None, "<html>", (), *({"errors": one} for one in lists)):
            detail = explain(status, {}, body)
            assert hint in f"{detail.cause}; {detail.remedy}"
            assert (detail.code, detail.message) == (None, "")


def test_a_field_has_a_remedy() -> None:
    for field, hint in [
        ("severity_id", "set severity"),
        ("incident.severity_id", "set severity"),
        ("incident_status_id", "another status"),
        ("incident_type_id", "incident-type"),
        ("name", "set title"),
        ("visibility", "public or private"),
        ("custom_field_entries", "custom field"),
        ("colour", "the inputs that incident.io names"),
    ]:
        error = {"code": "is_required", "message": "No", "source": {"field": field}}
        detail = explain(422, {}, refusal({"code": "other", "message": "Hm"}, error))
        assert hint in f"{detail.cause}; {detail.remedy}"
        assert (detail.code, detail.message) == ("other", f"Hm, No [{field}] (request id r1)")


def test_a_refused_key_lacks_the_scopes_that_are_named() -> None:
    for errors, scopes in (
        ([{"metadata": {"scope": "incidents.create"}}], "incidents.create"),
        ([{"message": "missing a required scope: incidents.view"}], "incidents.view"),
        ([{"metadata": {"scope": "a"}}, {"metadata": {"scope": "b"}}], "a, b"),
        ([{"metadata": {"scope": "a"}}, {"message": "scope: a"}], "a"),
    ):
        detail = explain(403, {}, refusal(*errors))
        assert detail.cause == f"the API key lacks the scope {scopes}"
        assert detail.remedy.startswith(f"make a new key that has {scopes} (Settings")


def test_incident_ios_own_words_are_kept() -> None:
    named = {"message": "name is bad", "source": {"field": "name"}}
    for error, words in ((named, "name is bad"), ({"message": "A", "source": None}, "A")):
        assert explain(422, {}, {"errors": [error]}).message == words
    assert explain(422, {}, {"request_id": "r1"}).message == "(request id r1)"
    for code in ("", None, ()):
        assert explain(422, {}, refusal({"code": code, "message": "No"})).code is None
