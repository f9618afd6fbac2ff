"""People, priorities and custom fields of the configuration file are in the account."""

from __future__ import annotations

import pytest
from responses import RequestsMock

from checkups import REST, TOKEN, tools_of
from pd_incident_action.config.model import Config, SeverityPolicy
from pd_incident_action.doctor.config_references import (
    check_assignees,
    check_custom_fields,
    check_priorities,
)
from pd_incident_action.doctor.finding import fine, wrong
from pd_incident_action.errors import ApiRejected

PLAN = {"error": {"message": "Account does not have the abilities", "code": 2014}}
TYPES = {"incident_types": [{"name": "major_incident"}, {"name": "incident_default"}]}


def test_without_names_nothing_is_asked() -> None:
    tools = tools_of(**TOKEN)
    assert check_assignees(tools) == check_priorities(tools) == check_custom_fields(tools) == []


def test_an_assignee_is_found_by_address_and_by_id(api: RequestsMock) -> None:
    ada = {"id": "PUSER1", "name": "Ada Lovelace", "email": "ada@example.com"}
    api.add("GET", f"{REST}/users", json={"users": [ada]})
    api.add("GET", f"{REST}/users/PUSER1", json={"user": ada})
    config = Config(assignees={"boss": "ada@example.com", "her": "PUSER1"})
    assert check_assignees(tools_of(config, **TOKEN)) == [
        fine("assignee 'boss'", "is Ada Lovelace"),
        fine("assignee 'her'", "is Ada Lovelace"),
    ]


def test_an_assignee_who_is_gone_is_told(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/users", json={"users": []})
    api.add("GET", f"{REST}/users/PGONE1", status=404, json={"error": {"code": 2100}})
    config = Config(assignees={"boss": "bob@example.com", "other": "PGONE1"})
    by_address, by_id = check_assignees(tools_of(config, **TOKEN))
    assert by_address.line.startswith("✗ assignee 'boss': PagerDuty has no user 'bob@example.com'")
    assert by_id.line.startswith(
        "✗ assignee 'other': PagerDuty did not find user PGONE1 of the configuration file's "
        "assignee 'other': it answered 404"
    )


def test_priorities_are_known_by_name_in_any_case_or_id(api: RequestsMock) -> None:
    there = [{"id": "PPRIO1", "name": "P1"}, {"id": "PPRIO2", "name": "P2"}]
    api.add("GET", f"{REST}/priorities", json={"priorities": there})
    good = {"A": SeverityPolicy(priority="p1"), "B": SeverityPolicy(priority="PPRIO2")}
    config = Config(severities={**good, "quiet": SeverityPolicy(urgency="low")})
    assert check_priorities(tools_of(config, **TOKEN)) == [
        fine("priorities", "p1, PPRIO2 are there")
    ]
    config = Config(severities={**good, "C": SeverityPolicy(priority="P9")})
    assert check_priorities(tools_of(config, **TOKEN)) == [
        wrong("severity 'C'", "PagerDuty has no priority 'P9'", "use one of P1, P2")
    ]


def test_a_plan_without_priorities_is_told(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/priorities", status=402, json=PLAN)
    config = Config(severities={"A": SeverityPolicy(priority="P1")})
    assert check_priorities(tools_of(config, **TOKEN)) == [
        wrong(
            "priorities",
            "the account's plan does not include priorities",
            "leave priority out of the file's severities",
        )
    ]


def test_custom_fields_are_looked_for_in_all_types_the_usual_one_first(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/incidents/types", json=TYPES)
    usual = f"{REST}/incidents/types/incident_default/custom_fields"
    api.add("GET", usual, json={"fields": [{"id": "PF1", "name": "root_cause"}]})
    config = Config(custom_fields={"cause": "root_cause", "again": "PF1"})
    assert check_custom_fields(tools_of(config, **TOKEN)) == [
        fine("custom fields", "root_cause, PF1 are there")
    ]
    other = f"{REST}/incidents/types/major_incident/custom_fields"
    api.add("GET", other, json={"fields": [{"id": "PF2", "name": "bridge"}]})
    config = Config(custom_fields={"cause": "root_cause", "b": "bridge", "c": "Root cause"})
    (finding,) = check_custom_fields(tools_of(config, **TOKEN))
    assert finding.what == "custom field 'c'"
    assert finding.finding == "PagerDuty has no custom field 'Root cause'"


def test_a_plan_without_custom_fields_is_told(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/incidents/types", json=TYPES)
    usual = f"{REST}/incidents/types/incident_default/custom_fields"
    api.add("GET", usual, status=402, json=PLAN)
    (finding,) = check_custom_fields(tools_of(Config(custom_fields={"a": "b"}), **TOKEN))
    assert finding.line == (
        "✗ custom fields: the account's plan does not include custom fields – leave "
        "custom-fields out of the file"
    )


@pytest.mark.parametrize(
    ("path", "config"),
    [
        ("priorities", Config(severities={"A": SeverityPolicy(priority="P1")})),
        ("incidents/types", Config(custom_fields={"a": "b"})),
    ],
)
def test_other_refusals_are_the_apis_own(api: RequestsMock, path: str, config: Config) -> None:
    api.add("GET", f"{REST}/{path}", status=403, json={"error": {"code": 2010}})
    check = check_priorities if path == "priorities" else check_custom_fields
    with pytest.raises(ApiRejected, match="answered 403, code 2010"):
        check(tools_of(config, **TOKEN))
