"""What is around an incident: its log, changes, others like it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.errors import ApiRejected, NotApplicable
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.incident_context import Insight

INCIDENT = "https://api.pagerduty.com/incidents/Q1"
Read = Callable[[Insight], object]


@pytest.mark.parametrize(
    ("path", "member", "limit", "read"),
    [
        ("log_entries", "log_entries", "100", lambda insight: insight.log("Q1")),
        ("related_change_events", "change_events", "3", lambda i: i.related_changes("Q1", 3)),
        ("past_incidents", "past_incidents", "3", lambda i: i.past_incidents("Q1", 3)),
    ],
)
def test_a_list_is_read_up_to_a_number(  # noqa: PLR0913, PLR0917 - a table's columns
    api: RequestsMock, pagerduty: PagerDuty, path: str, member: str, limit: str, read: Read
) -> None:
    wanted = matchers.query_param_matcher({"limit": limit})
    api.add("GET", f"{INCIDENT}/{path}", json={member: [{"id": "X"}]}, match=[wanted])
    assert read(Insight(pagerduty)) == [{"id": "X"}]


@pytest.mark.parametrize(
    ("path", "feature", "read"),
    [
        ("related_change_events", "Change events", lambda i: i.related_changes("Q1", 3)),
        ("past_incidents", "Past incidents", lambda i: i.past_incidents("Q1", 3)),
    ],
)
def test_a_feature_that_the_plan_lacks_is_named(
    api: RequestsMock, pagerduty: PagerDuty, path: str, feature: str, read: Read
) -> None:
    api.add("GET", f"{INCIDENT}/{path}", status=402, json={"error": {"code": 2014}})
    with pytest.raises(NotApplicable, match=f"the account's plan does not include {feature}"):
        read(Insight(pagerduty))


def test_an_unknown_incident_is_refused(api: RequestsMock, pagerduty: PagerDuty) -> None:
    api.add("GET", f"{INCIDENT}/log_entries", status=404)
    with pytest.raises(ApiRejected, match="did not tell who was notified: it answered 404"):
        Insight(pagerduty).log("Q1")
