"""Whatever a message says is the cause, the page on troubleshooting has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import ModuleType

from pd_incident_action.config.file import parse
from pd_incident_action.config.model import Config, apply_severity
from pd_incident_action.errors import (
    Cancelled,
    UserFacingError,
)
from pd_incident_action.http import client as http_client
from pd_incident_action.http import retry
from pd_incident_action.http.messages import ErrorDetail
from pd_incident_action.incident_io import client as incident_io
from pd_incident_action.inputs.sources import Sources
from pd_incident_action.operations.create import Create
from pd_incident_action.pagerduty import errors
from pd_incident_action.port import client as port_client
from repository import read

PAGE = read("docs/troubleshooting.md")
WORDS = " ".join(PAGE.replace("`", "").split())


def section(*headings: str) -> str:
    """Give the text of the page's sections with these headings."""
    parts = re.split(r"^##+ (.+)$", PAGE, flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    return "\n".join(texts[heading] for heading in headings)


def remedies_of(module: ModuleType) -> Iterator[tuple[str, str]]:
    """List a module's pairs of a cause and what to do about it."""
    for name, value in vars(module).items():
        if name.startswith("__"):
            continue
        for one in value.values() if isinstance(value, Mapping) else [value]:
            if isinstance(one, tuple) and len(one) == 2 and all(isinstance(x, str) for x in one):
                yield one


def test_every_cause_is_in_its_table() -> None:
    for module, headings in [
        (errors, ["PagerDuty's REST API", "Events", "Signing in as an app"]),
        (port_client, ["Port"]),
        (incident_io, ["incident.io"]),
    ]:
        causes = {cause for cause, _ in remedies_of(module)}
        assert len(causes) > 2
        told = set(re.findall(r"^\| ([^|]+) \|", section(*headings), re.MULTILINE))
        assert causes - told == set()


def test_every_code_stands_beside_its_cause() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", section("PagerDuty's REST API"), re.MULTILINE)
    table = {cause: codes.split(", ") for cause, codes in rows}
    for code in range(1000, 2200):
        cause = errors.explain(418, {}, {"error": {"code": code}}).cause
        if cause != "PagerDuty is having an outage":
            assert str(code) in table[cause]


def test_what_can_be_wrong_with_the_file_is_told() -> None:
    for file, words in [
        ("a: [", "isn't usable YAML"),
        ("#" * 2**18, "is larger than 128 KiB"),
        (f"a: [{'1,' * 10_000}]", "it has more than 10,000 names and values"),
        ("[" * 30, "it is nested more than 20 levels deep"),
        ("servces: {}", "has an unknown key"),
        ("services: {a: 1}", "must be text; put it in quotes"),
        ("services: [a]", "must be a mapping of names to values"),
    ]:
        (problem,) = parse(file, "file.yml")[1]
        assert words in str(problem)
        assert words in section("The configuration file")


def test_a_severity_that_nobody_knows_is_told() -> None:
    sources = Sources({"severity": "SEV-9"})
    for file in ("", "severities: {SEV-1: {urgency: low}}"):
        (problem,) = apply_severity(sources, parse(file, "")[0] or Config(), Create.Inputs)[1]
        told = str(problem).replace("SEV-9", "…").split(",")[0]
        assert told in section("The configuration file")


def test_every_failure_of_the_network_is_told() -> None:
    for failure in [*retry.FAILURES, retry.OTHER]:
        assert f"| {failure.what} | {failure.cause} |" in section("The network")
    redirect = vars(http_client)["_REDIRECT"]
    assert isinstance(redirect, ErrorDetail)
    assert redirect.cause in section("The network")
    assert retry.INVALID.cause in section("The network")


def test_what_an_api_says_of_itself_is_told() -> None:
    lacks = {"errors": [{"message": "no", "metadata": {"scope": "…"}}]}
    assert incident_io.explain(403, {}, lacks).cause in section("incident.io")
    assert errors.explain_event(400, {}, None).cause in section("Events")


def test_being_cancelled_is_told() -> None:
    error = Cancelled("SIGTERM")
    assert error.summary in WORDS
    assert error.cause in WORDS
    assert error.remedy.rpartition(": ")[2] in WORDS


def titles(kind: type[UserFacingError]) -> Iterator[str]:
    """List the titles of an error and of those derived from it."""
    yield vars(kind).get("TITLE", "").format(service="PagerDuty")
    for derived in kind.__subclasses__():
        yield from titles(derived)


def test_the_titles_of_annotations_are_told() -> None:
    told = section("Was anybody paged?").replace(": …*", "*")
    shown = {one for one in titles(UserFacingError) if one}
    assert len(shown) > 10
    assert [one for one in shown if f"*{one}*" not in told] == []
