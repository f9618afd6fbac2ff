"""Port is told beside the page: in order, whatever it refuses, as long as there is time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from requests import PreparedRequest
from responses import RequestsMock

from pd_incident_action.errors import ApiRejected, ApiUnavailable
from pd_incident_action.http.client import ApiClient
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.models import Entity
from pd_incident_action.port import reporter as reporter_module
from pd_incident_action.port.auth import BearerAuth
from pd_incident_action.port.client import Port, explain
from pd_incident_action.port.entity_writer import EntityWriter
from pd_incident_action.port.final_report import FinalReport, chunks
from pd_incident_action.port.reporter import PortReporter
from pd_incident_action.port.runs import Ending, run_of
from pd_incident_action.redaction import Redactor

API = "https://api.port.io"
RUN = f"{API}/v1/actions/runs/r_1"
BLUEPRINT = f"{API}/v1/blueprints/incident"
ENTITY = Entity("incident", "Q1", "Down", {"status": "triggered", "oddity": "x"})
KNOWN = replace(ENTITY, properties={"status": "triggered"})
SCHEMA: dict[str, Any] = {"schema": {"properties": {"status": {"type": "string"}}}, "relations": {}}
CONCLUSION = FinalReport(
    lines=("Created incident #42.",),
    links=("https://acme.pagerduty.com/incidents/Q1", "https://github.com/o/r/actions/runs/1"),
    summary="Created incident #42.",
    ending="SUCCESS",
    label="Triggered",
)
STEPS = ["blueprint", "log", "describe", "entity", "end"]

Open = Callable[..., PortReporter]


@pytest.fixture
def reporter(connect: Callable[..., ApiClient]) -> Iterator[Open]:
    """Open the way to Port, by default with a run and ten seconds, for this test alone."""

    def open_reporter(run_id: str | None = "r_1", seconds: float = 10) -> PortReporter:
        auth, deadline = BearerAuth(), Deadline(seconds)
        client = connect(
            service="Port",
            base_url=API,
            authenticate=auth,
            explain=explain,
            max_attempts=1,
            deadline=deadline,
        )
        port = Port(client, auth, "the-id", "the-secret", lambda _token: None)
        redactor = Redactor(["s3cret-word"])
        return PortReporter(
            run_of(port, run_id) if run_id else None,
            entities=EntityWriter(port, "incident", run_id, redactor),
            deadline=deadline,
            redactor=redactor,
        )

    yield open_reporter
    let_end()


@pytest.fixture
def patient_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let lines wait for others so long that a slow machine changes nothing."""
    monkeypatch.setattr(reporter_module, "_LINES_WAIT", 60.0)


def let_end() -> None:
    """Wait for the thread that tells Port, which would tell things in the next test."""
    for thread in threading.enumerate():
        if thread.name == "port":
            thread.join(10)
            assert not thread.is_alive()


ROUTES = {
    "log": ("POST", f"{RUN}/logs"),
    "blueprint": ("GET", BLUEPRINT),
    "describe": ("PATCH", RUN),
    "entity": ("POST", f"{BLUEPRINT}/entities"),
    "end": ("PATCH", RUN),
}


def works(api: RequestsMock, *steps: str) -> None:
    """Let Port take some steps."""
    if f"{API}/v1/auth/access_token" not in {r.url for r in api.registered()}:
        api.add("POST", f"{API}/v1/auth/access_token", json={"accessToken": "t"})
    for step in steps:
        api.add(*ROUTES[step], json={"ok": True, "blueprint": SCHEMA})


def fails(api: RequestsMock, step: str, status: int, retry_after: str = "0") -> None:
    """Let Port not take a step once."""
    method, url = ROUTES[step]
    api.add(method, url, status=status, json={}, headers={"Retry-After": retry_after})


def step_of(request: PreparedRequest) -> str:
    path, body = str(request.path_url).partition("?")[0], request.body or ""
    if request.method == "PATCH":
        return "end" if "status" in json.loads(body) else "describe"
    return {"logs": "log", "incident": "blueprint", "entities": "entity"}.get(
        path.rpartition("/")[2], "sign in"
    )


def told(api: RequestsMock) -> list[str]:
    """List what Port was told, in order, after signing in."""
    return [step for call in api.calls if (step := step_of(call.request)) != "sign in"]


def bodies(api: RequestsMock, step: str) -> list[Any]:
    """List the bodies of one step's requests."""
    requests = [call.request for call in api.calls if step_of(call.request) == step]
    return [json.loads(request.body or "null") for request in requests]


def tell(reporter: PortReporter, conclusion: FinalReport = CONCLUSION, *entities: Entity) -> None:
    """Tell everything at once, so that it is always done in the same rounds."""
    reporter.write(entities or (ENTITY,) * (conclusion is CONCLUSION))
    reporter.conclude(conclusion)
    reporter.start("Creating an incident")
    reporter.join()


def test_everything_is_told_in_order(api: RequestsMock, reporter: Open) -> None:
    works(api, "blueprint", "log", "describe", "entity")
    port = reporter()
    tell(port)
    assert told(api) == STEPS
    (log,) = bodies(api, "log")
    assert set(log["message"].splitlines()) == {"Creating an incident", "Created incident #42."}
    description, ending = bodies(api, "describe") + bodies(api, "end")
    assert description == {"link": list(CONCLUSION.links), "summary": "Created incident #42."}
    assert ending == {"status": "SUCCESS", "statusLabel": "Triggered"}
    assert "run_id=r_1" in str(api.calls[-2].request.url)
    assert port.problems == ()


def test_lines_are_told_in_the_order_in_which_they_were_said(
    api: RequestsMock, reporter: Open
) -> None:
    works(api, "blueprint", "log", "describe", "entity")
    port = reporter()
    port.start("1")
    for line in ("2", "3", "4"):
        port.say(line)
    port.write((ENTITY,))
    port.conclude(CONCLUSION)
    port.join()
    lines = "\n".join(body["message"] for body in bodies(api, "log"))
    assert lines == "1\n2\n3\n4\nCreated incident #42."
    assert told(api)[-2:] == ["entity", "end"]


def test_the_entity_is_written_as_the_blueprint_has_it(api: RequestsMock, reporter: Open) -> None:
    works(api, "blueprint", "log", "describe", "entity")
    port = reporter()
    tell(port)
    written = Entity("incident", "Q1", "Down", {"status": "triggered"})
    assert bodies(api, "entity") == [written.as_json()]
    assert (port.entities.written, port.entities.unwritten) == ((written,), ())
    (remark,) = port.notices
    assert "The blueprint lacks oddity, left out of the entity" in remark


@pytest.mark.parametrize("refused", ["blueprint", "entity"])
@pytest.mark.parametrize("status", [403, 404, 422])
def test_what_port_refuses_is_noted_and_the_rest_is_told(
    api: RequestsMock, reporter: Open, refused: str, status: int
) -> None:
    works(api, *(step for step in STEPS[:4] if step != refused))
    fails(api, refused, status)
    port = reporter()
    tell(port)
    assert told(api) == STEPS
    (problem,) = port.problems
    assert isinstance(problem, ApiRejected)
    assert problem.status == status
    assert (port.entities.unwritten == (ENTITY,)) is (refused == "entity")
    assert (not port.entities.written) is (refused == "entity")


@pytest.mark.parametrize(("status", "noted"), [(403, (1, 0)), (404, (1, 0)), (409, (0, 1))])
@pytest.mark.parametrize("refused", ["log", "describe", "end"])
def test_a_run_that_takes_nothing_is_left_alone_and_the_entity_is_written_without_it(
    api: RequestsMock, reporter: Open, refused: str, status: int, noted: tuple[int, int]
) -> None:
    steps = [step for step in STEPS[: STEPS.index(refused)] if step != "entity"]
    works(api, *steps, *({"blueprint", "entity"} - set(steps)))
    fails(api, refused, status)
    port = reporter()
    tell(port, CONCLUSION, KNOWN)
    about_the_run = [step for step in told(api) if step in {"log", "describe", "end"}]
    known = ["log", "describe", "end"]
    assert about_the_run == known[: known.index(refused) + 1]
    assert (len(port.problems), len(port.notices)) == noted
    assert port.entities.written == (KNOWN,)
    (entity,) = [call.request for call in api.calls if step_of(call.request) == "entity"]
    assert ("run_id" in str(entity.url)) is (refused == "end")


def test_a_relation_that_port_refuses_does_not_cost_the_entity(
    api: RequestsMock, reporter: Open
) -> None:
    related = {"service": {"target": "pagerdutyService"}}
    api.add("GET", BLUEPRINT, json={"blueprint": SCHEMA | {"relations": related}})
    fails(api, "entity", 422)
    works(api, "log", "describe", "entity")
    port = reporter()
    entity = replace(KNOWN, relations={"pagerdutyService": "PSVC123"})
    tell(port, CONCLUSION, entity)
    first, second = bodies(api, "entity")
    assert first["relations"] == {"service": "PSVC123"}
    assert second == KNOWN.as_json()
    assert port.entities.written == (KNOWN,)
    assert [problem.status for problem in port.problems] == [422]
    assert told(api)[-1] == "end"


@pytest.mark.parametrize("status", [403, 413])
def test_an_entity_that_is_refused_for_another_reason_is_not_tried_again(
    api: RequestsMock, reporter: Open, status: int
) -> None:
    related = {"service": {"target": "pagerdutyService"}}
    api.add("GET", BLUEPRINT, json={"blueprint": SCHEMA | {"relations": related}})
    fails(api, "entity", status)
    works(api, "log", "describe")
    port = reporter()
    entity = replace(KNOWN, relations={"pagerdutyService": "PSVC123"})
    tell(port, CONCLUSION, entity)
    assert told(api).count("entity") == 1
    assert (port.entities.written, port.entities.unwritten) == ((), (entity,))


def test_without_a_readable_blueprint_the_documented_one_stands_in(
    api: RequestsMock, reporter: Open
) -> None:
    works(api, "log", "describe", "entity")
    fails(api, "blueprint", 403)
    tell(reporter())
    assert bodies(api, "entity")[0]["properties"] == {"status": "triggered"}


def test_a_refused_sign_in_ends_it(api: RequestsMock, reporter: Open) -> None:
    api.add("POST", f"{API}/v1/auth/access_token", status=401)
    port = reporter()
    tell(port)
    assert told(api) == []
    assert port.entities.unwritten == (ENTITY,)
    assert len(port.problems) == 1


@pytest.mark.usefixtures("no_jitter")
@pytest.mark.parametrize("step", ["blueprint", "log", "entity"])
@pytest.mark.parametrize("status", [429, 503])
def test_what_port_cannot_take_right_now_is_told_again(
    api: RequestsMock, reporter: Open, step: str, status: int
) -> None:
    fails(api, step, status)
    works(api, *STEPS[:4])
    port = reporter()
    tell(port)
    assert told(api).count(step) == 2
    assert told(api)[-1] == "end"
    assert "blueprint" not in told(api)[told(api).index("entity") :]
    assert set(told(api)) == set(STEPS)
    assert port.entities.written


@pytest.mark.usefixtures("no_jitter")
def test_a_sign_in_that_heals_loses_nothing(api: RequestsMock, reporter: Open) -> None:
    sign_in = f"{API}/v1/auth/access_token"
    for _ in range(5):
        api.add("POST", sign_in, status=502, headers={"Retry-After": "0"})
    api.add("POST", sign_in, json={"accessToken": "t"})
    works(api, *STEPS[:4])
    port = reporter()
    tell(port)
    assert set(told(api)) == set(STEPS)
    assert told(api)[-1] == "end"
    assert port.entities.written


@pytest.mark.usefixtures("no_jitter")
def test_trouble_that_healed_is_no_problem_in_the_end(api: RequestsMock, reporter: Open) -> None:
    fails(api, "entity", 503)
    works(api, *STEPS[:4])
    port = reporter()
    tell(port)
    assert port.entities.written
    assert port.problems == ()


@pytest.mark.usefixtures("no_jitter")
@pytest.mark.parametrize("times", [1, 3, 6])
def test_the_run_never_ends_before_the_entity_is_written(
    api: RequestsMock, reporter: Open, times: int
) -> None:
    for _ in range(times):
        fails(api, "entity", 503)
    works(api, *STEPS[:4])
    tell(reporter())
    assert told(api)[-2:] == ["entity", "end"]
    assert told(api).count("entity") == times + 1
    assert told(api).count("end") == 1


def test_a_run_whose_entity_cannot_be_written_in_time_is_not_ended(
    api: RequestsMock, reporter: Open
) -> None:
    works(api, "blueprint", "log", "describe")
    fails(api, "entity", 503, retry_after="3600")
    port = reporter()
    tell(port)
    assert "end" not in told(api)
    assert (port.entities.written, port.entities.unwritten) == ((), (ENTITY,))
    (problem,) = port.problems
    assert isinstance(problem, ApiUnavailable)


@pytest.mark.usefixtures("no_jitter")
def test_a_run_is_ended_without_its_last_lines_rather_than_left_hanging(
    api: RequestsMock, reporter: Open
) -> None:
    works(api, "blueprint", "describe", "entity")
    for _ in range(3):
        fails(api, "log", 503)
    fails(api, "log", 503, retry_after="3600")
    port = reporter()
    tell(port)
    assert told(api).count("log") == 4
    assert told(api)[-1] == "end"
    assert len(port.problems) == 1


@pytest.mark.usefixtures("patient_lines")
def test_link_and_entity_do_not_wait_for_the_end(api: RequestsMock, reporter: Open) -> None:
    works(api, "blueprint", "log", "describe", "entity")
    port = reporter()
    port.start("Creating an incident")
    port.page_sent()
    port.describe(CONCLUSION.links, CONCLUSION.summary)
    port.write((ENTITY,))
    deadline = Deadline(5)
    while not port.entities.written and not deadline.expired():
        time.sleep(0.01)
    assert told(api) == ["blueprint", "describe", "entity"]
    port.write((replace(ENTITY, identifier="Q2"),))
    port.conclude(CONCLUSION)
    port.join()
    assert told(api) == ["blueprint", "describe", "entity", "log", "end"]


def test_a_summary_that_changes_by_the_end_is_shown(api: RequestsMock, reporter: Open) -> None:
    works(api, "log", "describe")
    port = reporter()
    port.start("Creating an incident")
    port.describe((), "Created incident #42.")
    port.conclude(FinalReport(("x",), summary="Created incident #42. Nobody was notified."))
    port.join()
    shown = [body["summary"] for body in bodies(api, "describe")]
    assert shown[-1] == "Created incident #42. Nobody was notified."


@pytest.mark.parametrize(
    ("ending", "steps"), [(None, STEPS[:4]), ("SUCCESS", STEPS), ("CANCELLED", STEPS)]
)
def test_the_run_is_only_ended_when_it_is_asked_for(
    api: RequestsMock, reporter: Open, ending: Ending | None, steps: list[str]
) -> None:
    works(api, "blueprint", "log", "describe", "entity")
    tell(reporter(), FinalReport(("x",), ending=ending), ENTITY)
    assert told(api) == steps


def test_without_an_entity_no_blueprint_is_read(api: RequestsMock, reporter: Open) -> None:
    works(api, "log", "describe")
    port = reporter()
    tell(port, FinalReport(("It failed.",), ending="FAILURE"))
    assert told(api) == ["log", "describe", "end"]
    assert (port.entities.written, port.entities.unwritten) == ((), ())


def test_without_a_run_only_the_entity_is_written(api: RequestsMock, reporter: Open) -> None:
    works(api, "blueprint", "entity")
    port = reporter(run_id=None)
    tell(port)
    assert told(api) == ["blueprint", "entity"]
    assert "run_id" not in str(api.calls[-1].request.url)


def test_without_a_run_and_an_entity_port_is_left_alone(api: RequestsMock, reporter: Open) -> None:
    tell(reporter(run_id=None), FinalReport(("x",), ending="FAILURE"))
    assert len(api.calls) == 0


def test_secrets_and_broken_characters_do_not_reach_port(api: RequestsMock, reporter: Open) -> None:
    works(api, "log", "describe")
    tell(reporter(), FinalReport(("a s3cret-word\x00 \ud800",), summary="b s3cret-word\x00"))
    assert "a ***\ufffd \ufffd" in bodies(api, "log")[0]["message"]
    assert bodies(api, "describe")[0]["summary"] == "b ***\ufffd"


def test_long_texts_are_cut_or_split(api: RequestsMock, reporter: Open) -> None:
    works(api, "log", "describe")
    conclusion = FinalReport(
        ("x" * 10_001,), summary="y" * 10_001, ending="FAILURE", label="z" * 101
    )
    tell(reporter(), conclusion)
    messages = [body["message"] for body in bodies(api, "log")]
    assert "".join(messages) == "x" * 10_001 + "\nCreating an incident"
    assert max(map(len, messages)) == 10_000
    assert bodies(api, "describe")[0]["summary"] == "y" * 9_999 + "…"
    assert bodies(api, "end")[0]["statusLabel"] == "z" * 99 + "…"


class Slowness:
    """Port, whose first answer to a log line comes late: only when another was asked for."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.late = threading.Event()

    def log(self, _request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        self.heard.append(threading.current_thread().name)
        if len(self.heard) == 1:
            self.late.wait(5)
        return 200, {}, "{}"


def test_when_the_thread_hangs_the_caller_tries_once_more(
    api: RequestsMock, reporter: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, failures = Slowness(), list[object]()
    monkeypatch.setattr(threading, "excepthook", failures.append)
    works(api, "describe")
    api.add_callback("POST", f"{RUN}/logs", callback=port.log)
    tell(reporter(seconds=2), FinalReport(("x",), ending="FAILURE"))
    assert port.heard == ["port", threading.current_thread().name]
    assert bodies(api, "end") == [{"status": "FAILURE", "statusLabel": ""}]
    port.late.set()
    let_end()
    assert failures == []


@pytest.mark.parametrize(
    ("lines", "size", "texts"),
    [
        ([], 5, []),
        (["ab", "cd"], 5, ["ab\ncd"]),
        (["ab", "cde"], 5, ["ab", "cde"]),
        (["abcdefgh"], 5, ["abcde", "fgh"]),
        (["abcdefgh", "i"], 5, ["abcde", "fgh\ni"]),
        (["", "a", ""], 5, ["\na\n"]),
        ([""], 5, [""]),
    ],
)
def test_lines_are_told_in_as_few_texts_as_possible(
    lines: list[str], size: int, texts: list[str]
) -> None:
    assert chunks(lines, size) == texts


@pytest.mark.usefixtures("patient_lines")
def test_lines_that_follow_at_once_share_a_request(api: RequestsMock, reporter: Open) -> None:
    works(api, "blueprint", "log", "describe", "entity")
    port = reporter()
    port.start("Creating an incident")
    port.page_sent()
    time.sleep(0.05)
    port.write((ENTITY,))
    port.conclude(CONCLUSION)
    port.join()
    assert bodies(api, "log") == [
        {"message": "\n".join(["Creating an incident", *CONCLUSION.lines])}
    ]


def test_a_line_does_not_wait_for_a_page_that_takes_long(api: RequestsMock, reporter: Open) -> None:
    works(api, "blueprint", "log", "log", "describe", "entity")
    port = reporter()
    port.start("Creating an incident")
    port.page_sent()
    deadline = Deadline(5)
    while "log" not in told(api) and not deadline.expired():
        time.sleep(0.01)
    assert bodies(api, "log") == [{"message": "Creating an incident"}]
    port.write((ENTITY,))
    port.conclude(CONCLUSION)
    port.join()
    assert len(bodies(api, "log")) == 2
