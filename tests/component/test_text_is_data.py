"""User text is data: whatever people write, only the text itself arrives, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness import InProcess, Result, credentials, from_port, urls_of
from markdown import render
from pd_incident_action.operations._shared.paging import PagingOperation
from pd_incident_action.reporting.outputs import DESCRIPTIONS
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


@pytest.fixture(scope="module")
def act(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Act]:
    with Simulator() as sim:
        sim.events.delay_ms = 0
        yield Act(sim, InProcess(tmp_path_factory.mktemp("runs"), urls_of(sim) | credentials()))


class Act:
    """Runs operations that are started from Port."""

    def __init__(self, sim: Simulator, action: InProcess) -> None:
        self._sim = sim
        self._action = action

    def __call__(self, operation: str, **texts: str) -> tuple[Result, list[Exchange]]:
        """Run an operation, and return what it left behind, and what it sent."""
        before = len(self._sim.exchanges)
        rest: dict[str, Any] = {"pagerduty_token": None} if operation == "trigger" else {}
        result = self._action(operation, event=from_port(self._sim, "PSVC001", **texts), **rest)
        assert result.code == 0, result.log
        return result, self._sim.exchanges[before:]


def received(text: str, limit: int = 1024) -> str:
    """What an API must receive: the text, but for what the documentation says is changed."""
    clean = re.sub("[\x00\ud800-\udfff]", "\ufffd", text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def assert_harmless(result: Result, sent: list[Exchange]) -> None:
    """No command in the log, no further output, no markup in the summary or in Port."""
    for line in result.log.split("\n"):
        assert "##[" not in line
        assert not line.lstrip().startswith("::") or COMMAND.fullmatch(line)
        assert not re.search("[\r\x00\x1b\u2028\u2029\u202e]", line)
    assert set(result.outputs) == NAMES
    page = render(result.summary)
    assert {tag.split()[0] for tag in page.structure} <= PLAIN | {f"/{tag}" for tag in PLAIN}
    assert page.linked_later == []
    told = [exchange.json for exchange in sent if exchange.path.startswith(PORT_RUNS)]
    for text in (body.get("message") or body.get("summary", "") for body in told):
        page = render(text)
        assert (page.structure, page.linked_later) == (["p []", "/p"], [])


def shape(sent: list[Exchange]) -> set[tuple[str, str, tuple[str, ...], tuple[str, ...]]]:
    """Everything of the requests but their bodies: nothing of it may depend on user text."""
    return {
        (
            e.method,
            re.sub(r"(r_simulated|Q0INC)\d+", "ID", e.path),
            tuple(sorted(e.query)),
            tuple(sorted(e.headers)),
        )
        for e in sent
    }


def page_of(sent: list[Exchange]) -> dict[str, Any]:
    (page,) = (e.json for e in sent if e.path in {"/incidents", "/v2/enqueue"})
    return dict(page)


CALM = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def usual(act: Act) -> list[Exchange]:
    """What is sent to create an incident whose texts are harmless."""
    return act("create", title="x", details="y")[1]


def check_create(act: Act, usual: list[Exchange], title: str, details: str) -> None:
    """Create an incident, and check that the texts arrive and do nothing else."""
    # Two equal titles in one run are one incident.
    title, details = f"x{next(NUMBERS)}{title}x", f"y{details}"
    result, sent = act("create", title=title, details=details)
    incident = page_of(sent)["incident"]
    assert incident == page_of(usual)["incident"] | {
        "title": received(title),
        "body": {"type": "incident_body", "details": received(details, 65535)},
        "incident_key": incident["incident_key"],
    }
    assert shape(sent) == shape(usual)
    (entity,) = [e.json for e in sent if e.path.endswith("/entities")]
    assert entity["title"] == received(title)
    assert_harmless(result, sent)


@CALM
@given(title=TEXTS, details=TEXTS)
def test_create_sends_the_text_and_nothing_else(
    act: Act, usual: list[Exchange], title: str, details: str
) -> None:
    check_create(act, usual, title, details)


def test_create_sends_the_nastiest_texts_and_nothing_else(act: Act, usual: list[Exchange]) -> None:
    for text in NASTY:
        check_create(act, usual, text, text)


@CALM
@given(data=st.data())
@pytest.mark.parametrize("operation", FIELDS)
def test_every_text_input_arrives_unchanged(act: Act, operation: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(FIELDS[operation]))
    # Two equal keys are one incident, which is another matter.
    text, harmless_text = (f"x{part}x{next(NUMBERS)}" for part in (data.draw(TEXTS), ""))
    base = {"title": "T"} if operation == "create" else {"summary": "S"}
    _, sent = act(operation, **base | {name: text})
    _, usual = act(operation, **base | {name: harmless_text})

    page = page_of(sent)
    body = page["incident"] if operation == "create" else {**page, **page["payload"]}
    found = {
        "details": lambda: body["body"]["details"],
        "incident_type": lambda: body["incident_type"]["name"],
        "conference_number": lambda: body["conference_bridge"]["conference_number"],
    }.get(name, lambda: body[name])()
    assert found == received(text, 255 if name.endswith("_key") else 65535)
    assert shape(sent) == shape(usual)
