"""Connections are begun to the hosts that the inputs point at, and to no others."""

from __future__ import annotations

from pathlib import Path

from pd_incident_action.main import likely_urls

REST, EVENTS = "https://api.pagerduty.com", "https://events.pagerduty.com/v2"
PORT, PORT_US = "https://api.port.io", "https://api.us.port.io"
SIGNED_UP = {"port-client-id": "the-id"}


def test_the_hosts_of_a_run_are_known_from_its_inputs() -> None:
    for inputs, urls in [
        ({}, [REST]),
        (SIGNED_UP, [REST, PORT]),
        ({"portClientId": "the-id"}, [REST, PORT]),
        ({"port-client-id": " "}, [REST]),
        ({"operation": "escalate"}, [REST]),
        ({"operation": " Trigger "}, [EVENTS]),
        ({"operation": "trigger", "pagerduty-token": "t"}, [EVENTS, REST]),
        (SIGNED_UP | {"operation": "trigger", "port-region": "us"}, [EVENTS, PORT_US]),
        ({"provider": "incident-io"}, ["https://api.incident.io"]),
        ({"pagerduty-client-id": "app"}, [REST, "https://identity.pagerduty.com"]),
        ({"pagerduty-region": "eu"}, ["https://api.eu.pagerduty.com"]),
        ({"config": "from: ada@example.com\nregion: eu"}, ["https://api.eu.pagerduty.com"]),
        ({"config": "{region: 'eu'}"}, ["https://api.eu.pagerduty.com"]),
        ({"config": "region: eu\n", "pagerduty-region": "us"}, [REST]),
        ({"config": "services: {region x: eu}\n"}, [REST]),
        ({"pagerduty-region": "mars"}, [""]),
        ({"pagerduty-api-url": "https://proxy.example.com/x"}, ["https://proxy.example.com/x"]),
    ]:
        container = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
        assert likely_urls(container) == urls


def test_the_files_region_counts_before_the_first_connection(tmp_path: Path) -> None:
    for number, name in enumerate((".github/pd-incident.yml", ".github/pd-incident.yaml", "x.yml")):
        workspace = tmp_path / str(number)
        container = {"GITHUB_WORKSPACE": str(workspace)}
        container |= {"INPUT_CONFIG": name} if name == "x.yml" else {}
        assert likely_urls(container) == [REST]
        (workspace / name).parent.mkdir(parents=True)
        (workspace / name).write_text("# ours\nregion: eu # Frankfurt\n", encoding="utf-8")
        assert likely_urls(container) == ["https://api.eu.pagerduty.com"]
