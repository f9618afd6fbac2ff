"""Who races: the action, a bare curl, a bare Python, and what Port's guides do today."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "pd-account-token"  # noqa: S105 - opens nothing but the simulator
ROUTING_KEY = "R0123456789ABCDEF0123456789ABCDE"
INCIDENT = {
    "type": "incident",
    "title": "Checkout is down",
    "service": {"id": "PSVC001", "type": "service_reference"},
}


@dataclass(frozen=True)
class Urls:
    """Where the simulator is.

    Attributes:
        pagerduty: base URL of the REST API.
        events: base URL of the Events API, including its version.
        port: base URL of Port's API.
        ca: the certificate authority's file.
    """

    pagerduty: str
    events: str
    port: str
    ca: Path


@dataclass(frozen=True)
class Contestant:
    """One way to page.

    Attributes:
        name: in the table.
        command: what is run.
        environment: variables beside PATH.
        page: API, method and path of the request that pages.
    """

    name: str
    command: list[str]
    page: tuple[str, str, str]
    environment: Mapping[str, str] = field(default_factory=dict)


PAGES = {
    "create": ("pagerduty", "POST", "/incidents"),
    "trigger": ("events", "POST", "/v2/enqueue"),
    "escalate": ("pagerduty", "PUT", "/incidents/{incident}"),
}


def assemble(folder: Path, interpreter: str) -> Path:
    """Lay the action out as its image does: compiled, without sources, beside its requirements.

    Args:
        folder: where to.
        interpreter: the Python that will run it.

    Returns:
        The entry point.
    """
    app = folder / "app"
    package = Path("src") / "pd_incident_action"
    shutil.copytree(ROOT / package, app / package, ignore=shutil.ignore_patterns("__pycache__"))
    pinned = (ROOT / "requirements" / "action.txt").read_text(encoding="utf-8")
    for name in re.findall(r"^([\w.-]+)==", pinned, re.MULTILINE):
        for file in importlib.metadata.files(name) or ():
            if file.suffix not in {".pyc", ""} and ".." not in file.parts:
                target = app / "lib" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), target)
    compiling = ["-m", "compileall", "-q", "-b", "-o", "2", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([interpreter, *compiling, app / "lib", app / "src"], check=True)  # noqa: S603 - the interpreter we were given
    for source in [*(app / "lib").rglob("*.py"), *(app / "src").rglob("*.py")]:
        source.unlink()
    return Path(shutil.copy(ROOT / "entrypoint.py", app))


_FILLED_IN = {
    "create": {"title": "Checkout is down", "extra_details": "502", "urgency": "high"},
    "trigger": {},
    "escalate": {"urgency": "high"},
}


@dataclass(frozen=True)
class Bench:
    """What contestants are made with.

    Attributes:
        python: the interpreter.
        entrypoint: the action's, from `assemble`.
        urls: where the simulator is.
    """

    python: str
    entrypoint: Path
    urls: Urls


def ours(
    bench: Bench, operation: str, folder: Path, run_id: str | None, incident: str
) -> Contestant:
    """The action, with or without Port, started as in its image.

    Args:
        bench: what contestants are made with.
        operation: the operation.
        folder: where the run's files go.
        run_id: the Port run to report to, or None without Port.
        incident: id of an open incident, to escalate.
    """
    inputs = {
        "operation": operation,
        "pagerduty-api-url": bench.urls.pagerduty,
        "pagerduty-events-url": bench.urls.events,
        "port-api-url": bench.urls.port,
        "from": "ada@example.com",
    }
    if operation == "trigger":
        inputs |= {"routing-key": ROUTING_KEY, "summary": "Checkout is down"}
    else:
        inputs |= {"pagerduty-token": TOKEN}
    filled_in = _FILLED_IN[operation]
    context = {"entity": incident if operation == "escalate" else "PSVC001"}
    if run_id is not None:
        inputs |= {
            "port-client-id": "port-client-id",
            "port-client-secret": "simulated-port-secret",
        }
        context["run_id"] = run_id
    event = {"inputs": {**filled_in, "port_context": json.dumps(context)}}
    return Contestant(
        name=f"{operation}, {'with' if run_id else 'without'} Port",
        command=[bench.python, "-I", "-S", "-OO", str(bench.entrypoint)],
        page=_page_of(operation, incident),
        environment=_environment(bench, inputs, event, folder),
    )


def _page_of(operation: str, incident: str) -> tuple[str, str, str]:
    api, method, path = PAGES[operation]
    return api, method, path.format(incident=incident)


def with_port_down(contestant: Contestant) -> Contestant:
    """Let Port refuse connections, which the action puts up with for two seconds."""
    down = {"INPUT_PORT-API-URL": "https://127.0.0.1:9", "INPUT_TIMEOUT": "2s"}
    name = contestant.name.replace("with Port", "Port down")
    return replace(contestant, name=name, environment={**contestant.environment, **down})


def _environment(
    bench: Bench, inputs: Mapping[str, str], event: object, folder: Path
) -> dict[str, str]:
    folder.mkdir(parents=True)
    for name in ("output", "summary"):
        (folder / name).write_text("")
    (folder / "event.json").write_text(json.dumps(event))
    github = {
        "GITHUB_EVENT_PATH": str(folder / "event.json"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_REPOSITORY": "octo/shop",
        "GITHUB_RUN_ID": os.urandom(4).hex(),
        "REQUESTS_CA_BUNDLE": str(bench.urls.ca),
    }
    return github | {f"INPUT_{name.upper()}": value for name, value in inputs.items()}


def curl(urls: Urls) -> Contestant:
    """The floor: a single POST with curl."""
    return Contestant("curl POST", _curl_page(urls), PAGES["create"])


def curl_escalate(urls: Urls, incident: str) -> Contestant:
    """The floor where an incident has to be read first: a GET and a PUT on one connection."""
    read = _curl(urls, "GET", f"{urls.pagerduty}/incidents/{incident}", None, _PAGERDUTY)
    _, *change = _curl_escalation(urls, incident)
    page = _page_of("escalate", incident)
    return Contestant("curl GET, then PUT", [*read, "--next", *change], page)


def python(bench: Bench) -> Contestant:
    """A single POST with Python's standard library."""
    code = (
        "import sys,ssl,urllib.request as u;"
        "r=u.Request(sys.argv[1],sys.argv[3].encode(),{'Authorization':sys.argv[4],"
        "'From':'ada@example.com','Content-Type':'application/json'});"
        "u.urlopen(r,context=ssl.create_default_context(cafile=sys.argv[2])).read()"
    )
    body = json.dumps({"incident": INCIDENT})
    where = [f"{bench.urls.pagerduty}/incidents", str(bench.urls.ca)]
    command = [bench.python, "-I", "-S", "-c", code, *where, body, f"Token token={TOKEN}"]
    return Contestant("Python POST", command, PAGES["create"])


_TEN_LINES = """
import sys
lib, url, ca, token, title = sys.argv[1:]
sys.path.insert(0, lib)
import pydantic, requests
class Incident(pydantic.BaseModel):
    type: str = "incident"
    title: str
    service: dict[str, str] = {"id": "PSVC001", "type": "service_reference"}
headers = {"Authorization": f"Token token={token}", "From": "ada@example.com"}
body = {"incident": Incident(title=title).model_dump()}
requests.post(url, json=body, headers=headers, verify=ca, timeout=15).raise_for_status()
"""


def ten_lines(bench: Bench) -> Contestant:
    """The plainest script that checks its input with pydantic and posts it with requests."""
    where = [f"{bench.urls.pagerduty}/incidents", str(bench.urls.ca)]
    lib = str(bench.entrypoint.parent / "lib")
    command = [bench.python, "-I", "-S", "-OO", "-c", _TEN_LINES, lib, *where, TOKEN, "Down"]
    return Contestant("ten lines of requests and pydantic", command, PAGES["create"])


def create_container(urls: Urls, run_id: str) -> Contestant:
    """What Port's container does to create: eight curl calls from a shell, one after the other."""
    run = f"{urls.port}/v1/actions/runs/{run_id}"
    entities = f"{urls.port}/v1/blueprints/pagerdutyIncident/entities?upsert=true"
    calls = [
        _sign_in(urls),
        _port(urls, "POST", f"{run}/logs", {"message": "Creating"}),
        _curl_page(urls),
        _port(urls, "PATCH", run, {"link": "https://example.com"}),
        _port(urls, "POST", f"{run}/logs", {"message": "Created"}),
        _port(urls, "POST", f"{run}/logs", {"message": "Reporting"}),
        _port(urls, "POST", entities, {"identifier": "Q1", "title": "Down", "properties": {}}),
        _port(urls, "POST", f"{run}/logs", {"message": "Done"}),
    ]
    return Contestant("the guides' create container", _shell(calls), PAGES["create"])


def escalate_steps(urls: Urls, run_id: str, incident: str) -> Contestant:
    """What Port's guide does to escalate: six steps; here without their start-up, so a lower bound.

    Each of the five steps that talk to Port signs in first, as its marketplace action does.
    """
    run = f"{urls.port}/v1/actions/runs/{run_id}"
    entities = f"{urls.port}/v1/blueprints/pagerdutyIncident/entities?upsert=true"
    calls = [
        *(_sign_in(urls), _port(urls, "POST", f"{run}/logs", {"message": "About to escalate"})),
        _curl_escalation(urls, incident),
        *(_sign_in(urls), _port(urls, "POST", f"{run}/logs", {"message": "Reporting"})),
        *(_sign_in(urls), _port(urls, "POST", entities, {"identifier": incident})),
        *(_sign_in(urls), _port(urls, "POST", f"{run}/logs", {"message": "Done"})),
    ]
    page = _page_of("escalate", incident)
    return Contestant("the guides' escalate steps", _shell(calls), page)


_PAGERDUTY = {"Authorization": f"Token token={TOKEN}", "From": "ada@example.com"}


def _curl_page(urls: Urls) -> list[str]:
    return _curl(urls, "POST", f"{urls.pagerduty}/incidents", {"incident": INCIDENT}, _PAGERDUTY)


def _curl_escalation(urls: Urls, incident: str) -> list[str]:
    body = {"incident": {"type": "incident_reference", "urgency": "high"}}
    return _curl(urls, "PUT", f"{urls.pagerduty}/incidents/{incident}", body, _PAGERDUTY)


def _sign_in(urls: Urls) -> list[str]:
    body = {"clientId": "port-client-id", "clientSecret": "simulated-port-secret"}
    return _curl(urls, "POST", f"{urls.port}/v1/auth/access_token", body, {})


def _port(urls: Urls, method: str, url: str, body: object) -> list[str]:
    # The simulator gives the same token until it expires, as Port does.
    return _curl(urls, method, url, body, {"Authorization": "Bearer port-access-token-1"})


def _curl(urls: Urls, method: str, url: str, body: object, headers: Mapping[str, str]) -> list[str]:
    given = {"Content-Type": "application/json", **headers}
    sent = [part for name, value in given.items() for part in ("-H", f"{name}: {value}")]
    command = ["curl", "-s", "-o", "/dev/null", "--cacert", str(urls.ca), "-X", method, *sent]
    return [*command, *(["-d", json.dumps(body)] if body is not None else []), url]


def _shell(calls: list[list[str]]) -> list[str]:
    """Run calls one after the other in one shell, each argument passed as it is."""
    script = "\n".join(" ".join(map(shlex.quote, call)) for call in calls)
    return ["bash", "-c", script]
