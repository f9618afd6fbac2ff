"""A routing key is looked at without sending an event."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock, matchers

from checkups import REST, TOKEN, tools_of
from pd_incident_action.doctor.finding import Finding, fine, wrong
from pd_incident_action.doctor.routing import check_form, check_integration

KEY = "R0123456789ABCDEF0123456789ABCDE"


def serve(api: RequestsMock, **changes: Any) -> None:  # noqa: ANN401 - members of service and integration
    """Let there be two services, the second of which has the key."""
    kind = changes.pop("type", "events_api_v2_inbound_integration")
    other = {"type": kind, "integration_key": "E" * 32}
    mine = {"type": kind, "integration_key": KEY}
    services = [
        {"id": "P1", "name": "Database", "status": "active", "integrations": [other]},
        {"id": "P2", "name": "Checkout", "status": "active", "integrations": [mine], **changes},
    ]
    asked = matchers.query_param_matcher({"include[]": "integrations"}, strict_match=False)
    api.add("GET", f"{REST}/services", json={"services": services}, match=[asked])


def test_a_key_has_32_letters_and_digits() -> None:
    assert check_form(KEY) == [fine("routing-key", "has the form of an integration key")]


@pytest.mark.parametrize("key", [KEY[:-1], KEY + "0", KEY[:-1] + "-", "x"])
def test_anything_else_is_not_a_key_and_is_not_shown(key: str) -> None:
    (finding,) = check_form(key)
    assert finding == wrong(
        "routing-key",
        f"has {len(key)} characters; an integration key has 32 letters and digits",
        "copy the integration key of an Events API V2 integration, whole",
    )
    assert KEY[:8] not in finding.line


def test_the_keys_service_is_named(api: RequestsMock) -> None:
    serve(api)
    assert check_integration(tools_of(**TOKEN), KEY) == [
        fine("routing-key", "pages service Checkout")
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"type": "generic_email_inbound_integration"},
            wrong(
                "routing-key",
                "belongs to service Checkout, but to another kind of integration (generic email "
                "inbound integration)",
                "add an Events API V2 integration to the service, and use its key",
            ),
        ),
        (
            {"status": "disabled"},
            wrong(
                "routing-key",
                "pages service Checkout, which is disabled: events are dropped",
                "enable the service, or end its maintenance, in PagerDuty",
            ),
        ),
        (
            {"status": "maintenance"},
            wrong(
                "routing-key",
                "pages service Checkout, which is in maintenance: events are dropped",
                "enable the service, or end its maintenance, in PagerDuty",
            ),
        ),
    ],
)
def test_a_key_that_opens_no_incident_is_wrong(
    api: RequestsMock, changes: dict[str, str], expected: Finding
) -> None:
    serve(api, **changes)
    assert check_integration(tools_of(**TOKEN), KEY) == [expected]


def test_a_key_of_no_service_may_be_an_orchestrations(api: RequestsMock) -> None:
    serve(api, integrations=None)
    (finding,) = check_integration(tools_of(**TOKEN), KEY)
    assert finding.line.startswith("! routing-key: belongs to none of the services")
    assert "event orchestration" in finding.remedy
    assert KEY not in finding.line
