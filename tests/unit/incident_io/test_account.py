"""incident.io says what its key may do; what the simulator's keys don't show."""

from __future__ import annotations

from responses import RequestsMock

from pd_incident_action.incident_io.account import check_key
from pd_incident_action.incident_io.client import IncidentIo

NO_VIEW = "✗ incident-io-token: may not view data, so no name can be looked up"
NEW_KEY = "a key's roles can't be changed, so make a new key"


def test_a_finding_says_what_a_key_may_not_do(api: RequestsMock, incident_io: IncidentIo) -> None:
    for roles, line in [
        (
            ["viewer", "incident_creator", "incident_editor"],
            "✓ incident-io-token: is the key 'Ours', and may do everything needed",
        ),
        (
            ["viewer", "incident_creator"],
            f"! incident-io-token: may not update or resolve incidents – if it has to, {NEW_KEY}",
        ),
        (
            ["viewer"],
            "✗ incident-io-token: may not create incidents nor update or resolve incidents – "
            + NEW_KEY,
        ),
        (
            ["incident_creator", "incident_editor"],
            f"{NO_VIEW} – {NEW_KEY} (role viewer)",
        ),
    ]:
        api.reset()
        identity = {"identity": {"name": "Ours", "roles": roles}}
        api.add("GET", "https://api.incident.io/v1/identity", json=identity)
        (finding,) = check_key(incident_io)
        assert finding.line == line
