"""Port's credentials, blueprints and runs are looked at before a workflow needs them."""

from __future__ import annotations

from typing import Any

import pytest
from responses import RequestsMock

from checkups import PORT, PORT_CREDENTIALS, PORT_US, TOKEN, tools_of
from pd_incident_action.doctor.finding import Finding, doubtful, fine, wrong
from pd_incident_action.doctor.port import check_port
from pd_incident_action.errors import ApiUnavailable
from pd_incident_action.operations.base import OperationContext
from pd_incident_action.port.mapping import DOCUMENTED_BLUEPRINT

DOCUMENTED: dict[str, Any] = {
    "schema": {
        "properties": {name: {"type": "string"} for name in DOCUMENTED_BLUEPRINT.properties}
    },
    "relations": {"pagerdutyService": {"target": "pagerdutyService", "many": True}},
}
SERVICE = {"schema": {"properties": {n: {"type": "string"} for n in ("status", "url", "oncall")}}}
NO_ACTIONS = (
    "! self-service actions: none of the 2 actions of port/actions is installed – install those "
    "you want, or start workflows otherwise"
)


@pytest.fixture(autouse=True)
def _two_actions(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"pagerduty_create": "create.yml", "pagerduty_escalate": "escalate.yml"}
    monkeypatch.setattr("pd_incident_action.doctor.port_actions.known_actions", lambda: known)


def tools(**settings: Any) -> OperationContext:  # noqa: ANN401 - fields of Settings
    return tools_of(**{**TOKEN, **PORT_CREDENTIALS, **settings})


def serve(api: RequestsMock, incident: Any = DOCUMENTED) -> None:  # noqa: ANN401 - a blueprint
    """Let Port have the blueprints, and no actions."""
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "port-token"})
    for name, blueprint in {"pagerdutyIncident": incident, "pagerdutyService": SERVICE}.items():
        api.add("GET", f"{PORT}/blueprints/{name}", json={"blueprint": blueprint})
    api.add("GET", f"{PORT}/actions", json={"actions": []})


def without(name: str) -> dict[str, Any]:
    """Make the documented blueprint without one of its properties."""
    properties = dict(DOCUMENTED["schema"]["properties"])
    del properties[name]
    return {**DOCUMENTED, "schema": {"properties": properties}}


def test_what_fits_is_fine(api: RequestsMock) -> None:
    serve(api)
    assert [one.line for one in check_port(tools())] == [
        "✓ Port credentials: sign in, region eu",
        "✓ blueprint pagerdutyIncident: takes everything that the action writes",
        "✓ blueprint pagerdutyService: takes everything that the action writes",
        NO_ACTIONS,
    ]


@pytest.mark.parametrize(
    ("blueprint", "expected"),
    [
        (
            without("urgency"),
            doubtful(
                "blueprint pagerdutyIncident",
                "lacks urgency, which entities are written without",
                "add them to see them in the catalog",
            ),
        ),
        (without("responder"), fine("blueprint pagerdutyIncident", "takes everything that")),
        (
            {**DOCUMENTED, "relations": {}},
            doubtful(
                "blueprint pagerdutyIncident",
                "lacks pagerdutyService, which entities are written without",
                "add them to see them in the catalog",
            ),
        ),
        (
            {
                "schema": {**DOCUMENTED["schema"], "required": ["team", "status"]},
                "relations": {
                    "svc": {"target": "pagerdutyService", "required": True},
                    "owner": {"target": "team", "required": True},
                },
            },
            wrong(
                "blueprint pagerdutyIncident",
                "requires owner, team, which the action does not write",
                "make that optional in Port: new entities are refused",
            ),
        ),
    ],
)
def test_what_does_not_fit_is_told(
    api: RequestsMock, blueprint: dict[str, Any], expected: Finding
) -> None:
    serve(api, blueprint)
    finding = check_port(tools())[1]
    assert finding.line.startswith(expected.line)
    assert finding.mark == expected.mark


def test_a_blueprint_that_is_missing_is_told(api: RequestsMock) -> None:
    serve(api)
    api.replace("GET", f"{PORT}/blueprints/pagerdutyIncident", status=404, json={"ok": False})
    assert check_port(tools())[1] == wrong(
        "blueprint pagerdutyIncident",
        "is not in this Port account",
        "create it as port/blueprints has it, or name yours with the input blueprint",
    )


def test_ones_own_blueprint_is_looked_at_instead(api: RequestsMock) -> None:
    serve(api)
    api.remove("GET", f"{PORT}/blueprints/pagerdutyIncident")
    api.add("GET", f"{PORT}/blueprints/mine", status=403, json={"ok": False})
    finding = check_port(tools(blueprint="mine"))[1]
    assert finding.line.startswith("✗ blueprint mine: Port did not show blueprint 'mine'")


def test_with_incident_io_alone_its_blueprint_is_what_counts(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "port-token"})
    api.add("GET", f"{PORT}/actions", json={"actions": []})
    names = ("status", "url", "severity", "visibility", "createdBy", "createdAt")
    blueprint = {"schema": {"properties": {name: {"type": "string"} for name in names}}}
    api.add("GET", f"{PORT}/blueprints/incidentIOIncident", json={"blueprint": blueprint})
    findings = check_port(tools_of(incident_io_token="key", **PORT_CREDENTIALS))
    assert findings[1].line == (
        "✓ blueprint incidentIOIncident: takes everything that the action writes"
    )


@pytest.mark.parametrize(
    ("status", "body", "line"),
    [
        (200, {"run": {"status": "IN_PROGRESS"}}, "✓ Port run r_1: is in progress"),
        (200, {"run": {"status": "SUCCESS"}}, "✗ Port run r_1: has already ended (SUCCESS) – "),
        (404, {"ok": False}, "✗ Port run r_1: is not in this Port account – check port-run-id"),
        (403, {"ok": False}, "✗ Port run r_1: Port did not find run r_1 of input 'port-run-id'"),
    ],
)
def test_a_run_has_to_be_in_progress(
    api: RequestsMock, status: int, body: dict[str, Any], line: str
) -> None:
    serve(api)
    api.add("GET", f"{PORT}/actions/runs/r_1", status=status, json=body)
    assert check_port(tools(port_run_id="r_1"))[-1].line.startswith(line)


def test_a_workflows_node_run_cannot_be_read(api: RequestsMock) -> None:
    serve(api)
    assert check_port(tools(port_run_id="wfnr_1"))[-1].line == NO_ACTIONS


def test_credentials_of_the_other_region_are_told(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", status=401, json={"ok": False})
    api.add("POST", f"{PORT_US}/auth/access_token", json={"accessToken": "port-token"})
    expected = wrong("Port credentials", "work in region us, not in eu", "set port-region: us")
    assert check_port(tools()) == [expected]


def test_credentials_that_no_region_knows_are_told(api: RequestsMock) -> None:
    for host in (PORT, PORT_US):
        api.add("POST", f"{host}/auth/access_token", status=401, json={"ok": False})
    (finding,) = check_port(tools())
    assert finding.line == (
        "✗ Port credentials: Port did not sign in: it answered 401, in both regions (Port does "
        "not know these credentials) – check port-client-id, port-client-secret and port-region "
        "(eu or us)"
    )


def test_with_a_url_of_ones_own_there_is_no_other_region(api: RequestsMock) -> None:
    api.add("POST", "https://port.example.com/v1/auth/access_token", status=401, json={})
    (finding,) = check_port(tools(port_api_url="https://port.example.com"))
    assert "in both regions" not in finding.finding


def test_port_in_trouble_says_nothing_about_the_credentials(api: RequestsMock) -> None:
    api.add("POST", f"{PORT}/auth/access_token", status=503)
    with pytest.raises(ApiUnavailable):
        check_port(tools())
