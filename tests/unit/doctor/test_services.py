"""Each service would page somebody now, or it is told why not."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock, matchers

from checkups import REST, TOKEN, tools_of
from pd_incident_action.config.model import Config
from pd_incident_action.doctor.finding import Finding, doubtful, fine, wrong
from pd_incident_action.doctor.services import check_services, services_of

RULES = [{"id": "R1"}, {"id": "R2"}]
POLICY = {"id": "PPOL01", "name": "Platform", "escalation_rules": RULES}
SERVICE = {
    "id": "PSVC01",
    "name": "Checkout",
    "status": "active",
    "escalation_policy": {"id": "PPOL01"},
}


def on_call(*levels: int) -> list[dict[str, Any]]:
    return [{"escalation_level": n, "user": {"summary": f"Person {n}"}} for n in levels]


def serve(api: RequestsMock, *levels: int, **service: Any) -> None:  # noqa: ANN401 - members of a service
    """Let there be one service, whose policy has these levels taken."""
    api.add("GET", f"{REST}/services/PSVC01", json={"service": {**SERVICE, **service}})
    api.add("GET", f"{REST}/escalation_policies/PPOL01", json={"escalation_policy": POLICY})
    asked = {"escalation_policy_ids[]": "PPOL01"}
    api.add(
        "GET",
        f"{REST}/oncalls",
        json={"oncalls": on_call(*levels)},
        match=[matchers.query_param_matcher(asked, strict_match=False)],
    )


def test_the_files_services_and_the_inputs_are_looked_at_once_each() -> None:
    config = Config(services={"default": "shop", "shop": "PSVC01", "pay": "PSVC02"})
    assert services_of(config, ["pay", "PSVC03"]) == {
        "pay": "input 'service'",
        "PSVC03": "input 'service'",
        "shop": "the configuration file's service 'shop'",
    }
    alone = Config(services={"default": "PSVC09"})
    assert services_of(alone, []) == {"PSVC09": "the configuration file's default service"}
    assert services_of(Config(), []) == {}


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (
            (1, 2),
            fine(
                "escalation policy Platform",
                "somebody is on call on every level, first Person 1",
            ),
        ),
        (
            (1,),
            doubtful(
                "escalation policy Platform",
                "nobody is on call on level 2",
                "put somebody on call there, or take the level out",
            ),
        ),
        (
            (),
            wrong(
                "escalation policy Platform",
                "nobody is on call on any level: a page would reach nobody",
                "put somebody on call, or use another escalation policy",
            ),
        ),
    ],
)
def test_each_level_has_to_have_somebody(
    api: RequestsMock, levels: tuple[int, ...], expected: Finding
) -> None:
    serve(api, *levels)
    findings = check_services(tools_of(**TOKEN), ["PSVC01"])
    assert findings == [fine("service Checkout", "is there (PSVC01)"), expected]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("disabled", "is disabled: a page would reach nobody – enable it in PagerDuty"),
        ("maintenance", "is in maintenance: a page would reach nobody – end the maintenance"),
    ],
)
def test_a_service_that_takes_no_pages_is_wrong(api: RequestsMock, status: str, words: str) -> None:
    serve(api, 1, 2, status=status)
    service, policy = check_services(tools_of(**TOKEN), ["PSVC01"])
    assert service.line.startswith(f"✗ service Checkout: {words}")
    assert policy.mark == "✓"


@pytest.mark.parametrize("status", ["active", "warning", "critical"])
def test_a_service_with_open_incidents_is_fine(api: RequestsMock, status: str) -> None:
    serve(api, 1, 2, status=status)
    assert [f.mark for f in check_services(tools_of(**TOKEN), ["PSVC01"])] == ["✓", "✓"]


def test_a_service_that_is_gone_is_told_with_its_place_in_the_file(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/services/PGONE1", status=404, json={"error": {"code": 2100}})
    config = Config(services={"shop": "PGONE1"})
    (finding,) = check_services(tools_of(config, **TOKEN), [])
    assert finding.line.startswith(
        "✗ service shop: PagerDuty did not find service PGONE1 of the configuration file's "
        "service 'shop': it answered 404, code 2100"
    )


def test_a_name_that_nothing_has_is_told(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/services", json={"services": []})
    (finding,) = check_services(tools_of(**TOKEN), ["Chekcout"])
    assert finding.line.startswith("✗ service Chekcout: PagerDuty has no service 'Chekcout'")


def test_a_policy_is_looked_at_once_whoever_names_it(api: RequestsMock) -> None:
    serve(api, 1, 2)
    config = Config(services={"shop": "PSVC01"}, escalation_policies={"shop": "PPOL01"})
    findings = check_services(tools_of(config, **TOKEN), [])
    assert [one.what for one in findings] == ["service Checkout", "escalation policy Platform"]


def test_a_policy_of_the_file_that_is_gone_is_told(api: RequestsMock) -> None:
    api.add("GET", f"{REST}/escalation_policies/PGONE1", status=404, json={})
    api.add("GET", f"{REST}/escalation_policies", json={"escalation_policies": []})
    config = Config(escalation_policies={"default": "PGONE1", "shop": "Nonsense"})
    by_name, by_id = check_services(tools_of(config, **TOKEN), [])
    assert "PagerDuty has no escalation policy 'Nonsense'" in by_name.finding
    assert (
        "did not find escalation policy PGONE1 of the configuration file's escalation policy of "
        "'default'"
    ) in by_id.finding
