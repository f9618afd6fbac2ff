"""Every error that PagerDuty documents has a cause and a remedy."""

from __future__ import annotations

import pytest

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.pagerduty.errors import (
    explain,
    explain_event,
    explain_sign_in,
    requires_plan_feature,
)


def test_each_code_and_each_status_has_a_remedy() -> None:
    for code, hint in [
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
    ]:
        problem = explain(400, {}, {"error": {"code": code, "message": "No"}})
        assert (problem.code, problem.message) == (code, "No")
        assert hint in f"{problem.cause}; {problem.remedy}"
    for status, hint in [
        (400, "not valid"),
        (401, "pagerduty-token"),
        (402, "plan"),
        (403, "write access"),
        (404, "check the id"),
        (409, "re-run"),
        (413, "shorten"),
        (422, "not valid"),
        (429, "its own key"),
        (500, "status.pagerduty.com"),
        (503, "status.pagerduty.com"),
    ]:
        problem = explain(status, {}, None)
        assert hint in f"{problem.cause}; {problem.remedy}"


def test_without_a_known_code_the_status_decides_and_an_error_needs_no_envelope() -> None:
    for body, words in [
        ("Unauthorized", "Unauthorized"),
        ({}, ""),
        ({"error": "no"}, "no"),
        ({"error": None}, ""),
        ({"error": {"code": 9999}}, ""),
        ({"error": {"code": "2001"}}, ""),
        ({"error": {"code": []}}, ""),
    ]:
        problem = explain(401, {}, body)
        assert (problem.cause, problem.message) == (explain(401, {}, None).cause, words)
    error = {"message": "Invalid", "code": 1008, "errors": ["a", "b"]}
    assert explain(400, {}, error) == explain(400, {}, {"error": error})
    assert explain(400, {}, error).message == "Invalid: a, b"


def test_a_missing_from_is_named_by_the_input() -> None:
    for words in [
        "From header is required",
        "Missing 'From' header",
        "Header 'From' must be given",
    ]:
        wrapped = {"error": {"message": "Invalid Input Provided", "code": 2001, "errors": [words]}}
        for body in (words, {"error": words}, wrapped):
            assert "set the input `from`" in explain(400, {}, body).remedy
        assert "`from`" not in explain(400, {}, "No incident from headers").remedy


def test_an_event_that_is_refused_points_at_the_likely_reason() -> None:
    for status, hint in [
        (400, "check routing-key"),
        (403, "a proxy or firewall"),
        (404, "check pagerduty-events-url"),
        (408, "status.pagerduty.com"),
        (413, "the event is too large"),
        (418, "a proxy or firewall"),
        (429, "too many requests"),
        (500, "status.pagerduty.com"),
        (503, "status.pagerduty.com"),
    ]:
        problem = explain_event(status, {}, "<html>")
        text = f"{problem.cause}; {problem.remedy}"
        assert hint in text
        assert ("routing-key" in text) is (status == 400)
        assert (problem.code, problem.message) == (None, "")


def test_a_refused_sign_in_points_at_the_app() -> None:
    for status, hint in [
        (400, "pagerduty-subdomain"),
        (401, "pagerduty-client-secret"),
        (403, "docs/permissions.md"),
        (500, "status.pagerduty.com"),
    ]:
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
