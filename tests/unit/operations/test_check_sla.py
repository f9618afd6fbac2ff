"""What is said about an incident that breaches its SLA targets."""

from __future__ import annotations

from datetime import timedelta

from pd_incident_action.models import Incident
from pd_incident_action.operations.check_sla import SlaBreach

MINUTE = timedelta(minutes=1)
ACKNOWLEDGE = {"acknowledged": 5 * MINUTE}
RESOLVE = {"resolved": 240 * MINUTE}


def test_a_breach_is_one_sentence() -> None:
    for service, breached, seconds, sentence in [
        (
            "Checkout",
            ACKNOWLEDGE,
            390,
            "#1 Down (Checkout) has gone 6 min without acknowledgement; the SEV-1 target is 5 min.",
        ),
        ("", RESOLVE, 59, "#1 Down has gone 59 s without resolution; the SEV-1 target is 4 h."),
        (
            "",
            ACKNOWLEDGE | RESOLVE,
            18_000,
            (
                "#1 Down has gone 5 h without acknowledgement or resolution; the SEV-1 targets are "
                "5 min and 4 h."
            ),
        ),
    ]:
        incident = Incident("Q1", "Down", "triggered", number=1, service=service)
        assert str(SlaBreach(incident, "SEV-1", breached, timedelta(seconds=seconds))) == sentence
