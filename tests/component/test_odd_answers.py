"""No odd answer is our bug: it is unusable, and asked for again, or it does no harm."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from effects import EFFECTS
from harness import InProcess, credentials, from_port, urls_of
from pd_incident_action.http import client
from pd_incident_simulator import Fault, Simulator
from scenes import CONFIG, INCIDENT_IO_KEY, SCENES, scene

ODD: tuple[Any, ...]
ODD = (None, [], {}, "x", "", 7, -1.5, True, [[]], ["x"], [None], {"id": 5}, "9" * 30)
CASES = int(os.environ.get("ODD_ANSWERS", "1"))
CONFIG_FILE = f"{CONFIG}\nmapping: {{title: .title}}"
read = client._read  # noqa: SLF001 - what is replaced to get between the API and its client


class OddAnswers:
    """Replaces a part of one of the answers of a provider, or of Port, by something odd."""

    def __init__(self, choice: random.Random, port: str) -> None:
        self._choice = choice
        self._port = port
        self._is_about_port = choice.random() < 0.3
        self._remaining = choice.randrange(8)
        self.change = "nothing"

    def __call__(self, response: requests.Response) -> str:
        """Read an answer."""
        text = read(response)
        if response.url.startswith(self._port) is not self._is_about_port or not text:
            return text
        self._remaining -= 1
        return text if self._remaining != -1 else self._make_odd(text, response.url)

    def _make_odd(self, text: str, url: str) -> str:
        value = json.loads(text)
        parent, key = self._choice.choice([*_places({"": value})])
        odd = self._choice.choice(ODD)
        self.change = f"{key!r} of {parent!r:.500} became {odd!r} in {url}"
        parent[key] = odd
        return json.dumps(odd if key == "" else value)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - JSON
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, child in items:
        yield value, key
        if isinstance(child, (dict, list)):
            yield from _places(child)


@pytest.mark.parametrize("case", range(CASES))
def test_a_run_with_an_odd_answer_ends_in_sentences(
    tmp_path: Path, case: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs = {slug: _bugs_of_a_run(slug, case, tmp_path, monkeypatch) for slug in SCENES}
    assert {slug: found for slug, found in bugs.items() if found} == {}


def _bugs_of_a_run(
    slug: str, case: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    (tmp_path / slug).mkdir()
    with Simulator() as sim, monkeypatch.context() as patch:
        act = InProcess(tmp_path / slug, urls_of(sim) | credentials())
        act.environment["GITHUB_API_URL"] = sim.github.url
        entity, filled_in, _ = scene(slug, sim)
        odd = OddAnswers(random.Random(f"{slug}{case}"), sim.port.url)  # noqa: S311 - repeatable
        patch.setattr(client, "_read", odd)
        operation = slug.removeprefix("incident-io-")
        inputs: dict[str, Any] = {"timeout": "3s", "require_responder": "true"}
        inputs |= {"config": CONFIG_FILE} | EFFECTS[slug].inputs
        act.environment["RUNNER_DEBUG"] = "1"
        result = act(operation, event=from_port(sim, entity, **filled_in), **inputs)
    bugs = ("hit a bug", "Traceback", "Reporting to Port failed")
    return [f"{odd.change}\n{result.log}" for bug in bugs if bug in result.everything]


def test_deep_answers_are_unusable(sim: Simulator, act: InProcess) -> None:
    act.environment["RUNNER_DEBUG"] = "1"
    for number, status in enumerate([201, 500], start=1):
        for deep in ("[" * 100_000, f'{{"incident": {"[" * 900}{"]" * 900}}}'):
            sim.faults.add(Fault("status", "pagerduty", "POST", status=status, body=deep))
            sim.faults.add(Fault("status", api="port", status=status, body=deep))
        act.succeed(title=f"Down {number}", service="PSVC001")
        assert len(sim.pagerduty.state.incidents) == number
        assert len(sim.port.state.entities["pagerdutyIncident"]) == number


def test_a_page_counts_only_if_the_answer_says_so(sim: Simulator, act: InProcess) -> None:
    create: dict[str, Any] = {"title": "Down", "service": "PSVC001"}
    other = {"title": "Down", "provider": "incident-io", "incident_io_token": INCIDENT_IO_KEY}
    for api, operation, inputs, rejected in [
        (
            "events",
            "trigger",
            {"pagerduty_token": None},
            [(200, "{}"), (204, ""), (202, '{"status": "error"}'), (202, "[]")],
        ),
        (
            "pagerduty",
            "create",
            create,
            [(201, '{"incident": {}}'), (200, '{"incident": []}'), (200, "[[]]")],
        ),
        (
            "incident-io",
            "create",
            {**other, "severity": "Minor"},
            [(200, '{"incident": {"id": ""}}'), (200, '{"incident": "x"}')],
        ),
    ]:
        for status, body in rejected:
            sim.faults.add(Fault("status", api, "POST", status=status, body=body))
        result = act.succeed(operation, port_client_id=None, **inputs)
        pages = [one for one in sim.exchanges if (one.api, one.method) == (api, "POST")]
        assert len(pages) == len(rejected) + 1
        assert result.outputs["created"] in {"true", ""}


def test_another_incident_is_no_answer(sim: Simulator, act: InProcess, incident: str) -> None:
    act(title="Too", service="PSVC002", port_client_id=None)
    second = list(sim.pagerduty.state.incidents)[-1]
    for operation, inputs in [
        ("get", {}),
        ("acknowledge", {}),
        ("escalate", {"urgency": "low"}),
        ("snooze", {"until": "1h"}),
        ("merge", {"source_incidents": second}),
    ]:
        methods = ["GET"] if operation == "get" else ["POST", "PUT"]
        for answer in ("{}", f'{{"id": "{second}"}}'):
            body = f'{{"incident": {answer}}}'
            for method in methods:
                sim.faults.add(Fault("status", "pagerduty", method, status=200, body=body))
        before = len(sim.exchanges)
        result = act.succeed(operation, incident=incident, port_client_id=None, **inputs)
        assert len([one for one in sim.exchanges[before:] if one.method in methods]) >= 3
        assert result.outputs["incident-id"] == incident
        sim.faults.clear()


def test_a_page_that_no_answer_confirms_is_a_failure(sim: Simulator, act: InProcess) -> None:
    for api in ("pagerduty", "events"):
        sim.faults.add(Fault("status", api=api, status=200, body="{}", count=None))
    create: dict[str, Any] = {"title": "x", "service": "PSVC001"}
    for operation, inputs in (("create", create), ("trigger", {})):
        assert "answer" in act.fail(operation, timeout="1s", port_client_id=None, **inputs)
