"""One request becomes a response or an error; only what can heal is tried again."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from requests import PreparedRequest
from responses import RequestsMock, matchers
from urllib3 import Timeout
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import MaxRetryError, NewConnectionError

from pd_incident_action.errors import (
    ApiError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    Cancelled,
)
from pd_incident_action.http.client import MAX_RESPONSE_BYTES, ApiClient
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.http.messages import ApiRequest, Attempt, has_id
from pd_incident_action.http.session import open_session

URL = "https://api.pagerduty.com/incidents"
READ = ApiRequest("GET", "/incidents", "list incidents")
WRITE = ApiRequest("POST", "/incidents", "create the incident", json={"a": 1})
NOTE = ApiRequest("POST", "/incidents", "add the note", json={"a": 1}, idempotent=False)
HTML = "<html><body><h1>403 Forbidden</h1></body></html>"

Connect = Callable[..., ApiClient]

REFUSED = NewConnectionError(HTTPSConnection("x"), "[Errno 111] Connection refused")
NEVER_CONNECTED: list[Exception] = [
    requests.ConnectTimeout("Connection timed out."),
    requests.ConnectionError(MaxRetryError(None, "/", REFUSED)),  # type: ignore[arg-type]
]
MAYBE_PROCESSED: list[Exception] = [
    requests.ReadTimeout("Read timed out."),
    requests.ConnectionError("('Connection aborted.', RemoteDisconnected())"),
    requests.exceptions.ChunkedEncodingError("IncompleteRead"),
]


def test_an_answer_is_its_status_headers_and_json(api: RequestsMock, connect: Connect) -> None:
    api.add("GET", URL, json={"incidents": []}, headers={"X-Request-Id": "7"})
    answer = connect().send(READ)
    assert (answer.status, answer.body) == (200, {"incidents": []})
    assert answer.headers["x-request-id"] == "7"
    sent = api.calls[0].request
    assert sent.body is None
    assert "Content-Type" not in sent.headers
    for text in ["", " \n"]:
        api.reset()
        api.add("GET", URL, body=text, status=202)
        assert connect().send(READ).body is None


def test_a_call_is_sent_as_it_is_described(api: RequestsMock, connect: Connect) -> None:
    params: dict[str, str | list[str]] = {"statuses[]": ["a", "b"], "key": "ü&x"}
    body, headers = {"t": "ü 🔥", "lone surrogate": "\ud800"}, {"From": "a"}
    api.add("PUT", URL, json={}, match=[matchers.query_param_matcher(params)])
    connect().send(ApiRequest("PUT", "/incidents", "x", params=params, json=body, headers=headers))
    sent = api.calls[0].request
    assert sent.body == '{"t": "ü 🔥", "lone surrogate": "?"}'.encode()
    assert sent.headers["Content-Type"] == "application/json"
    assert sent.headers["From"] == "a"
    assert sent.headers["Authorization"] == "Token token=pd-rest-key"


def test_an_attempt_has_a_share_of_the_time(api: RequestsMock, connect: Connect) -> None:
    for attempt, deadline, expected in [
        (15.0, 60, (5.0, 15.0)),
        (2.0, 60, (2.0, 2.0)),
        (15.0, -1, (0.05, 0.05)),
    ]:
        api.reset()
        api.add("GET", URL, body="")
        connect(attempt_seconds=attempt, deadline=Deadline(deadline)).send(READ)
        timeout: Timeout = api.calls[0].request.req_kwargs["timeout"]  # type: ignore[attr-defined]
        assert (timeout.connect_timeout, timeout.total) == expected


def add_failure(api: RequestsMock, failure: int | Exception) -> None:
    """Let the next request be answered with a status, or fail."""
    api.reset()
    for method in ("GET", "POST"):
        if isinstance(failure, int):
            api.add(method, URL, status=failure, body=HTML, headers={"Location": "/elsewhere"})
        else:
            api.add(method, URL, body=failure)
        api.add(method, URL, json={"ok": True})


def test_what_can_heal_is_tried_again(api: RequestsMock, connect: Connect) -> None:
    api.assert_all_requests_are_fired = False
    statuses: list[int | Exception] = [408, 429, 500, 502, 503, 504]
    for failure in [*statuses, *NEVER_CONNECTED, *MAYBE_PROCESSED]:
        for request in [READ, WRITE]:
            add_failure(api, failure)
            assert connect().send(request).body == {"ok": True}
            assert len(api.calls) == 2


def test_what_must_not_be_done_twice_is_repeated_only_if_it_certainly_was_not_processed(
    api: RequestsMock, connect: Connect
) -> None:
    api.assert_all_requests_are_fired = False
    healing: list[int | Exception] = [429, *NEVER_CONNECTED]
    final: list[int | Exception] = [408, 500, 502, 503, 504, *MAYBE_PROCESSED]
    for failure in healing:
        add_failure(api, failure)
        connect().send(NOTE)
        assert len(api.calls) == 2
    for failure in final:
        add_failure(api, failure)
        with pytest.raises(ApiUnavailable if isinstance(failure, int) else ApiUnreachable):
            connect().send(NOTE)
        assert len(api.calls) == 1


def test_a_refusal_is_final_and_a_redirect_is_one(
    api: RequestsMock, connect: Connect, waits: list[float]
) -> None:
    api.assert_all_requests_are_fired = False
    refusals = [400, 401, 402, 403, 404, 405, 409, 413, 422, 501]
    for status in [*refusals, 300, 301, 302, 303, 307, 308, 399]:
        add_failure(api, status)
        with pytest.raises(ApiRejected) as caught:
            connect().send(WRITE)
        assert (caught.value.status, len(api.calls), waits) == (status, 1, [])
        assert ("redirects are never followed" in str(caught.value)) is (status < 400)


def test_what_will_never_connect_is_not_tried_again(api: RequestsMock, connect: Connect) -> None:
    api.assert_all_requests_are_fired = False
    for error in [
        requests.exceptions.SSLError(ssl.SSLCertVerificationError("unknown authority")),
        requests.exceptions.InvalidURL("bad host"),
        requests.exceptions.InvalidSchema("No connection adapters"),
    ]:
        add_failure(api, error)
        with pytest.raises(ApiUnreachable) as caught:
            connect().send(READ)
        assert len(api.calls) == 1
        assert caught.value.remedy


def test_a_refusal_carries_the_apis_words_and_all_that_callers_need(
    api: RequestsMock, connect: Connect
) -> None:
    body = {"error": {"code": 2001, "message": "Invalid Input", "errors": ["Title is blank"]}}
    api.add("POST", URL, status=400, json=body, headers={"X-Id": "7"})
    with pytest.raises(ApiRejected) as caught:
        connect().send(WRITE)
    error = caught.value
    assert str(error).startswith(
        "PagerDuty failed to create the incident: it answered 400, code 2001 "
        '"Invalid Input: Title is blank": '
    )
    assert (error.code, error.body, error.headers["x-id"]) == (2001, body, "7")
    assert error.service == "PagerDuty"
    api.replace("POST", URL, status=403, body=HTML, content_type="text/html")
    with pytest.raises(ApiRejected) as caught:
        connect().send(WRITE)
    summary = 'PagerDuty failed to create the incident: it answered 403 "403 Forbidden"'
    assert caught.value.summary == summary
    assert caught.value.remedy


def test_an_answer_that_is_of_no_use_is_tried_again_or_reported(
    api: RequestsMock, connect: Connect
) -> None:
    for text, problem in [
        ("{}", "its answer lacked 'incident'"),
        ('{"incident": null}', "its answer lacked 'incident'"),
        ("[]", "its answer lacked 'incident'"),
        ('"incident"', "its answer lacked 'incident'"),
        ("", "its answer lacked 'incident'"),
        (HTML, "its answer was not JSON"),
        ('{"incident": {', "its answer was not JSON"),
        ('{"incident": ' + "[" * 100_000, "its answer was not JSON"),
        ('{"incident": ' + "[" * 101 + "]" * 101 + "}", "its answer was not JSON"),
        ('{"incident": []}', "its answer did not show what was asked for"),
        ('{"incident": {"id": []}}', "its answer did not show what was asked for"),
        ("x" * (MAX_RESPONSE_BYTES + 1), "its answer was larger than 4 MiB"),
    ]:
        api.reset()
        call = WRITE._replace(envelope="incident", check=has_id)
        api.add("POST", URL, body=text)
        api.add("POST", URL, json={"incident": {"id": "Q1"}})
        assert connect().send(call).body == {"incident": {"id": "Q1"}}
        api.replace("POST", URL, body=text)
        with pytest.raises(ApiUnreachable, match=problem):
            connect(max_attempts=1).send(call)


def test_an_answer_that_is_there_counts_as_large_as_it_may_be_and_although_the_time_is_up(
    api: RequestsMock, connect: Connect
) -> None:
    api.add("GET", URL, body=f'"{"x" * (MAX_RESPONSE_BYTES - 2)}"')
    assert len(connect(deadline=Deadline(0)).send(READ).body) == MAX_RESPONSE_BYTES - 2


def test_the_api_says_how_long_to_stay_away(
    api: RequestsMock, connect: Connect, waits: list[float]
) -> None:
    api.add("GET", URL, status=429, headers={"ratelimit-reset": "7"})
    api.add("GET", URL, status=503, json={"rate_limit": {"retry_after": 9}})
    api.add("GET", URL, json={})
    connect().send(READ)
    assert waits == [pytest.approx(7.2, abs=0.11), pytest.approx(9.2, abs=0.11)]


def test_nothing_is_waited_for_beyond_the_deadline(
    api: RequestsMock, connect: Connect, waits: list[float]
) -> None:
    client = connect()
    for left, attempts in [(5, 1), (60, 2)]:
        api.reset()
        waits.clear()
        answers = [{"status": 503, "headers": {"Retry-After": "6"}}, {"status": 404}]
        for answer in answers[:attempts]:
            api.add("GET", URL, **answer)  # type: ignore[arg-type]
        with pytest.raises(ApiUnavailable if attempts == 1 else ApiRejected):
            client.with_timeout(left).send(READ)
        assert (len(api.calls), len(waits)) == (attempts, attempts - 1)
    assert client.deadline.remaining() > 5, "the client itself has the time it had"


def test_attempts_end_at_their_largest_number(api: RequestsMock, connect: Connect) -> None:
    for most in [1, 2, 4]:
        api.reset()
        api.add("GET", URL, status=500)
        with pytest.raises(ApiUnavailable, match="it answered 500"):
            connect(max_attempts=most).send(READ)
        assert len(api.calls) == most


def test_a_cancelled_job_neither_waits_nor_sends(api: RequestsMock, connect: Connect) -> None:
    client = connect()

    def answer(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        client.deadline.cancellation.cancel("SIGTERM")
        return 500, {"Retry-After": "30"}, ""

    api.add_callback("GET", URL, answer)
    for _ in range(2):
        with pytest.raises(Cancelled, match="SIGTERM"):
            client.with_timeout(60).send(READ)
    assert len(api.calls) == 1


def test_the_log_is_told_of_each_retry_and_of_nothing_else(
    api: RequestsMock, connect: Connect
) -> None:
    said: list[str] = []
    api.add("GET", URL, status=502)
    api.add("GET", URL, json={})
    connect(log=said.append).send(READ)
    connect(log=said.append).send(READ)
    (line,) = said
    assert line.startswith(
        "PagerDuty failed to list incidents: it answered 502; trying again in 0."
    )


def test_only_a_write_may_have_been_done_where_nothing_says_it_was_not(
    api: RequestsMock, connect: Connect
) -> None:
    cases: list[tuple[list[dict[str, Any]], bool]] = [
        ([{"status": 400}], False),
        ([{"status": 429}], False),
        ([{"body": requests.ConnectTimeout("Connection timed out.")}], False),
        ([{"status": 503}], True),
        ([{"status": 501}], True),
        ([{"status": 504}], True),
        ([{"status": 408}], True),
        ([{"body": requests.ReadTimeout("Read timed out.")}], True),
        ([{"body": "{"}], True),
        # An earlier attempt may have gone through.
        ([{"status": 503}, {"status": 400}], True),
        ([{"body": requests.ReadTimeout("Read timed out.")}, {"status": 400}], True),
    ]
    for answers, unknown in cases:
        api.reset()
        for answer in answers:
            api.add("POST", URL, **answer)
        request = WRITE._replace(if_unknown="Look for key k-1")
        with pytest.raises(ApiError) as caught:
            connect(max_attempts=len(answers)).send(request)
        error = caught.value
        assert error.outcome_unknown is unknown
        assert str(error).endswith(". Look for key k-1.") is unknown
        assert (error.title == "PagerDuty gave no clear answer") is unknown
        is_last_unknown = unknown and answers[-1] != {"status": 400}
        assert ("PagerDuty may have failed to create" in str(error)) is is_last_unknown
        api.add("GET", URL, **answers[0])
        with pytest.raises(ApiError, match="PagerDuty failed to list incidents") as caught:
            connect(max_attempts=1).send(READ)
        assert not caught.value.outcome_unknown


@contextmanager
def server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection."""

    def accept() -> None:
        # The client may be gone already.
        with suppress(OSError), listening.accept()[0] as connection:
            connection.recv(65536)
            serve(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread.join(5)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
        b"\x16\x03\x01 this is no HTTP\r\n\r\n",
    ],
    ids=["nothing", "short", "cut chunk", "not gzip", "no HTTP"],
)
def test_a_response_that_is_cut_short_may_have_been_processed(
    connect: Connect, sent: bytes
) -> None:
    lines: list[str] = []
    with (
        server(lambda connection: connection.sendall(sent)) as url,
        pytest.raises(ApiUnreachable, match="the connection broke"),
    ):
        connect(base_url=url, log=lines.append).send(NOTE)
    assert lines == []


def test_the_log_of_requests_has_every_attempt(api: RequestsMock, connect: Connect) -> None:
    attempts: list[Attempt] = []
    api.add("POST", URL, body=requests.ReadTimeout("Read timed out."))
    api.add("POST", URL, status=503, body="busy", headers={"Date": "today"})
    api.add("POST", URL, json={"id": "Q1"})
    connect(on_attempt=attempts.append).send(WRITE)
    assert [(one.number, one.status, one.received, one.succeeded) for one in attempts] == [
        (1, None, "", False),
        (2, 503, "busy", False),
        (3, 200, '{"id": "Q1"}', True),
    ]
    assert attempts[0].problem.endswith("it gave no answer in time")
    assert attempts[1].headers["date"] == "today"
    assert {(one.service, one.url, one.sent, one.writes) for one in attempts} == {
        ("PagerDuty", URL, '{"a": 1}', True)
    }


def test_certificates_are_always_verified_and_netrc_is_not_read(
    api: RequestsMock, connect: Connect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "netrc").write_text("machine api.pagerduty.com login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for bundle, verify in [("", True), ("/etc/ca.pem", "/etc/ca.pem")]:
        api.reset()
        api.add("GET", URL, json={})
        connect(session=open_session(bundle)).send(READ)
        sent = api.calls[0].request
        assert sent.req_kwargs["verify"] == verify  # type: ignore[attr-defined]
        assert sent.headers["Authorization"] == "Token token=pd-rest-key"
