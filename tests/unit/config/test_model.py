"""What the configuration file means: its names, and what it stands in for."""

from __future__ import annotations

from pd_incident_action.config.model import Config, SeverityPolicy, apply_config, apply_severity
from pd_incident_action.inputs.sources import Sources, build, resolve
from pd_incident_action.operations._shared.status_transition import IncidentSelection
from pd_incident_action.operations.create import Create
from pd_incident_action.operations.trigger import Trigger
from pd_incident_action.pagerduty.provider import PagerDutySettings

CONFIG = Config(
    region="eu",
    from_="ada@example.com",
    services={"default": "api", "api": "PAPI123", "DB": "PDB1234", "Zu\u0308rich": "PZUE123"},
    escalation_policies={"api": "Platform", "default": "PESC123"},
    custom_fields={"impact": "customer_impact"},
    assignees={"ada": "ada@example.com"},
    severities={
        "SEV-1": SeverityPolicy(urgency="high", priority="P1", severity="critical"),
        "SEV-4": SeverityPolicy(urgency="low"),
    },
)


def test_the_file_stands_in_for_what_nobody_gave() -> None:
    settings, problems, _ = build(PagerDutySettings, apply_config(Sources(), CONFIG))
    assert problems == []
    assert settings is not None
    assert (settings.pagerduty_region, settings.from_) == ("eu", "ada@example.com")


def test_what_somebody_gave_counts_more() -> None:
    sources = Sources({"pagerdutyregion": "us"}, dispatch_inputs={"from": "bob@example.com"})
    values = resolve(PagerDutySettings, apply_config(sources, CONFIG)).values()
    assert [one.value for one in values] == ["us", "bob@example.com"]


def test_the_default_service_is_for_new_incidents_only() -> None:
    sources = apply_config(Sources(), CONFIG)
    assert resolve(Create.Inputs, sources)["service"].value == "api"
    assert "service" not in resolve(IncidentSelection, sources)


def test_a_severity_says_urgency_and_priority() -> None:
    for given, expected in [
        ({"severity": "sev-1"}, ("high", "P1")),
        ({"severity": "SEV-4"}, ("low", None)),
        ({"severity": "SEV-1", "urgency": "low"}, ("low", "P1")),
        ({"severity": "SEV-1", "priority": "P3"}, ("high", "P3")),
        ({"severity": "critical"}, ("high", None)),
        ({"severity": "Info"}, ("low", None)),
        ({}, ("high", None)),
    ]:
        sources, problems = apply_severity(
            Sources({"title": "x", "service": "api", **given}), CONFIG, Create.Inputs
        )
        request, wrong, _ = build(Create.Inputs, sources)
        assert problems + wrong == []
        assert request is not None
        assert (request.urgency, request.priority) == expected


def test_an_event_gets_the_severity_that_pagerduty_knows() -> None:
    for severity, sent in [
        ("SEV-1", "critical"),
        ("SEV-4", "warning"),
        ("info", "info"),
        ("nonsense", "critical"),
    ]:
        sources, problems = apply_severity(Sources({"severity": severity}), CONFIG, Trigger.Inputs)
        request, _, _ = build(Trigger.Inputs, sources, without_decoration=True)
        assert problems == []
        assert (request.severity if request else None) == sent


def test_a_severity_that_nobody_knows_is_refused() -> None:
    _, (problem,) = apply_severity(Sources({"severity": "SEV-9"}), CONFIG, Create.Inputs)
    assert "isn't in the configuration file; it has SEV-1, SEV-4" in str(problem)
    _, (problem,) = apply_severity(Sources({"severity": "SEV-9"}), Config(), Create.Inputs)
    assert "the configuration file has no 'severities'" in str(problem)


def test_an_operation_without_a_severity_is_left_alone() -> None:
    sources = Sources({"severity": "SEV-9"})
    assert apply_severity(sources, CONFIG, IncidentSelection) == (sources, [])


def test_a_service_is_known_by_name_in_any_case() -> None:
    for name, found in [
        ("api", "PAPI123"),
        (" API ", "PAPI123"),
        ("z\u00fcrich", "PZUE123"),
        ("db", "PDB1234"),
        ("web", None),
        ("default", None),
    ]:
        assert CONFIG.service(name) == found


def test_a_services_policy_is_found_by_name_or_id() -> None:
    for service, policy in [
        ("api", "Platform"),
        ("PAPI123", "Platform"),
        ("db", "PESC123"),
        ("PXYZ123", "PESC123"),
    ]:
        assert CONFIG.escalation_policy_for(service) == policy


def test_the_default_is_known_in_any_case() -> None:
    config = Config(services={"Default": "api"}, escalation_policies={"DEFAULT": "Platform"})
    assert (config.default_service, config.service("Default")) == ("api", None)
    assert config.escalation_policy_for("PXYZ123") == "Platform"


def test_other_names_are_known_in_any_case_and_an_empty_file_knows_none() -> None:
    assert (CONFIG.default_service, Config().default_service) == ("api", None)
    assert (CONFIG.assignee("Ada"), Config().assignee("ada")) == ("ada@example.com", None)
    assert CONFIG.custom_field("Impact") == "customer_impact"
    assert Config().custom_field("impact") == "impact"
    assert Config().escalation_policy_for("api") is None
