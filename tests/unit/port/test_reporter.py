"""Port is reported to in the background: in order, whatever it refuses, and always to the end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import fields, replace
from typing import Any

import pytest
import requests
from requests import PreparedRequest
from responses import RequestsMock

from markdown import plain
from pd_incident_action.errors import ApiRejected, ApiUnavailable, Cancelled
from pd_incident_action.http.deadline import Cancellation, Deadline
from pd_incident_action.models import Entity
from pd_incident_action.port import reporter as module
from pd_incident_action.port.client import Ending, PortClient
from pd_incident_action.port.entities import EntityWriter
from pd_incident_action.port.reporter import FinalReport, PortReporter
from pd_incident_action.redaction import Redactor
from port_account import API, Account

RUN = f"{API}/actions/runs/r_1"
BLUEPRINT = f"{API}/blueprints/incident"
ENTITY = Entity("incident", "Q1", "Down", {"status": "triggered"})
SCHEMA = {"schema": {"properties": {"status": {"type": "string"}}}}
REPORT = FinalReport(
    lines=("Created incident #42.", "Notified: Ada."),
    links=("https://acme.pagerduty.com/incidents/Q1", "https://github.com/o/r/actions/runs/1"),
    summary="Created incident #42.",
    ending="SUCCESS",
    label="Triggered",
)
FAILED = {"status": "FAILURE", "statusLabel": "Port wasn't fully updated"}
ROUTES = {
    "sign in": ("POST", f"{API}/auth/access_token"),
    "blueprint": ("GET", BLUEPRINT),
    "log": ("POST", f"{RUN}/logs"),
    "result": ("PATCH", RUN),
    "entity": ("POST", f"{BLUEPRINT}/entities"),
    "end": ("PATCH", RUN),
}
ANSWER = {"ok": True, "accessToken": "t", "blueprint": SCHEMA}

Open = Callable[..., PortReporter]


@pytest.fixture
def reporter(api: RequestsMock, account: Account) -> Iterator[Open]:
    """Open a reporter, by default to a run; it is done before another test's Port answers."""
    assert api is not None
    opened: list[PortReporter] = []

    def open_reporter(run_id: str = "r_1") -> PortReporter:
        redactor = Redactor(["s3cret-word"])
        port = PortReporter(
            lambda: account.port,
            run_id=run_id,
            entities=EntityWriter("incident"),
            deadline=Deadline(60),
            redactor=redactor,
        )
        opened.append(port)
        return port

    yield open_reporter
    for port in opened:
        is_idle = threading.Event()
        port._news.put(is_idle)  # noqa: SLF001 - nothing else says so
        is_idle.wait(5)


def step_of(request: PreparedRequest) -> str:
    path, body = str(request.path_url).partition("?")[0], request.body or ""
    if request.method == "PATCH":
        return "end" if "status" in json.loads(body) else "result"
    last = path.rpartition("/")[2]
    return {"logs": "log", "incident": "blueprint", "entities": "entity"}.get(last, "sign in")


def works(api: RequestsMock, *steps: str) -> None:
    """Let Port take some steps, by default all, after what a test lets fail."""
    api.assert_all_requests_are_fired = False
    for step in steps or ROUTES:
        api.add(*ROUTES[step], json=ANSWER)


def fails(api: RequestsMock, step: str, status: int) -> None:
    """Let Port not take a step once; it can't be retried in time."""
    api.add(*ROUTES[step], status=status, headers={"Retry-After": "3600"}, json={})


def sent(api: RequestsMock, *, lines: bool = True) -> list[str]:
    """List the steps that Port was asked for, in order; lines may share requests, or not."""
    steps = [step_of(call.request) for call in api.calls]
    return [step for step in steps if lines or step != "log"]


def bodies(api: RequestsMock, step: str) -> list[Any]:
    """List the bodies of one step's requests."""
    requests = [call.request for call in api.calls if step_of(call.request) == step]
    return [json.loads(request.body or "null") for request in requests]


def log_of(api: RequestsMock) -> list[str]:
    """List the lines of the run log."""
    return [line for body in bodies(api, "log") for line in body["message"].split("\n")]


def report(reporter: PortReporter, final: FinalReport = REPORT, *entities: Entity) -> None:
    """Report a whole run, as fast as possible."""
    reporter.log("Creating an incident")
    reporter.write(entities or (ENTITY,) * (final is REPORT))
    reporter.finish(final, Deadline(60))


def test_everything_is_sent_in_order(api: RequestsMock, reporter: Open) -> None:
    works(api)
    port = reporter()
    report(port)
    assert sent(api, lines=False) == ["sign in", "blueprint", "result", "entity", "end"]
    assert log_of(api) == ["Creating an incident", *REPORT.lines]
    assert bodies(api, "result") == [{"link": list(REPORT.links), "summary": REPORT.summary}]
    assert bodies(api, "end") == [{"status": "SUCCESS", "statusLabel": "Triggered"}]
    (entity,) = [call.request for call in api.calls if step_of(call.request) == "entity"]
    assert "run_id=r_1" in str(entity.url)
    assert (port.problems, port.notices) == ((), ())
    assert port.entities.written == (ENTITY,)


def test_nothing_is_sent_before_the_page(
    api: RequestsMock, reporter: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_SECONDS_FOR_PAGE", 60)
    is_asked = threading.Event()

    def answer(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        is_asked.set()
        return 200, {}, json.dumps(ANSWER)

    api.add_callback(*ROUTES["sign in"], answer)
    works(api, *(step for step in ROUTES if step != "sign in"))
    port = reporter()
    port.log("Creating an incident")
    assert not is_asked.wait(0.05)
    port.page_sent()
    assert is_asked.wait(10)


def test_links_and_entity_do_not_wait_for_the_end(api: RequestsMock, reporter: Open) -> None:
    is_written = threading.Event()

    def write(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        is_written.set()
        return 201, {}, "{}"

    api.add_callback(*ROUTES["entity"], write)
    works(api)
    port = reporter()
    port.log("Creating an incident")
    port.page_sent()
    port.set_result(REPORT.links, REPORT.summary)
    port.write((ENTITY,))
    assert is_written.wait(10)
    assert "result" in sent(api)
    port.write((replace(ENTITY, identifier="Q2"),))
    port.finish(REPORT._replace(summary="Nobody was notified."), Deadline(60))
    assert [body["identifier"] for body in bodies(api, "entity")] == ["Q1"]
    shown = [body["summary"] for body in bodies(api, "result")]
    assert shown == ["Created incident #42.", "Nobody was notified."]


@pytest.mark.parametrize("refused", ["blueprint", "entity"])
def test_what_port_refuses_is_reported_and_the_rest_is_sent(
    api: RequestsMock, reporter: Open, refused: str
) -> None:
    fails(api, refused, 403)
    works(api, *(step for step in ROUTES if step != refused))
    port = reporter()
    report(port)
    # The run's summary says that the entity is missing.
    again = ["result"] if refused == "entity" else []
    assert sent(api, lines=False) == ["sign in", "blueprint", "result", "entity", *again, "end"]
    (problem,) = port.problems
    assert problem.status == 403
    assert (port.entities.unwritten == (ENTITY,)) is (refused == "entity")


@pytest.mark.parametrize(
    ("refused", "status", "reported"),
    [("log", 404, (1, 0)), ("log", 409, (0, 1)), ("result", 422, (0, 1)), ("end", 404, (1, 0))],
)
def test_a_run_that_takes_nothing_is_left_alone_and_the_entity_is_written_without_it(
    api: RequestsMock, reporter: Open, refused: str, status: int, reported: tuple[int, int]
) -> None:
    if refused == "end":
        works(api, "result")
    fails(api, refused, status)
    works(api, *(step for step in ROUTES if step not in {refused, "result", "end"}))
    port = reporter()
    port.log("Creating an incident")
    port.set_result(REPORT.links, REPORT.summary)
    port.write((ENTITY,))
    port.finish(REPORT, Deadline(60))
    about_run = [step for step in sent(api) if step in {"log", "result", "end"}]
    assert about_run.count(refused) == 1
    assert about_run[-1] == refused
    assert (len(port.problems), len(port.notices)) == reported
    assert port.entities.written == (ENTITY,)
    (entity,) = [call.request for call in api.calls if step_of(call.request) == "entity"]
    assert ("run_id" in str(entity.url)) is (refused == "end")


def test_refused_credentials_are_tried_once(api: RequestsMock, reporter: Open) -> None:
    fails(api, "sign in", 401)
    port = reporter()
    report(port)
    assert sent(api) == ["sign in"]
    (problem,) = port.problems
    assert isinstance(problem, ApiRejected)
    assert port.entities.unwritten == (ENTITY,)


@pytest.mark.parametrize(
    ("step", "ending", "fails_on_problems", "ended"),
    [
        ("entity", "SUCCESS", False, {"status": "SUCCESS", "statusLabel": "Triggered"}),
        ("log", "FAILURE", True, {"status": "FAILURE", "statusLabel": "Triggered"}),
        ("log", "SUCCESS", True, FAILED),
        ("entity", None, True, FAILED),
    ],
)
def test_the_run_is_ended_also_where_a_step_fails_to_the_last(  # noqa: PLR0913 - a table
    api: RequestsMock,
    reporter: Open,
    step: str,
    ending: Ending | None,
    ended: dict[str, str],
    *,
    fails_on_problems: bool,
) -> None:
    fails(api, step, 503)
    works(api, *(one for one in ROUTES if one != step))
    port = reporter()
    final = REPORT._replace(ending=ending, fails_on_problems=fails_on_problems)
    report(port, final, ENTITY)
    assert bodies(api, "end") == [ended]
    (problem,) = port.problems
    assert isinstance(problem, ApiUnavailable)
    assert (port.entities.unwritten == (ENTITY,)) is (step == "entity")


def test_a_line_that_failed_is_sent_with_the_last_ones(api: RequestsMock, reporter: Open) -> None:
    fails(api, "log", 503)
    works(api)
    port = reporter()
    report(port)
    assert log_of(api)[-3:] == ["Creating an incident", *REPORT.lines]
    assert port.problems == ()


def test_a_second_final_report_counts(api: RequestsMock, reporter: Open) -> None:
    works(api)
    port = reporter()
    report(port, REPORT._replace(ending=None), ENTITY)
    assert "end" not in sent(api)
    port.finish(FinalReport(("Cancelled.",), ending="CANCELLED", label="Cancelled"), Deadline(60))
    assert bodies(api, "end") == [{"status": "FAILURE", "statusLabel": "Cancelled"}]
    assert log_of(api)[-1] == "Cancelled."


def test_only_what_there_is_to_report_is_sent(api: RequestsMock, reporter: Open) -> None:
    cases: list[tuple[str, tuple[Entity, ...], list[str]]] = [
        ("r_1", (), ["sign in", "log", "end"]),
        ("", (ENTITY,), ["blueprint", "entity"]),
        ("", (), []),
    ]
    for run_id, entities, steps in cases:
        api.reset()
        works(api)
        port = reporter(run_id)
        port.write(entities)
        port.finish(FinalReport(("It failed.",), ending="FAILURE"), Deadline(60))
        assert sent(api) == steps


def test_secrets_and_broken_characters_do_not_reach_port(api: RequestsMock, reporter: Open) -> None:
    works(api)
    final = FinalReport(
        ("a s3cret-word\x00 \ud800",),
        links=("https://x.example/s3cret-word",),
        summary="b s3cret-word\x00",
        ending="SUCCESS",
        label="s3cret-word",
    )
    report(reporter(), final, Entity("incident", "s3cret-word", "s3cret-word"))
    assert plain(log_of(api)[-1]) == r"a ***\x00 \ud800"
    (result,) = bodies(api, "result")
    assert plain(result["summary"]) == r"b ***\x00"
    assert result["link"] == ["https://x.example/***"]
    assert bodies(api, "end")[0]["statusLabel"] == "***"
    assert bodies(api, "entity") == [{"identifier": "redacted", "title": "***"}]


def test_long_texts_are_cut(api: RequestsMock, reporter: Open) -> None:
    works(api)
    lines = ("x" * 10_001, "", "w" * 9_000, "v" * 1_000)
    final = FinalReport(lines, summary="y" * 10_001, ending="FAILURE", label="z" * 101)
    report(reporter(), final)
    assert max(len(body["message"]) for body in bodies(api, "log")) == 10_000
    assert log_of(api) == ["Creating an incident", "x" * 9_999 + "…", *lines[1:]]
    assert bodies(api, "result")[0]["summary"] == "y" * 9_999 + "…"
    assert bodies(api, "end")[0]["statusLabel"] == "z" * 99 + "…"


def test_a_bug_does_not_pass_for_success(api: RequestsMock, reporter: Open) -> None:
    works(api)
    port = reporter()
    report(port, REPORT, replace(ENTITY, properties={"status": {1, 2}}))
    assert bodies(api, "end")[0]["status"] == "SUCCESS"
    (problem,) = port.problems
    assert "Reporting to Port failed: TypeError" in str(problem)


@pytest.mark.parametrize("is_ending", [False, True])
def test_a_cancelled_job_withdraws_its_report_unless_the_end_is_on_its_way(
    api: RequestsMock, reporter: Open, *, is_ending: bool
) -> None:
    """Otherwise a run could succeed in Port that has failed on GitHub."""
    deadline, is_cancelled = Deadline(60), threading.Event()
    slow = "end" if is_ending else "log"

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if step_of(request) == slow:
            deadline.cancellation.cancel("SIGTERM")
            is_cancelled.wait(0.2)
        return 200, {}, json.dumps(ANSWER)

    for step in ("log", "end"):
        api.add_callback(*ROUTES[step], answer)
    works(api, "sign in", "blueprint", "entity")
    port = reporter()
    with nullcontext() if is_ending else pytest.raises(Cancelled):
        port.finish(REPORT, deadline)
    is_cancelled.set()
    if not is_ending:
        port.finish(FinalReport(("Cancelled.",), ending="CANCELLED", label="C"), Deadline(60))
    status = "SUCCESS" if is_ending else "FAILURE"
    assert [body["status"] for body in bodies(api, "end")] == [status]


def test_a_cancelled_job_does_not_wait_for_the_end_of_its_time(
    api: RequestsMock, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SECONDS_TO_TAKE_OVER", 0.05)
    deadline, is_over, seconds = Deadline(60), threading.Event(), list[float]()

    class Port(PortClient):
        def with_timeout(self, timeout: float) -> PortClient:
            seconds.append(timeout)
            return super().with_timeout(timeout)

    def connect() -> PortClient:
        return Port(**{one.name: getattr(account.port, one.name) for one in fields(account.port)})

    def hang_once(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if not deadline.cancellation.is_cancelled:
            seconds.clear()
            deadline.cancellation.cancel("SIGTERM")
            is_over.wait(10)
        return 200, {}, "{}"

    api.add_callback(*ROUTES["end"], hang_once)
    works(api, "sign in")
    port = PortReporter(
        connect,
        run_id="r_1",
        entities=EntityWriter("incident"),
        deadline=Deadline(60),
        redactor=Redactor(),
    )
    port.finish(FinalReport((), ending="SUCCESS"), deadline)
    is_over.set()
    assert max(seconds) < 1


def test_what_follows_a_withdrawn_report_is_logged_before_the_end(
    api: RequestsMock, reporter: Open
) -> None:
    cancelled, is_followed = Deadline(60), threading.Event()

    class Following(Cancellation):
        def wait_for(self, event: threading.Event, seconds: float) -> bool:
            is_followed.set()
            return super().wait_for(event, seconds)

    def answer(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        is_summary = step_of(request) == "result" and "fully updated" in str(request.body)
        if is_summary and not is_followed.is_set():
            cancelled.cancellation.cancel("SIGTERM")
            is_followed.wait(10)
        return 200, {}, json.dumps(ANSWER)

    api.add_callback(*ROUTES["result"], answer)
    fails(api, "entity", 403)
    works(api, "sign in", "blueprint", "log")
    port = reporter()
    port.write((ENTITY,))
    with pytest.raises(Cancelled):
        port.finish(REPORT, cancelled)
    last = FinalReport(("Cancelled.",), ending="CANCELLED", label="C")
    port.finish(last, Deadline(60, Following()))
    assert log_of(api)[-1] == "Cancelled."
    assert [body["statusLabel"] for body in bodies(api, "end")] == ["C"]


def test_who_was_left_behind_reports_no_problems(api: RequestsMock, account: Account) -> None:
    """Otherwise a run that Port was told had succeeded would fail."""
    is_over, others = threading.Event(), set(threading.enumerate())

    def hang_once(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if not is_over.is_set():
            is_over.wait(30)
            return 403, {}, "{}"
        return 200, {}, "{}"

    def connect() -> PortClient:
        if connections:
            is_over.set()
        connections.append(replace(account.port))
        return connections[-1]

    connections: list[PortClient] = []
    api.add_callback(*ROUTES["log"], hang_once)
    works(api, "sign in", "result", "end")
    port = PortReporter(
        connect,
        run_id="r_1",
        entities=EntityWriter("incident"),
        deadline=Deadline(60),
        redactor=Redactor(),
    )
    port.log("Creating an incident")
    port.finish(FinalReport((), ending="SUCCESS"), Deadline(0))
    for thread in set(threading.enumerate()) - others:
        thread.join(10)
    assert bodies(api, "end")[0]["status"] == "SUCCESS"
    assert port.problems == ()


def test_an_end_that_port_may_have_heard_is_no_problem(api: RequestsMock, reporter: Open) -> None:
    """Otherwise a run that has succeeded in Port could fail."""
    method, url = ROUTES["end"]
    works(api, "sign in", "log")
    api.add(method, url, body=requests.ReadTimeout("Read timed out."))
    port = reporter()
    port.finish(FinalReport((), ending="SUCCESS"), Deadline(0))
    # It has some time even where the page took all there was.
    assert vars(api.calls[-1].request)["req_kwargs"]["timeout"].total > 1
    assert bodies(api, "end")
    assert port.problems == ()
    (notice,) = port.notices
    assert notice.startswith("Port may not know that its run has ended")
