"""What the configuration file means, once it is read."""

from __future__ import annotations

from pd_incident_action.config.model import Config, SeverityPolicy

CONFIG = Config(
    services={"default": "api", "api": "PAPI123", "DB": "PDB1234", "Zu\u0308rich": "PZUE123"},
    escalation_policies={"api": "Platform", "default": "PESC123"},
    severities={"SEV-1": SeverityPolicy(urgency="high")},
    custom_fields={"impact": "customer_impact"},
    assignees={"ada": "ada@example.com"},
)


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


def test_an_empty_file_knows_nothing() -> None:
    empty = Config()
    assert (empty.default_service, empty.service("api"), empty.escalation_policy_for("api")) == (
        None,
    ) * 3
    assert (empty.severity("SEV-1"), empty.assignee("ada")) == (None, None)
    assert empty.custom_field("impact") == "impact"


def test_the_other_names_are_known_as_well() -> None:
    assert CONFIG.default_service == "api"
    assert CONFIG.severity("sev-1") == SeverityPolicy(urgency="high")
    assert CONFIG.assignee("Ada") == "ada@example.com"
    assert CONFIG.custom_field("Impact") == "customer_impact"
