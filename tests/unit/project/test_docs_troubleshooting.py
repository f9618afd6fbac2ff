"""Whatever a message says is the cause, the page on troubleshooting has it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

from pd_incident_action.catalog import port
from pd_incident_action.config.file import parse
from pd_incident_action.config.inputs import with_severity
from pd_incident_action.config.model import Config
from pd_incident_action.errors import Cancelled, Complaint, InputError, Refused, Unavailable
from pd_incident_action.incidents.request import Create
from pd_incident_action.inputs.reading import Sources
from pd_incident_action.network import failures, http
from pd_incident_action.network.answers import UnusableError
from pd_incident_action.network.calls import Problem
from pd_incident_action.providers import incident_io_remedies, pagerduty_oauth, remedies

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
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


@pytest.mark.parametrize(
    ("module", "headings"),
    [
        (remedies, ["PagerDuty's REST API"]),
        (pagerduty_oauth, ["Signing in as an app"]),
        (port, ["Port"]),
        (incident_io_remedies, ["incident.io"]),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_cause_is_in_its_table(module: ModuleType, headings: list[str]) -> None:
    causes = {cause for cause, _ in remedies_of(module)}
    assert len(causes) > 2
    told = set(re.findall(r"^\| ([^|]+) \|", section(*headings), re.MULTILINE))
    assert causes - told == set()


def test_every_code_stands_beside_its_cause() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", section("PagerDuty's REST API"), re.MULTILINE)
    table = {cause: codes.split(", ") for cause, codes in rows}
    for code in range(1000, 2200):
        cause = remedies.explain(418, {}, {"error": {"code": code}}).cause
        if cause != "PagerDuty has trouble":
            assert str(code) in table[cause]


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("a: [", "isn't YAML"),
        ("servces: {}", "has an unknown key"),
        ("services: {a: 1}", "must be text; put it in quotes"),
        ("services: [a]", "must be a mapping of names to values"),
    ],
)
def test_what_can_be_wrong_with_the_file_is_told(file: str, words: str) -> None:
    (complaint,) = parse(file, "file.yml")[1]
    assert words in str(complaint)
    assert words in section("The configuration file")


def test_a_severity_that_nobody_knows_is_told() -> None:
    sources = Sources(given={"severity": "SEV-9"})
    for file in ("", "severities: {SEV-1: {urgency: low}}"):
        (complaint,) = with_severity(sources, parse(file, "")[0] or Config(), Create)[1]
        told = str(complaint).replace("SEV-9", "…").split(",")[0]
        assert told in section("The configuration file")


def test_what_an_event_is_refused_for_is_told() -> None:
    assert remedies.explain_event(400, {}, None).cause in section("Events")


def test_what_a_key_lacks_is_told() -> None:
    error = {"message": "no", "metadata": {"scope": "x"}}
    cause = incident_io_remedies.explain(403, {}, {"errors": [error]}).cause
    assert cause.removesuffix("x") in section("incident.io")


@pytest.mark.parametrize("sign", [row[0] for row in vars(failures)["_FAILURES"]])
def test_every_failure_of_the_network_is_told(sign: str) -> None:
    what, cause, _ = failures.describe_failure(OSError(sign))
    assert f"| {what} | {cause} |" in section("The network")


def test_what_is_known_of_no_other_failure_is_told() -> None:
    what, cause, _ = failures.describe_failure(OSError("?"))
    assert f"| {what} | {cause} |" in section("The network")
    assert failures.describe_failure(UnusableError("?"))[1] in section("The network")


def test_redirects_are_told() -> None:
    redirect = vars(http)["_REDIRECT"]
    assert isinstance(redirect, Problem)
    assert redirect.cause in section("The network")


def test_being_cancelled_is_told() -> None:
    error = Cancelled("SIGTERM")
    assert error.what in WORDS
    assert error.cause in WORDS
    assert error.fix.rpartition(": ")[2] in WORDS


def test_the_headings_of_annotations_are_told() -> None:
    complaint = InputError([Complaint("title", "is missing")])
    headings = [
        complaint.title,
        Cancelled("SIGTERM").title,
        Refused("x", service="PagerDuty").title,
        Unavailable("x", service="PagerDuty").title,
    ]
    told = section("Was anybody paged?")
    assert [heading for heading in headings if f"*{heading}*" not in told] == []
