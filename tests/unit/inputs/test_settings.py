"""The shared inputs and the providers' own: defaults that page, hosts by region, secrets."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from pd_incident_action.inputs.settings import Settings
from pd_incident_action.pagerduty.provider import PagerDutySettings
from run_settings import settings_of


def test_region_and_url_decide_on_the_host() -> None:
    proxy = {
        "pagerduty_api_url": "https://proxy.example.com/rest/",
        "pagerduty_events_url": "https://proxy.example.com/events/v2",
        "port_api_url": "http://127.0.0.1:9",
    }
    for values, *urls in [
        ({}, "https://api.pagerduty.com", "https://events.pagerduty.com/v2", "https://api.port.io"),
        (
            {"pagerduty_region": "EU", "port_region": " US "},
            "https://api.eu.pagerduty.com",
            "https://events.eu.pagerduty.com/v2",
            "https://api.us.port.io",
        ),
        (
            proxy,
            proxy["pagerduty_api_url"][:-1],
            proxy["pagerduty_events_url"],
            "http://127.0.0.1:9",
        ),
    ]:
        settings = settings_of(**values)
        pagerduty = settings.of(PagerDutySettings)
        assert [pagerduty.rest_url, pagerduty.events_url, settings.port_url] == urls


def test_a_wrong_setting_is_refused() -> None:
    cases: list[tuple[type[BaseModel], str, str]] = [
        (Settings, "port_region", "com"),
        (Settings, "report_status", "sometimes"),
        (Settings, "catalog_errors", "ignore"),
        (Settings, "timeout", "0"),
        (Settings, "timeout", "3601s"),
        (Settings, "timeout", "60"),
        (Settings, "blueprint", "../blueprints"),
        (Settings, "port_run_id", "r_1/logs"),
        (Settings, "port_api_url", "http://evil.example.com"),
        (Settings, "unknown", "x"),
        (PagerDutySettings, "pagerduty_region", "uk"),
        (PagerDutySettings, "from_", "nobody"),
        (PagerDutySettings, "pagerduty_api_url", "http://evil.example.com"),
        (PagerDutySettings, "pagerduty_events_url", "http://evil.example.com"),
        (PagerDutySettings, "pagerduty_token", "a b"),
        (PagerDutySettings, "unknown", "x"),
    ]
    for model, name, value in cases:
        with pytest.raises(ValidationError) as caught:
            model.model_validate({name: value})
        assert [error["loc"] for error in caught.value.errors()] == [(name,)]


def test_the_timeout_is_a_duration() -> None:
    assert Settings().timeout == 120
    for given, seconds in [("1s", 1), (" 2M ", 120), ("1h", 3600)]:
        assert Settings.model_validate({"timeout": given}).timeout == seconds


def test_a_slip_hides_people() -> None:
    given = ("false", " No ", "true", "yse")
    found = [Settings.model_validate({"redact_people": one}).redact_people for one in given]
    assert found == [False, False, True, True]


def test_every_secret_is_masked_and_none_shows() -> None:
    settings = settings_of(
        pagerduty_token="token-aaa",
        routing_key="routing-bbb",
        pagerduty_client_secret="secret-ccc",
        incident_io_token="token-ddd",
        port_client_secret="secret-eee",
        port_client_id="id-fff",
    )
    secrets = sorted(settings.secrets())
    assert [secret[-3:] for secret in secrets] == ["bbb", "ccc", "eee", "aaa", "ddd"]
    assert not any(secret in repr(settings) for secret in secrets)


def test_a_credential_is_there_if_it_or_an_equal_one_is_given() -> None:
    ids = ("pagerduty-token", "pagerduty-client-secret", "routing-key", "port-client-id")
    known = {*ids, "incident-io-token"}
    for fields, names in [
        ({}, []),
        ({"pagerduty_token": "t"}, ["pagerduty-token"]),
        ({"pagerduty_client_secret": "s"}, ["pagerduty-token", "pagerduty-client-secret"]),
        ({"routing_key": "r", "port_client_id": "p"}, ["routing-key", "port-client-id"]),
        ({"incident_io_token": "i"}, ["incident-io-token"]),
    ]:
        assert {name for name in known if settings_of(**fields).has(name)} == set(names)


def test_an_app_needs_its_id_its_secret_and_the_subdomain() -> None:
    names = ("pagerduty_client_id", "pagerduty_client_secret", "pagerduty_subdomain")
    app = dict.fromkeys(names, "acme")
    assert PagerDutySettings().problems() == []
    assert PagerDutySettings.model_validate(app).problems() == []
    for left_out in app:
        rest = {name: value for name, value in app.items() if name != left_out}
        (problem,) = PagerDutySettings.model_validate(rest).problems()
        assert problem.input == left_out.replace("_", "-")
