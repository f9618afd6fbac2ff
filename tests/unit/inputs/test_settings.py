"""The shared inputs: hosts by region, and defaults that page."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from pd_incident_action.inputs.settings import Settings


def test_the_defaults_are_the_public_hosts_and_a_patient_run() -> None:
    settings = Settings()
    assert settings.pagerduty_url == "https://api.pagerduty.com"
    assert settings.events_url == "https://events.pagerduty.com/v2"
    assert settings.port_url == "https://api.port.io"
    assert settings.incident_io_url == "https://api.incident.io"
    assert (settings.operation, settings.provider) == ("create", "pagerduty")
    assert (settings.report_status, settings.catalog_errors) == ("failure", "warn")
    assert settings.timeout == 120
    assert settings.secrets() == []


@pytest.mark.parametrize(
    ("values", "pagerduty", "events", "port"),
    [
        (
            {"pagerduty_region": "EU", "port_region": " US "},
            "https://api.eu.pagerduty.com",
            "https://events.eu.pagerduty.com/v2",
            "https://api.us.port.io",
        ),
        (
            {
                "pagerduty_region": "eu",
                "pagerduty_api_url": "https://proxy.example.com/rest/",
                "pagerduty_events_url": "https://proxy.example.com/events/v2",
                "port_api_url": "http://127.0.0.1:9",
            },
            "https://proxy.example.com/rest",
            "https://proxy.example.com/events/v2",
            "http://127.0.0.1:9",
        ),
    ],
)
def test_region_and_url_decide_on_the_host(
    values: dict[str, Any], pagerduty: str, events: str, port: str
) -> None:
    settings = Settings.model_validate(values)
    assert (settings.pagerduty_url, settings.events_url) == (pagerduty, events)
    assert settings.port_url == port


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pagerduty_region", "uk"),
        ("port_region", "com"),
        ("report_status", "sometimes"),
        ("catalog_errors", "ignore"),
        ("timeout", "0"),
        ("timeout", "3601"),
        ("timeout", "-5"),
        ("timeout", "soon"),
        ("timeout", "1.5"),
        ("from_", "nobody"),
        ("blueprint", "../blueprints"),
        ("port_run_id", "r_1/logs"),
        ("pagerduty_api_url", "http://evil.example.com"),
        ("pagerduty_events_url", "http://evil.example.com"),
        ("port_api_url", "http://evil.example.com"),
        ("pagerduty_token", "a b"),
        ("unknown", "x"),
    ],
)
def test_a_wrong_setting_is_refused(name: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate({name: value})
    assert [error["loc"] for error in caught.value.errors()] == [(name,)]


@pytest.mark.parametrize(("given", "seconds"), [("1", 1), (" 60 ", 60), ("3600", 3600)])
def test_the_timeout_is_a_number_of_seconds(given: str, seconds: int) -> None:
    assert Settings.model_validate({"timeout": given}).timeout == seconds


def test_every_secret_is_listed_for_masking_and_none_shows() -> None:
    settings = Settings.model_validate(
        {
            "pagerduty_token": "token-aaa",
            "routing_key": "routing-bbb",
            "port_client_secret": "secret-ccc",
            "port_client_id": "id-ddd",
        }
    )
    assert settings.secrets() == ["token-aaa", "routing-bbb", "secret-ccc"]
    assert not any(secret in repr(settings) for secret in settings.secrets())
