"""Faults of the network as a process meets them, over TLS."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import private_ca
from fault_cases import HEALING, Case
from fault_runs import perform
from harness import Action, credentials, urls_of
from pd_incident_simulator import Simulator

# TLS tells of a connection that breaks in its own way; the rest is the same.
BREAKING = {"reset after it was processed", "body cut short"}


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl command")
@pytest.mark.parametrize(
    "case", [c for c in HEALING if c.name in BREAKING], ids=lambda case: case.name
)
def test_what_can_heal_does_so_over_tls(tmp_path: Path, case: Case) -> None:
    ca, tls = private_ca.make(tmp_path)
    with Simulator(tls=tls) as sim:
        act = Action(tmp_path, urls_of(sim) | credentials(), {"REQUESTS_CA_BUNDLE": str(ca)})
        result, pages, _ = perform(case, "create", sim, act)
        assert (result.code, pages) == (0, 1), result.log
