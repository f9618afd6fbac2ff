"""User text is data: whatever people write, only the text itself arrives, and nothing else.

The action runs in this process, since a process for each of some hundred texts would take minutes;
a handful of the nastiest texts go through the real entry point as well.
"""

from __future__ import annotations

import io
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import Action, credentials, from_port, urls_of
from markdown import render
from pd_incident_action.invocation import parse_invocation
from pd_incident_action.operations._shared.paging import PagingOperation
from pd_incident_action.redaction import Redactor
from pd_incident_action.reporting.outputs import DESCRIPTIONS
from pd_incident_action.run import Process, run
from pd_incident_action.runner import Runner
from pd_incident_simulator import Exchange, Simulator

NASTY = (
    '"',
    '", "urgency": "low',
    "\\",
    "\n",
    "\r\nX-Injected: yes",
    "%0A::error::x",
    "\n::error::pwned",
    "::stop-commands::t",
    "\n##[command]pwned",
    "::add-mask::Down",
    "\u2028::warning::x",
    "\u202egnp.exe",
    "${{ secrets.PAGERDUTY_API_KEY }}",
    "$(reboot)",
    "`reboot`",
    "\x00",
    "\ud800",
    "\x1b[31m",
    "</pre></details><script>alert(1)</script>",
    "| a | b |",
    "[x](https://attacker.example.com)",
    "<<EOF",
    "../../etc/passwd",
    "?a=b&c=d#e",
    "@everyone #1 **bold**",
)
TEXTS = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)), max_size=6).map("".join)
FIELDS = {
    "create": ("title", "details", "incident_type", "conference_number", "incident_key"),
    "trigger": ("summary", "source", "component", "group", "class", "client", "dedup_key"),
}
NUMBERS = count()
NAMES = set(DESCRIPTIONS) | set(PagingOperation.outputs)
PORT_RUNS = "/v1/actions/runs/"
PLAIN = {"h3", "p", "table", "tr", "th", "td", "tbody", "a", "details", "summary", "pre", "h4"}
COMMAND = re.compile(r"::(add-mask|notice|warning|error)( title=[^:]*)?::.*")


@dataclass(frozen=True)
class World:
    """The simulator, and a folder for the runs' files."""

    sim: Simulator
    folder: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("runs")
    os.environ["GITHUB_OUTPUT"] = str(folder / "output")
    with Simulator() as sim:
        sim.events.delay_ms = 0
        yield World(sim, folder)
    del os.environ["GITHUB_OUTPUT"]


@dataclass(frozen=True)
class Ran:
    """What a run in this process left behind."""

    log: str
    summary: str
    outputs: str
    exchanges: list[Exchange]


def act(world: World, operation: str, texts: dict[str, str]) -> Ran:
    event = from_port(world.sim, "PSVC001", **texts)
    files = {name: world.folder / name for name in ("event.json", "summary", "output")}
    files["event.json"].write_text(json.dumps(event))
    for name in ("summary", "output"):
        files[name].write_text("")
    inputs = urls_of(world.sim) | credentials() | {"operation": operation, "timeout": "10s"}
    if operation == "trigger":
        del inputs["pagerduty-token"]
    environment = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    environment["GITHUB_EVENT_PATH"] = str(files["event.json"])
    before, log = len(world.sim.exchanges), io.StringIO()
    runner = Runner(Redactor(), summary_file=files["summary"], has_outputs=True)
    with redirect_stdout(log):
        code = run(parse_invocation(environment), Process(environment, time.monotonic()), runner)
    assert code == 0, log.getvalue()
    exchanges = world.sim.exchanges[before:]
    return Ran(log.getvalue(), files["summary"].read_text(), files["output"].read_text(), exchanges)


def received(text: str, limit: int = 1024) -> str:
    """What an API must receive: the text, but for what the documentation says is changed."""
    clean = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def assert_harmless(ran: Ran, names: set[str]) -> None:
    """No command in the log, no further output, no markup in the summary or in Port."""
    for line in ran.log.split("\n"):
        assert "##[" not in line
        assert not line.lstrip().startswith("::") or COMMAND.fullmatch(line)
        assert not re.search("[\r\x00\x1b\u2028\u2029\u202e]", line)
    assert set(re.findall(r"^([\w-]+)<<ghadelimiter_", ran.outputs, re.MULTILINE)) == names
    page = render(ran.summary)
    assert {tag.split()[0] for tag in page.structure} <= PLAIN | {f"/{tag}" for tag in PLAIN}
    assert page.linked_later == []
    told = [exchange.json for exchange in ran.exchanges if exchange.path.startswith(PORT_RUNS)]
    for text in (body.get("message") or body.get("summary", "") for body in told):
        page = render(text)
        assert (page.structure, page.linked_later) == (["p []", "/p"], [])


def shape(ran: Ran) -> set[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Everything of the requests but their bodies: nothing of it may depend on user text."""
    return {
        (
            e.method,
            re.sub(r"(r_simulated|Q0INC)\d+", "ID", e.path),
            tuple(sorted(e.query)),
            tuple(sorted(e.headers)),
        )
        for e in ran.exchanges
    }


def page_of(ran: Ran) -> dict[str, Any]:
    pages = [e.json for e in ran.exchanges if e.path in {"/incidents", "/v2/enqueue"}]
    assert len(pages) == 1
    page: dict[str, Any] = pages[0]
    return page


CALM = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@CALM
@given(title=TEXTS, details=TEXTS)
def test_create_sends_the_text_and_nothing_else(world: World, title: str, details: str) -> None:
    harmless = act(world, "create", {"title": "x", "details": "y"})
    texts = {"title": f"x{title}x", "details": f"y{details}"}
    ran = act(world, "create", texts)

    incident = page_of(ran)["incident"]
    assert incident["title"] == received(texts["title"])
    assert incident["body"] == {
        "type": "incident_body",
        "details": received(texts["details"], 65535),
    }
    assert incident.keys() == page_of(harmless)["incident"].keys()
    assert shape(ran) == shape(harmless)
    (entity,) = [e.json for e in ran.exchanges if e.path.endswith("/entities")]
    assert entity["title"] == received(texts["title"])
    names = set(re.findall(r"^([\w-]+)<<ghadelimiter_", harmless.outputs, re.MULTILINE))
    assert_harmless(ran, names)


@CALM
@given(data=st.data())
@pytest.mark.parametrize("operation", FIELDS)
def test_every_text_input_arrives_unchanged(
    world: World, operation: str, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(FIELDS[operation]))
    # Two equal keys are one incident, which is another matter.
    text, harmless_text = (f"x{part}x{next(NUMBERS)}" for part in (data.draw(TEXTS), ""))
    base = {"title": "T"} if operation == "create" else {"summary": "S"}
    ran = act(world, operation, base | {name: text})
    harmless = act(world, operation, base | {name: harmless_text})

    page = page_of(ran)
    body = page["incident"] if operation == "create" else {**page, **page["payload"]}
    found = {
        "details": lambda: body["body"]["details"],
        "incident_type": lambda: body["incident_type"]["name"],
        "conference_number": lambda: body["conference_bridge"]["conference_number"],
    }.get(name, lambda: body[name])()
    assert found == received(text, 255 if name.endswith("_key") else 65535)
    assert shape(ran) == shape(harmless)


def test_the_nastiest_texts_through_the_real_entry_point(sim: Simulator, act: Action) -> None:
    for number, text in enumerate([*NASTY, "x" * 100_000]):
        # Two equal titles in one run are one incident.
        title = f"Down {number} {text} x"
        result = act(event=from_port(sim, "PSVC001", title=title, details=text + "."))
        assert result.code == 0, result.log
        incident = list(sim.pagerduty.state.incidents.values())[-1]
        assert incident["title"] == received(title)
        assert incident["urgency"] == "high"
        assert set(result.outputs) == NAMES
        for line in result.log.split("\n"):
            assert not line.lstrip().startswith("::") or COMMAND.fullmatch(line)
