"""incident.io tells what its key may do."""

from __future__ import annotations

import pytest
from responses import RequestsMock

from doctor_fixtures import context_of
from pd_incident_action.errors import ApiRejected
from pd_incident_action.incident_io.client import IncidentIo
from pd_incident_action.incident_io.doctor import check_key

IDENTITY = "https://api.incident.io/v1/identity"


@pytest.mark.parametrize(
    ("roles", "line"),
    [
        (
            ["viewer", "incident_creator", "incident_editor"],
            "✓ incident-io-token: is the key 'Ours', and may do everything needed",
        ),
        (
            ["viewer", "incident_creator"],
            (
                "! incident-io-token: may not update or resolve incidents – if it has to, a "
                "key's roles can't be changed, so make a new key"
            ),
        ),
        (
            ["viewer", "incident_editor"],
            (
                "! incident-io-token: may not create incidents – if it has to, a key's roles "
                "can't be changed, so make a new key"
            ),
        ),
        (
            ["viewer"],
            (
                "✗ incident-io-token: may not create incidents nor update or resolve incidents – "
                "a key's roles can't be changed, so make a new key"
            ),
        ),
        (
            ["incident_creator", "incident_editor"],
            (
                "✗ incident-io-token: may not view data, so no name can be looked up – a key's "
                "roles can't be changed, so make a new key (role viewer)"
            ),
        ),
    ],
)
def test_what_a_key_may_not_do_is_told(api: RequestsMock, roles: list[str], line: str) -> None:
    api.add("GET", IDENTITY, json={"identity": {"name": "Ours", "roles": roles}})
    (finding,) = check_key(context_of(incident_io_token="key").client(IncidentIo))
    assert finding.line == line


def test_a_key_that_nobody_knows_is_refused(api: RequestsMock) -> None:
    api.add("GET", IDENTITY, status=401, json={"type": "authentication_error", "errors": []})
    with pytest.raises(ApiRejected, match=r"incident\.io did not recognise the API key"):
        check_key(context_of(incident_io_token="key").client(IncidentIo))
