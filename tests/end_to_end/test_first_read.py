"""What an operation reads first is asked for while modules are still loading, and only then."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import private_ca
from harness import Action, credentials, urls_of
from pd_incident_simulator import Exchange, Fault, Simulator

SIGN_IN = "/v1/auth/access_token"

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")


@dataclass(frozen=True)
class World:
    """PagerDuty behind TLS, with an open incident."""

    sim: Simulator
    act: Action
    incident: str
    before: int

    def seen(self) -> list[Exchange]:
        exchanges = self.sim.exchanges[self.before :]
        return [exchange for exchange in exchanges if exchange.api == "pagerduty"]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        act = Action(tmp_path, urls_of(sim) | credentials(), {"REQUESTS_CA_BUNDLE": str(ca)})
        act(title="Down", service="PSVC001", port_client_id=None)
        (incident,) = sim.pagerduty.state.incidents
        yield World(sim, act, incident, len(sim.exchanges))


def test_it_shares_the_connection_with_the_rest_and_is_asked_once(world: World) -> None:
    result = world.act("escalate", incident=world.incident, urgency="low")
    assert result.code == 0, result.log
    assert [exchange.method for exchange in world.seen()] == ["GET", "PUT", "GET"]
    assert len({exchange.connection for exchange in world.seen()}) == 1
    read, _, _ = world.seen()
    assert read.headers["user-agent"] == "pd-incident-action"
    assert read.headers["accept"] == "application/vnd.pagerduty+json;version=2"


def test_nothing_is_read_while_an_input_is_wrong(world: World) -> None:
    result = world.act("escalate", incident=world.incident, urgency="loud")
    assert result.code == 1
    time.sleep(0.1)
    assert world.seen() == []


def test_port_is_signed_in_to_once_on_the_connection_of_the_rest(world: World) -> None:
    result = world.act("escalate", incident=world.incident, urgency="low")
    assert result.code == 0, result.log
    exchanges = [e for e in world.sim.exchanges[world.before :] if e.api == "port"]
    assert [e.path for e in exchanges].count(SIGN_IN) == 1
    assert exchanges[0].path == SIGN_IN
    assert exchanges[0].headers["user-agent"] == "pd-incident-action"
    assert len({exchange.connection for exchange in exchanges}) == 1


def test_port_is_not_signed_in_to_while_an_input_is_wrong(world: World) -> None:
    assert world.act("escalate", incident=world.incident, urgency="loud").code == 1
    time.sleep(0.1)
    assert [e for e in world.sim.exchanges[world.before :] if e.api == "port"] == []


def test_when_signing_in_fails_it_is_done_again(world: World) -> None:
    world.sim.faults.add(Fault(api="port", method="POST", path=SIGN_IN, kind="reset", count=1))
    result = world.act("escalate", incident=world.incident, urgency="low")
    assert result.code == 0, result.log
    assert result.annotations("warning") == []
    assert set(world.sim.port.state.entities["pagerdutyIncident"]) == {world.incident}


def test_wrong_credentials_of_port_are_told_like_any_other(world: World) -> None:
    result = world.act(
        "escalate", incident=world.incident, urgency="low", port_client_secret="wrong"
    )
    assert result.code == 0, result.log
    warnings = result.annotations("warning")
    assert len(warnings) == 1, warnings
    (warning,) = warnings
    assert "Port does not know these credentials" in warning


def test_its_refusal_is_told_like_any_other(world: World) -> None:
    result = world.act("escalate", incident="QUNKNOWN0000", urgency="low")
    assert result.code == 1
    (error,) = result.annotations("error")
    assert "QUNKNOWN0000" in error
    assert len(world.seen()) == 1


FAULT = Fault(api="pagerduty", method="GET", path="/incidents/*", kind="reset", count=1)


@pytest.mark.parametrize(
    "fault",
    [FAULT, replace(FAULT, kind="truncate"), replace(FAULT, kind="garbage")],
    ids=lambda fault: fault.kind,
)
def test_when_it_fails_it_is_made_again(world: World, fault: Fault) -> None:
    world.sim.faults.add(fault)
    result = world.act("escalate", incident=world.incident, urgency="low")
    assert result.code == 0, result.log
    assert [e.method for e in world.seen() if e.fault is None] == ["GET", "PUT", "GET"]


def test_trouble_that_heals_is_waited_for(world: World) -> None:
    world.sim.faults.add(replace(FAULT, kind="status", status=503))
    result = world.act("escalate", incident=world.incident, urgency="low")
    assert result.code == 0, result.log
    assert "it answered 503" in result.log
    assert [e.method for e in world.seen()] == ["GET", "GET", "PUT", "GET"]
