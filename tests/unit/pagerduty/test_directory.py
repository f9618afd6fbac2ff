"""From what people know to PagerDuty's ids: the file first, then ids, then exact names."""

from __future__ import annotations

import pytest
from responses import RequestsMock, matchers

from pd_incident_action.config.model import Config
from pd_incident_action.errors import ApiUnavailable, NotApplicable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.pagerduty.client import PagerDuty
from pd_incident_action.pagerduty.directory import NameResolver

API = "https://api.pagerduty.com"
CONFIG = Config(services={"api": "PAPI123"}, assignees={"boss": "ada@example.com"})
SERVICES = [
    {"id": "P1", "name": "Checkout"},
    {"id": "P2", "name": "Checkout EU"},
    {"id": "P3", "summary": "Twice"},
    {"id": "P4", "name": "twice"},
]
USERS = [
    {"id": "PU1", "email": "ada@example.com.evil.example", "name": "ada@example.com"},
    {"id": "PU2", "email": "Ada@Example.com", "name": "Ada"},
    {"id": "PU3", "email": "bada@example.com"},
    {"id": "PU4"},
]


@pytest.fixture
def names(pagerduty: PagerDuty) -> NameResolver:
    return NameResolver(CONFIG, pagerduty)


def listed(api: RequestsMock, kind: str, things: list[dict[str, str]], query: str = "") -> None:
    params = {"query": query, "limit": "100", "offset": "0"}
    match = [matchers.query_param_matcher(params)] if query else []
    api.add("GET", f"{API}/{kind}", json={kind: things}, match=match)


def test_nothing_is_asked_for_names_of_the_file_and_for_ids(
    api: RequestsMock, names: NameResolver
) -> None:
    assert [names.service(text) for text in ("API", "PSVC001")] == ["PAPI123", "PSVC001"]
    assert len(api.calls) == 0


def test_a_name_has_to_match_exactly(api: RequestsMock, names: NameResolver) -> None:
    for text in ["Checkout", "checkout"]:
        api.reset()
        listed(api, "services", SERVICES, query=text)
        assert names.service(text) == "P1"


def test_an_ambiguous_name_lists_the_candidates(api: RequestsMock, names: NameResolver) -> None:
    listed(api, "services", SERVICES)
    with pytest.raises(NotApplicable) as error:
        names.service("Twice")
    assert str(error.value) == (
        "'Twice' could be any of 2 services: Twice (P3), twice (P4); use the id instead, or "
        "add the name to the configuration file."
    )


def test_an_unknown_name_lists_what_resembles_it(api: RequestsMock, names: NameResolver) -> None:
    listed(api, "services", [], query="Chekcout")
    listed(api, "services", SERVICES[:1], query="Che")
    with pytest.raises(
        NotApplicable, match=r"no service 'Chekcout'.*did you mean Checkout \(P1\)\?$"
    ):
        names.service("Chekcout")
    api.reset()
    listed(api, "services", [])
    with pytest.raises(NotApplicable, match="check the spelling, or use its id"):
        names.service("Checkout")


def test_what_may_be_an_id_without_digits_is_looked_up_and_then_taken_for_one(
    api: RequestsMock, names: NameResolver
) -> None:
    listed(api, "services", [{"id": "P9", "name": "PRODUCT"}], query="PRODUCT")
    assert names.service("PRODUCT") == "P9"
    listed(api, "services", [], query="PABCDEF")
    assert names.service("PABCDEF") == "PABCDEF"


def test_trouble_with_the_directory_does_not_prevent_a_page_by_id(
    api: RequestsMock, tools: OperationContext
) -> None:
    api.add("GET", f"{API}/services", status=503, headers={"Retry-After": "60"})
    assert tools.names.service("PABCDEF") == "PABCDEF"
    with pytest.raises(ApiUnavailable):
        tools.names.service("Checkout")


def test_a_user_is_found_by_the_exact_address_alone(api: RequestsMock, names: NameResolver) -> None:
    for text in ["ada@example.com", "ADA@EXAMPLE.COM", "boss"]:
        api.reset()
        listed(api, "users", USERS)
        assert names.user(text) == "PU2"
    for users in [[], [USERS[2], USERS[3]]]:
        api.reset()
        listed(api, "users", users)
        with pytest.raises(NotApplicable, match=r"PagerDuty has no user 'ada@example\.com'"):
            names.user("ada@example.com")


def test_other_things_have_names_as_well(api: RequestsMock, names: NameResolver) -> None:
    for find, kind in [
        ("escalation_policy", "escalation_policies"),
        ("schedule", "schedules"),
        ("priority", "priorities"),
        ("incident_workflow", "incident_workflows"),
    ]:
        api.reset()
        listed(api, kind, [{"id": "P7", "name": "The one"}])
        assert getattr(names, find)("the one") == "P7"


def test_a_long_list_is_read_to_its_end(api: RequestsMock, names: NameResolver) -> None:
    first = {"services": [{"id": f"P{n}", "name": f"s{n}"} for n in range(100)], "more": True}
    for offset, body in (("0", first), ("100", {"services": SERVICES})):
        params = {"query": "Checkout", "limit": "100", "offset": offset}
        match = [matchers.query_param_matcher(params)]
        api.add("GET", f"{API}/services", json=body, match=match)
    assert names.service("Checkout") == "P1"


def test_schedules_of_both_kinds_are_looked_up(api: RequestsMock, names: NameResolver) -> None:
    def list_v3(*found: str, status: int = 200) -> None:
        api.reset()
        listed(api, "schedules", [])
        schedules = [{"id": "P9", "summary": name} for name in [*found, "Nights 2"]]
        api.add("GET", f"{API}/v3/schedules", json={"schedules": schedules}, status=status)

    list_v3("Nights")
    assert names.schedule("nights") == "P9"
    for found, status in ((("Nights", "nights"), 200), ((), 200), ((), 404)):
        list_v3(*found, status=status)
        with pytest.raises(NotApplicable, match="PagerDuty has no schedule 'nights'"):
            names.schedule("nights")
