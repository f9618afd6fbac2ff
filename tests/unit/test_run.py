"""The flow of a run: page first, then everybody is told, and the exit code is honest."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from requests import PreparedRequest
from responses import RequestsMock

from pd_incident_action import models
from pd_incident_action.clients import ClientFactory
from pd_incident_action.errors import (
    ActionError,
    ApiRejected,
    Cancelled,
    NobodyNotified,
)
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import Attempt
from pd_incident_action.identity import RunIdentity
from pd_incident_action.inputs.settings import Settings
from pd_incident_action.models import Incident, Outcome
from pd_incident_action.operations.base import Operation, OperationContext, OperationInputs
from pd_incident_action.port.reporter import FinalReport, PortReporter
from pd_incident_action.redaction import Redactor
from pd_incident_action.reporting.publish import RunContext
from pd_incident_action.run import run_operation
from pd_incident_action.runner import Runner

PORT = "https://api.port.io/v1"
RUN = f"{PORT}/actions/runs/r_1"
ENTITIES = f"{PORT}/blueprints/pagerdutyIncident/entities"
BLUEPRINT = "pagerdutyIncident"
IDENTITY = RunIdentity(repository="octo/shop", run_id="7")
URL = "https://acme.pagerduty.com/incidents/Q1"
INCIDENT = Incident("Q1", "Down", "triggered", urgency="high", number=42, url=URL)
OUTCOME = Outcome(
    "Created incident #42.",
    INCIDENT,
    created=True,
    page=models.Page.ACCEPTED,
    response={"id": "Q1"},
)
SCHEMA: dict[str, Any] = {"schema": {"properties": {"status": {}, "url": {}, "urgency": {}}}}


@dataclass
class Page:
    """An operation of functions that need nothing."""

    does: Callable[[], Outcome]
    recovers: Callable[[Deadline], Outcome | None] = lambda _deadline: None
    follows: Callable[[Outcome], Outcome] = lambda outcome: outcome

    def __call__(self, context: OperationContext) -> Operation:
        page = self

        class Paging(Operation):
            name = "page"
            summary = "Page"
            pages = True

            def start_message(self) -> str:
                return "Paging"

            def run(self) -> Outcome:
                return page.does()

            def recover(self) -> Outcome | None:
                return page.recovers(self.context.deadline)

            def after(self, outcome: Outcome) -> Outcome:
                return page.follows(outcome)

        return Paging(OperationInputs(), context)


operation = Page


def raising(error: BaseException) -> Callable[..., Any]:
    """Make a function that raises."""

    def run(*_arguments: object) -> Any:  # noqa: ANN401 - it never returns
        raise error

    return run


@dataclass
class World:
    """A runner to be told, and Port if it is wanted."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def stage(self, *, port: bool = False, **settings: Any) -> RunContext:  # noqa: ANN401 - Settings
        if port:
            settings |= {"port_client_id": "i", "port_client_secret": "s", "port_run_id": "r_1"}
        checked, redactor = Settings.model_validate(settings), Redactor()
        runner = Runner(redactor, summary_file=self.folder / "summary", has_outputs=True)
        self.deadline = Deadline(10)
        clients = ClientFactory(
            settings=checked, deadline=self.deadline, mask=redactor.add, redactor=redactor
        )
        reporter = clients.port_reporter(BLUEPRINT)
        return RunContext(
            settings=checked,
            blueprint=BLUEPRINT,
            identity=IDENTITY,
            runner=runner,
            port=reporter,
            started=time.monotonic(),
            request_log=clients.request_log,
            deadline=self.deadline,
        )

    def act(self, operation: Page, stage: RunContext) -> int:
        context = OperationContext(identity=IDENTITY, key="key", deadline=self.deadline)
        return run_operation(operation(context), stage)

    @property
    def log(self) -> list[str]:
        return self.capsys.readouterr().out.splitlines()

    @property
    def summary(self) -> str:
        return (self.folder / "summary").read_text(encoding="utf-8")

    def output(self, name: str) -> str:
        text = (self.folder / "output").read_text(encoding="utf-8")
        found = re.findall(rf"^{name}<<(\S+)\n(.*?)\n\1$", text, re.MULTILINE | re.DOTALL)
        return str(found[-1][1])  # as for GitHub, the last one counts


@pytest.fixture
def world(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> World:
    """Give the runner's files a place."""
    (tmp_path / "output").touch()
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    return World(tmp_path, capsys)


@pytest.fixture
def port(api: RequestsMock) -> RequestsMock:
    """Let Port take everything but what a test wants otherwise."""
    api.add("POST", f"{PORT}/auth/access_token", json={"accessToken": "port-token"})
    api.add("POST", f"{RUN}/logs", json={})
    api.add("PATCH", RUN, json={})
    api.assert_all_requests_are_fired = False
    api.add("GET", f"{PORT}/blueprints/pagerdutyIncident", json={"blueprint": SCHEMA})
    return api


def patched(port: RequestsMock) -> list[dict[str, Any]]:
    """List what was changed about the run."""
    return [json.loads(c.request.body or "") for c in port.calls if c.request.method == "PATCH"]


def logged(port: RequestsMock) -> str:
    """Show the run's log."""
    sent = [c.request.body for c in port.calls if str(c.request.url).endswith("/logs")]
    return "\n".join(json.loads(body or "")["message"] for body in sent)


def test_what_should_be_checked_is_a_warning(world: World) -> None:
    outcome = replace(OUTCOME, warnings=("a was cut", "b was cut"))
    assert world.act(operation(lambda: outcome), world.stage()) == 0
    assert world.log[3:] == [
        "::warning title=Done%2C with a warning::a was cut",
        "::warning title=Done%2C with a warning::b was cut",
    ]


BUG = ZeroDivisionError("division by zero")
BUG_TITLE = "Bug in pd-incident-action"
REPORT_IT = "please report it, with the log: "


@pytest.mark.parametrize("was_sent", [False, True])
def test_a_bug_of_ours_is_told_to_all_with_what_is_known_of_the_page(
    port: RequestsMock, world: World, *, was_sent: bool
) -> None:
    stage = world.stage(port=True)

    def run() -> Outcome:
        if was_sent:
            stage.request_log.add(
                Attempt("PagerDuty", "POST", URL, "create", writes=True, number=1, began=0.0)
            )
        raise BUG

    assert world.act(operation(run), stage) == 1
    begins = "Unknown whether anybody was paged" if was_sent else "Nobody was paged"
    look = ": look in PagerDuty before you page again" if was_sent else ""
    text = f"The action hit a bug (ZeroDivisionError: division by zero){look}; {REPORT_IT}"
    log = "\n".join(world.log)
    assert f"::error title={begins}%3A {BUG_TITLE}::{begins}: The action hit" in log
    assert "in run\n" in log
    for told in (log, logged(port), world.summary.replace("&#58;", ":")):
        assert text in told
    label = f"{begins}: {BUG_TITLE}"
    assert patched(port)[-1] == {"status": "FAILURE", "statusLabel": label}


@pytest.mark.parametrize("where", ["publish_early", "write_entities", "after"])
def test_a_bug_after_the_page_is_a_warning(
    port: RequestsMock, world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    port.add("POST", ENTITIES, status=201, json={})
    follows = replace  # changes nothing
    if where == "after":
        follows = raising(BUG)
    else:
        monkeypatch.setattr(f"pd_incident_action.reporting.publish.{where}", raising(BUG))
    stage = world.stage(port=True, report_status="always")
    assert world.act(operation(lambda: OUTCOME, follows=follows), stage) == 0
    (warning,) = [line for line in world.log if line.startswith("::warning")]
    assert "the operation itself succeeded" in warning
    assert REPORT_IT in warning
    assert world.output("incident-id") == "Q1"
    assert patched(port)[-1] == {"status": "SUCCESS", "statusLabel": "Page accepted"}


@pytest.mark.parametrize("failures", [(), (NobodyNotified("Nobody hears"),)])
@pytest.mark.parametrize("where", ["to_entities", "summary.render_success", "metrics_of"])
def test_a_bug_while_it_is_reported_leaves_the_exit_code_and_the_rest(
    port: RequestsMock,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    failures: tuple[ActionError, ...],
) -> None:
    port.add("POST", ENTITIES, status=201, json={})
    monkeypatch.setattr(f"pd_incident_action.reporting.publish.{where}", raising(BUG))
    stage = world.stage(port=True, report_status="always")
    done = operation(lambda: replace(OUTCOME, failures=failures))
    assert world.act(done, stage) == (1 if failures else 0)
    level = "error" if failures else "warning"
    (text, *_) = [line for line in world.log if line.startswith(f"::{level}") and BUG_TITLE in line]
    assert "this was done before: Created incident #42; please" in text
    assert patched(port)[-1]["status"] == ("FAILURE" if failures else "SUCCESS")
    assert BUG_TITLE in world.summary
    if where != "metrics_of":
        assert world.output("incident-id") == "Q1"


@pytest.mark.parametrize(
    ("settings", "link"),
    [
        ({"port_region": "us"}, "https://app.us.port.io/pagerdutyIncidentEntity"),
        ({"port_api_url": "https://api.us.port.io"}, None),
    ],
)
def test_the_entity_is_linked_where_its_page_is_known(
    api: RequestsMock, world: World, settings: dict[str, Any], link: str | None
) -> None:
    host = "https://api.us.port.io/v1"
    api.assert_all_requests_are_fired = False
    api.add("POST", f"{host}/auth/access_token", json={"accessToken": "port-token"})
    api.add("POST", f"{host}/actions/runs/r_1/logs", json={})
    api.add("PATCH", f"{host}/actions/runs/r_1", json={})
    api.add("GET", f"{host}/blueprints/pagerdutyIncident", json={"blueprint": SCHEMA})
    api.add("POST", f"{host}/blueprints/pagerdutyIncident/entities", json={})
    assert world.act(operation(lambda: OUTCOME), world.stage(port=True, **settings)) == 0
    assert "Port entity" in world.summary
    assert (link in world.summary) if link else ("app." not in world.summary)


FAILED = {"status": "FAILURE", "statusLabel": "Nobody was paged: PagerDuty rejected the request"}


@pytest.mark.parametrize(
    ("report_status", "works", "ended"),
    [
        ("never", True, None),
        ("never", False, None),
        ("failure", True, None),
        ("failure", False, FAILED),
        ("always", True, {"status": "SUCCESS", "statusLabel": "Page accepted"}),
        ("always", False, FAILED),
    ],
)
def test_the_port_run_is_ended_when_it_was_asked_for(
    port: RequestsMock,
    world: World,
    report_status: str,
    *,
    works: bool,
    ended: dict[str, str] | None,
) -> None:
    port.add("POST", ENTITIES, status=201, json={})
    run = (lambda: OUTCOME) if works else raising(ApiRejected("No", service="PagerDuty"))
    code = world.act(operation(run), world.stage(port=True, report_status=report_status))
    assert code == (0 if works else 1)
    ends = [change for change in patched(port) if "status" in change]
    assert ends == ([ended] if ended else [])


def test_the_page_does_not_wait_for_port(api: RequestsMock, world: World) -> None:
    paged = threading.Event()
    seen: list[bool] = []

    def sign_in(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        seen.append(paged.wait(5))
        return 401, {}, "{}"

    def run() -> Outcome:
        paged.set()
        return OUTCOME

    api.add_callback("POST", f"{PORT}/auth/access_token", callback=sign_in)
    assert world.act(operation(run), world.stage(port=True)) == 0
    assert seen[0] is True


def test_a_cancelled_run_tells_what_had_been_done_by_then(port: RequestsMock, world: World) -> None:
    port.add("POST", ENTITIES, status=201, json={})
    stage = world.stage(port=True)
    cancelled = operation(raising(Cancelled("SIGTERM")), lambda _deadline: OUTCOME)
    assert world.act(cancelled, stage) == 1
    assert world.log[1].startswith(
        "::error title=Page accepted%3A Cancelled::Page accepted: The job"
    )
    assert world.output("incident-id") == "Q1"
    assert "Before cancellation: Created incident #42." in patched(port)[0]["summary"]
    assert patched(port)[-1] == {"status": "FAILURE", "statusLabel": "Page accepted: Cancelled"}
    assert [call for call in port.calls if str(call.request.url).startswith(ENTITIES)]
    assert "Created incident" in world.summary


@pytest.mark.parametrize(
    "recover",
    [lambda _: None, raising(ApiRejected("No", service="PagerDuty")), raising(ZeroDivisionError())],
)
def test_a_cancelled_run_that_did_nothing_says_only_that(
    world: World, recover: Callable[[Deadline], Outcome | None]
) -> None:
    stage = world.stage()
    assert world.act(operation(raising(Cancelled("SIGINT")), recover), stage) == 1
    log = world.log
    assert len(log) == 2
    assert "(SIGINT)" in log[1]
    assert "Before cancellation" not in world.summary


def test_looking_up_what_was_done_has_little_time(world: World) -> None:
    stage, left = world.stage(), list[float]()

    def recover(deadline: Deadline) -> Outcome | None:
        deadline.cancellation.check()
        left.append(deadline.remaining())
        return None

    world.act(operation(raising(Cancelled("SIGTERM")), recover), stage)
    assert left[0] < 1.5


def test_what_follows_is_done_once_the_page_was_told(port: RequestsMock, world: World) -> None:
    port.add("POST", ENTITIES, status=201, json={})
    stage, told = world.stage(port=True), list[str]()

    def follow_up(outcome: Outcome) -> Outcome:
        told.extend(world.log)
        return replace(
            outcome, log_lines=("Notified: Ada.",), failures=(NobodyNotified("Nobody hears"),)
        )

    followed = operation(lambda: OUTCOME, follows=follow_up)
    assert world.act(followed, stage) == 1
    text = "Page accepted: Created incident #42."
    assert told[-1] == text
    assert world.log == [
        "Notified: Ada.",
        f"::notice title=Page accepted::{text} {URL}",
        "::error title=Nobody was paged::Nobody hears.",
    ]
    lines = logged(port).splitlines()
    assert lines.index(text) < lines.index("Notified: Ada.")
    assert lines.count(text) == 1
    assert patched(port)[-1] == {"status": "FAILURE", "statusLabel": "Nobody was paged"}


def test_a_run_that_is_cancelled_while_more_is_done_keeps_the_page(world: World) -> None:
    def follow_up(_outcome: Outcome) -> Outcome:
        raise Cancelled("SIGTERM")

    followed = operation(lambda: OUTCOME, follows=follow_up)
    assert world.act(followed, world.stage()) == 1
    assert world.output("incident-id") == "Q1"
    assert "Before cancellation: Created incident" in world.summary


class Interrupted(PortReporter):
    """Hears of the cancellation while the caller waits for Port the first time."""

    waits: int
    gate: threading.Event

    def finish(self, report: FinalReport, deadline: Deadline) -> None:
        self.waits += 1
        if self.waits == 1:
            raise Cancelled("SIGTERM")
        self.gate.set()
        assert deadline.remaining() <= 2.5
        super().finish(report, deadline)


def test_a_run_that_is_cancelled_while_port_is_told_keeps_what_it_did(
    port: RequestsMock, world: World
) -> None:
    gate, stage = threading.Event(), world.stage(port=True)

    def write(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        gate.wait(5)
        return 201, {}, "{}"

    port.add_callback("POST", ENTITIES, callback=write)
    assert stage.port is not None
    stage.port.__class__ = Interrupted
    vars(stage.port).update(waits=0, gate=gate)
    assert world.act(operation(lambda: OUTCOME), stage) == 1
    assert world.output("incident-id") == "Q1"
    assert patched(port)[-1] == {"status": "FAILURE", "statusLabel": "Page accepted: Cancelled"}
    assert "Created incident" in world.summary
    assert "❌ Page accepted: Cancelled (page)" in world.summary


@pytest.mark.parametrize("with_port", [True, False])
def test_a_line_is_told_to_everybody(port: RequestsMock, world: World, *, with_port: bool) -> None:
    stage = world.stage(port=with_port)

    def run() -> Outcome:
        stage.log("trying again")
        return Outcome("Looked.", None)

    world.act(operation(run), stage)
    assert "trying again" in world.log
    assert ("trying again" in logged(port)) is with_port
