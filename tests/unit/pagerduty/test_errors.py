"""Every error that PagerDuty documents has a cause and a remedy."""

from __future__ import annotations

from typing import Any

import pytest

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.pagerduty.errors import (
    explain,
    explain_event,
    explain_sign_in,
    requires_plan_feature,
)


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (1001, "already resolved"),
        (1002, "already acknowledged"),
        (1006, "escalation-policy"),
        (1007, "assignee"),
        (1008, "from: ada@example.com"),
        (1014, "escalation policy does not exist"),
        (1015, "on call"),
        (1018, "write access"),
        (1019, "merged"),
        (1020, "priority"),
        (2001, "the inputs that PagerDuty names"),
        (2002, "the inputs that PagerDuty names"),
        (2006, "pagerduty-region"),
        (2010, "write access"),
        (2013, "assignee"),
        (2014, "plan"),
        (2016, "set the input `from`"),
        (2100, "check the id"),
    ],
)
def test_each_code_has_a_remedy(code: int, hint: str) -> None:
    problem = explain(400, {}, {"error": {"code": code, "message": "No"}})
    assert (problem.code, problem.message) == (code, "No")
    assert hint in f"{problem.cause}; {problem.remedy}"


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "not valid"),
        (401, "pagerduty-token"),
        (402, "plan"),
        (403, "write access"),
        (404, "check the id"),
        (409, "re-run"),
        (413, "shorten"),
        (422, "not valid"),
        (429, "key of its own"),
        (500, "status.pagerduty.com"),
        (503, "status.pagerduty.com"),
    ],
)
def test_a_status_has_a_remedy(status: int, hint: str) -> None:
    problem = explain(status, {}, None)
    assert hint in f"{problem.cause}; {problem.remedy}"


@pytest.mark.parametrize(
    "body",
    [
        "Unauthorized",
        {},
        {"error": "no"},
        {"error": None},
        {"error": {"code": 9999}},
        {"error": {"code": "2001"}},
        {"error": {"code": []}},
    ],
)
def test_without_a_known_code_the_status_decides(body: object) -> None:
    problem = explain(401, {}, body)
    assert (problem.cause, problem.message) == (explain(401, {}, None).cause, "")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ({"message": "Invalid"}, "Invalid"),
        ({"message": "Invalid", "errors": ["a", "b"]}, "Invalid: a, b"),
        ({"message": "Invalid", "errors": "a"}, "Invalid: a"),
        ({"message": "Invalid", "errors": []}, "Invalid"),
        ({"errors": ["a"]}, "a"),
        ({"message": None, "errors": None}, ""),
    ],
)
def test_pagerdutys_own_words_are_kept_whole(error: dict[str, Any], words: str) -> None:
    assert explain(400, {}, {"error": error}).message == words
    assert explain_event(400, {}, error).message == words


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "routing-key"),
        (403, "routing-key"),
        (404, "routing-key"),
        (408, "status.pagerduty.com"),
        (429, "too many requests"),
        (500, "status.pagerduty.com"),
        (503, "status.pagerduty.com"),
    ],
)
def test_an_event_that_is_refused_points_at_the_routing_key(status: int, hint: str) -> None:
    problem = explain_event(status, {}, "<html>")
    assert hint in f"{problem.cause}; {problem.remedy}"
    assert (problem.code, problem.message) == (None, "")


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (400, "pagerduty-subdomain"),
        (401, "pagerduty-client-secret"),
        (403, "docs/permissions.md"),
        (500, "status.pagerduty.com"),
    ],
)
def test_a_refused_sign_in_points_at_the_app(status: int, hint: str) -> None:
    body = {"error": "invalid_client", "error_description": "No such app"}
    problem = explain_sign_in(status, {}, body)
    assert hint in f"{problem.cause}; {problem.remedy}"
    assert (problem.code, problem.message) == ("invalid_client", "No such app")
    assert explain_sign_in(status, {}, "<html>").message == ""


def test_a_missing_plan_feature_is_named() -> None:
    for error in (ApiRejected("No", status=402), ApiRejected("No", status=403, code=2014)):
        with pytest.raises(NotApplicable, match="not include X"), requires_plan_feature("X"):
            raise error
    with pytest.raises(ApiRejected), requires_plan_feature("X"):
        raise ApiRejected("No", status=403)
