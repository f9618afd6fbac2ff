"""What inputs are made of: the description of a field, and the types that check its value.

A model's field is ``name: Annotated[Type, InputSpec("what it is for", example=...)]``; that one
line is the source of the action's inputs, their documentation, the example workflow and Port's
form.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from pd_incident_action.text import is_web_url, parse_strict_json, try_json

from .values import names_in, parse_json, split_names

Item = TypeVar("Item")
ContextValue = Literal[
    "entity",
    "incident",
    "service",
    "service_entity",
    "schedule",
    "run_id",
    "blueprint",
    "requester",
]


class InputSpec(NamedTuple):
    """The description of an input.

    Attributes:
        help: what it is for; one or two sentences, Markdown allowed.
        example: a value that would work.
        aliases: other names, in any spelling (``extra_details``, ``extraDetails``).
        origin: what in Port's context provides it if it isn't given.
        default_help: the default in words, where it is derived rather than fixed.
        guess: what in Port's context may stand for it if nothing else does, which is logged.
        yields_to: fields of the operation each of which replaces this one, so that only a user
            provides it if one of them is given.
        main: names by which a workflow's form is recognized as made for this operation.
        trusted: whether it is taken from ``with:`` only, in the spelling of ``action.yml``, because
            it decides where credentials or files go.
        from_form: whether a workflow's form may provide it.
        multiline: whether people write paragraphs into it.
        deprecated: older names that are inputs in ``action.yml`` as well, so that the action can
            replace an older one.
        hidden: whether only Port's context provides it, and users don't see it.
        configurable: whether the configuration file may provide it.
        advanced: whether few people need it, so that it is listed last.
        names_people: whether its values are people, whom `redact-people` redacts.
        decoration: whether an operation that pages goes ahead without it where it can't be used.
        runner_default: the expression by which the runner fills it in, for what only the runner
            knows; `trusted` inputs only, which no form could give instead.
    """

    help: str
    example: str = ""
    aliases: tuple[str, ...] = ()
    origin: ContextValue | None = None
    guess: ContextValue | None = None
    yields_to: tuple[str, ...] = ()
    main: tuple[str, ...] = ()
    default_help: str = ""
    trusted: bool = False
    from_form: bool = True
    multiline: bool = False
    deprecated: tuple[str, ...] = ()
    hidden: bool = False
    configurable: bool = True
    advanced: bool = False
    decoration: bool = False
    names_people: bool = False
    runner_default: str = ""

    @property
    def other_names(self) -> tuple[str, ...]:
        """All names but the field's own."""
        return (*self.aliases, *self.deprecated)

    @property
    def with_only(self) -> bool:
        """Whether it is taken from ``with:`` only."""
        return self.trusted or not self.from_form


setting = partial(InputSpec, from_form=False)
"""Describes an input that only counts under ``with:``, whosever form the workflow has."""

_MAX_NAMES = 50
_MAX_IDS = 1000
_MAX_URL = 2048
# Compiled where they are used: a page needs few of them.
_HEADER = r"([A-Za-z0-9][A-Za-z0-9-]{0,99}):\s*([\x21-\x7e][\x20-\x7e]*)"
_FOLDER = r"(?![/\\~]|[A-Za-z]:)[^\x00-\x1f\x7f\\]{1,255}"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def _matching(pattern: str, problem: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(problem)
        return value

    return AfterValidator(check)


def _strip(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _split(value: object) -> object:
    return split_names(value) if isinstance(value, str) else value


def _one_name(value: object) -> object:
    """Return the only name in what Port or a person wrote as an object or a list."""
    if not isinstance(value, str) or parse_json(value) is None:
        return _strip(value)
    names = names_in(value)
    if len(names) != 1:
        raise ValueError(f"must be a single one, not {len(names)}")
    return names[0]


def _lower(value: object) -> object:
    value = _one_name(value)
    return value.lower() if isinstance(value, str) else value


def _api_url(value: str) -> str:
    try:
        url = urlsplit(value)
        _ = url.port
    except ValueError as error:
        raise ValueError("is not a URL") from error
    loopback = url.scheme == "http" and url.hostname in _LOOPBACK
    if not url.hostname or not (url.scheme == "https" or loopback):
        raise ValueError("must be an https:// URL (plain http only for this machine itself)")
    if url.username or url.query or url.fragment:
        raise ValueError("must be a bare URL, without user, query or fragment")
    return value.rstrip("/")


def _web_url(value: str) -> str:
    if not _is_link(value):
        raise ValueError(f"must be an http(s) URL of at most {_MAX_URL} characters")
    return value


def _below_the_workspace(value: str) -> str:
    if not re.fullmatch(_FOLDER, value) or ".." in value.split("/"):
        raise ValueError(
            "must be a folder below the workspace, without '..' and not beginning with '/'"
        )
    return "/".join(part for part in value.split("/") if part not in {"", "."}) or "."


def _timestamp(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("must be an ISO 8601 time") from error
    return value


def _json_object(value: object, info: ValidationInfo) -> object:
    """Parse a JSON object; anything else becomes its ``details`` member."""
    if not isinstance(value, str):
        return value
    parsed = try_json(value)
    if isinstance(parsed, dict):
        return parsed
    if value.lstrip().startswith(("{", "[")):
        _note(info, "is not a JSON object, and was sent as text")
    return {"details": value}


def _note(info: ValidationInfo, text: str) -> None:
    """Note what the user should read although the value is used; a predicate, as of a problem."""
    if isinstance(info.context, list):
        info.context.append((info.field_name, text))


def _json_list(value: object) -> object:
    """Parse a JSON list, or a text with a URL on each line."""
    if not isinstance(value, str):
        return value
    try:
        parsed = parse_strict_json(value)
    except ValueError:
        return value.split()
    return parsed if isinstance(parsed, list) else [parsed]


def _with_url(member: str) -> AfterValidator:
    """Leave out, with a note, what has no URL in that member."""

    def check(items: list[object], info: ValidationInfo) -> list[dict[str, str]]:
        entries = [{member: item} if isinstance(item, str) else item for item in items]
        usable = [
            {key: str(value) for key, value in entry.items() if value is not None}
            for entry in entries
            if isinstance(entry, dict) and _is_link(entry.get(member))
        ]
        if left_out := len(items) - len(usable):
            of = f"{left_out} of {len(items)} left out"
            _note(
                info,
                f"must have http(s) URLs, one per line, or a JSON list of objects with "
                f"'{member}': {of}",
            )
        return usable

    return AfterValidator(check)


def _is_link(value: object) -> bool:
    return isinstance(value, str) and is_web_url(value) and len(value) <= _MAX_URL


def _headers(value: object) -> object:
    """Read headers, one per line."""
    if not isinstance(value, str):
        return value
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    found = [re.fullmatch(_HEADER, line) for line in lines]
    headers = {one[1]: one[2] for one in found if one}
    if len(set(map(str.lower, headers))) < len(lines):
        raise ValueError("must be headers such as X-Team: payments, one per line, each name once")
    return headers


def _secret_text(value: object) -> object:
    text = _strip(value)
    if isinstance(text, str) and not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError(
            "must be one line without spaces or special characters: was it copied whole?"
        )
    return text


ShortText = Annotated[str, BeforeValidator(_strip)]
"""A text without white space around it."""

LooseName = Annotated[str, BeforeValidator(_one_name)]
"""What people call something, or its id; any text counts as one."""

Text = str
"""A text of any length, kept as it is."""

Name = Annotated[
    LooseName,
    _matching(
        r"[^\x00-\x1f\x7f\u2028\u2029]{1,255}",
        "must be a name or an id: one line of at most 255 characters",
    ),
]
"""What people call something, or its id."""

CommaSeparated = BeforeValidator(_split)
"""Splits a list as people type it: with commas, on lines, or as JSON."""

CaseInsensitive = BeforeValidator(_lower)
"""Makes a choice case-insensitive."""

NameList = Annotated[tuple[Name, ...], CommaSeparated, Field(min_length=1, max_length=_MAX_NAMES)]
BulkNames = Annotated[tuple[Name, ...], CommaSeparated, Field(min_length=1, max_length=_MAX_IDS)]
"""Like `NameList`, for jobs that no person waits for."""

SeveralOf = Annotated[
    tuple[Annotated[Item, CaseInsensitive], ...], CommaSeparated, Field(min_length=1)
]
"""Some of a few words, in any case."""

PagerDutyId = Annotated[
    LooseName,
    _matching(
        r"[A-Za-z0-9_-]{1,64}",
        "must be a PagerDuty id: letters and digits only, such as PABC123",
    ),
]
PagerDutyIds = Annotated[
    tuple[PagerDutyId, ...], CommaSeparated, Field(min_length=1, max_length=_MAX_IDS)
]
Email = Annotated[
    LooseName,
    _matching(
        r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+",
        "must be a single e-mail address",
    ),
]
RunId = Annotated[
    ShortText,
    _matching(r"[A-Za-z0-9_-]{1,128}", "must be the id of a Port run, such as r_AbC123"),
]
Blueprint = Annotated[
    ShortText,
    _matching(
        r"(?!\.{1,2}$)[A-Za-z0-9@_.+:=-]{1,100}",
        "must be the identifier of a blueprint, such as pagerdutyIncident",
    ),
]
Subdomain = Annotated[
    str,
    CaseInsensitive,
    _matching(
        r"[a-z0-9][a-z0-9-]{0,62}",
        "must be the subdomain alone, such as acme of acme.pagerduty.com",
    ),
]
Urgency = Annotated[Literal["high", "low"], CaseInsensitive]
Severity = Annotated[Literal["critical", "error", "warning", "info"], CaseInsensitive]
EventAction = Annotated[Literal["trigger", "acknowledge", "resolve"], CaseInsensitive]
Secret = Annotated[SecretStr, BeforeValidator(_secret_text)]
ApiUrl = Annotated[ShortText, AfterValidator(_api_url)]
WebUrl = Annotated[ShortText, AfterValidator(_web_url)]
Timestamp = Annotated[ShortText, AfterValidator(_timestamp)]
Folder = Annotated[ShortText, AfterValidator(_below_the_workspace)]
"""A folder below the workspace, its parts separated by ``/``."""

Details = Annotated[dict[str, Any], BeforeValidator(_json_object)]
Links = Annotated[list[Any], BeforeValidator(_json_list), _with_url("href")]
Images = Annotated[list[Any], BeforeValidator(_json_list), _with_url("src")]
Headers = Annotated[dict[str, str], BeforeValidator(_headers)]
"""Headers, as ``Name: value`` one per line."""
