"""Reading the configuration file; what is wrong in it is reported with its line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, cast

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from pd_incident_action.errors import InputProblem
from pd_incident_action.port.jq_mapping import check_expression
from pd_incident_action.text import nearest, shorten

from . import DEFAULT_PATHS, MAX_BYTES, find_files, is_inline
from .model import Config, SeverityPolicy, fold, keys_of, written

# Far more than a configuration needs, and no more than is read at once.
_MAX_NODES = 10_000
_MAX_DEPTH = 20
_MAX_CHARACTERS = 10_000
_INLINE = "config"
_MAX_PROBLEMS = 20
_MAX_KEY_CHARACTERS = 100
_FILE = TypeAdapter[Config](Annotated[Config, written(Config)])
# libyaml is ten times as fast; PyYAML's wheels have it.
_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _unsupported(problem: str, event: yaml.Event | yaml.Node) -> yaml.MarkedYAMLError:
    """Return the error of YAML that is larger, or more powerful, than a configuration needs."""
    return yaml.MarkedYAMLError(problem=problem, problem_mark=cast("yaml.Mark", event.start_mark))


def _check_size(events: Iterable[yaml.Event]) -> None:
    """Check a document's size as it would be with all aliases and merges written out.

    Raises:
        MarkedYAMLError: it is too large or nested too deeply; refers to itself; or has tags,
            with which any value can be made to fail later.
    """
    count = 0
    # By anchor, how many nodes it stands for.
    sizes: dict[str | None, int] = {}
    # The collections that an event is in: anchor, and the count before.
    started: list[tuple[str | None, int]] = []
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor in {anchor for anchor, _ in started}:
                raise _unsupported(f"'&{event.anchor}' refers to itself", event)
            count += sizes.get(event.anchor, 0)
        elif isinstance(event, (yaml.ScalarEvent, yaml.CollectionStartEvent)):
            count += 1
            _check_node(event)
            sizes[event.anchor] = 1
        if isinstance(event, yaml.CollectionStartEvent):
            started.append((event.anchor, count - 1))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = started.pop()
            sizes[anchor] = count - before
        if len(started) > _MAX_DEPTH:
            raise _unsupported(f"it is nested more than {_MAX_DEPTH} levels deep", event)
        if count > _MAX_NODES:
            limit = f"{_MAX_NODES:,} names and values"
            raise _unsupported(f"it has more than {limit}, with aliases written out", event)


def _check_node(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
    if event.tag is not None:
        raise _unsupported(f"the tag {event.tag} isn't supported", event)
    if isinstance(event, yaml.ScalarEvent) and len(event.value) > _MAX_CHARACTERS:
        raise _unsupported(f"a text has more than {_MAX_CHARACTERS:,} characters", event)


def read_config(given: str | None, workspace: Path) -> tuple[Config | None, list[InputProblem]]:
    """Read the configuration.

    Args:
        given: the input ``config``: a path below the workspace, or the YAML itself.
        workspace: the checked-out repository.

    Returns:
        The configuration, or None if there is none or it is wrong, and all problems.
    """
    if given is not None and is_inline(given):
        return parse(given, _INLINE)
    names = [given] if given else find_files(workspace)
    if len(names) > 1:
        problem = f"could be either of {' and '.join(names)}; delete one of them"
        return None, [InputProblem("config", problem)]
    for name in names:
        try:
            with (workspace / name).open("rb") as file:
                text = file.read(MAX_BYTES + 1).decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            problem = f"names the file {name}, which can't be read ({reason}); check out the "
            problem += "repository before this step, or give the YAML itself"
            return None, [InputProblem("config", problem, DEFAULT_PATHS[0])]
        return parse(text, name)
    return None, []


def parse(text: str, name: str) -> tuple[Config | None, list[InputProblem]]:
    """Parse YAML and check it.

    Returns:
        The configuration, or None if anything is wrong, and all problems.
    """
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        problem = f"({name}) is larger than {MAX_BYTES // 2**10} KiB"
        return None, [InputProblem("config", problem)]
    try:
        root, values = _load(text)
    except yaml.YAMLError as error:
        return None, [InputProblem("config", _yaml_problem(error, name))]
    except (ArithmeticError, ValueError) as error:
        return None, [InputProblem("config", f"({name}) isn't usable YAML: {error}")]
    if root is None or values is None:
        return Config(), []
    try:
        config = _FILE.validate_python(values, context=check_expression)
    except ValidationError as error:
        return None, _problems(error.errors(include_url=False), root, name)
    if config.statuses:
        status = config.status_expression(".status // .incident_status.name")
        config = replace(config, mapping={"status": status, **config.mapping})
    return config, []


def _load(text: str) -> tuple[yaml.Node | None, Any]:
    """Return a document's root and its content."""
    _check_size(yaml.parse(text, _Loader))
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        _check_keys(root, in_mapping=False)
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()


def _check_keys(node: yaml.Node | None, *, in_mapping: bool) -> None:
    """Check that no key is there twice, of which YAML would take the last one.

    Args:
        node: what the document is made of.
        in_mapping: whether it is below ``mapping``, where names are Port's and case matters.

    Raises:
        MarkedYAMLError: a key is.
    """
    lines: dict[str, int] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        name = str(key.value)
        folded = name if in_mapping else fold(name)
        if folded in lines:
            problem = f"the key '{shorten(name, _MAX_KEY_CHARACTERS)}' is already in line "
            raise _unsupported(f"{problem}{lines[folded]}; delete one of them", key)
        lines[folded] = key.start_mark.line + 1
        _check_keys(value, in_mapping=in_mapping or name == "mapping")


def _problems(details: Sequence[ErrorDetails], root: yaml.Node, name: str) -> list[InputProblem]:
    texts = [_problem(detail, root, name) for detail in details[:_MAX_PROBLEMS]]
    if more := len(details) - len(texts):
        texts.append(f"({name}) has {more:,} more problems")
    return [InputProblem("config", text) for text in texts]


def _yaml_problem(error: yaml.YAMLError, name: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f", line {mark.line + 1}" if mark is not None else ""
    what = getattr(error, "problem", None) or "it can't be parsed"
    return f"({name}{line}) isn't usable YAML: {what}"


def _problem(detail: ErrorDetails, root: yaml.Node, name: str) -> str:
    keys = [str(key) for key in detail["loc"] if key != "[key]"]
    line = _line_of(root, keys)
    where, key = f"({name}, line {line})", shorten(".".join(keys), _MAX_KEY_CHARACTERS)
    if detail["type"] == "unexpected_keyword_argument":
        return f"{where} has an unknown key '{key}'{_suggestion(keys)}"
    message = detail["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}: '{key or 'the whole'}' {_as_predicate(message, detail)}"


def _as_predicate(message: str, detail: ErrorDetails) -> str:
    if message.startswith(("must", "is", "has", "names")):
        return message
    if detail["type"] == "literal_error":
        return f"must be one of {detail['ctx']['expected'].replace(chr(39), '')}"
    if detail["type"] == "string_type":
        return "must be text; put it in quotes"
    if detail["type"] in {"dict_type", "dataclass_type"}:
        return "must be a mapping of names to values"
    return f"is wrong: {message[:1].lower()}{message[1:]}"


def _suggestion(keys: list[str]) -> str:
    known = keys_of(SeverityPolicy if len(keys) > 1 else Config)
    near = nearest(keys[-1].replace("_", "-"), known, 0.5)
    return f". Did you mean '{near}'?" if near else f"; known are {', '.join(known)}"


def _line_of(node: yaml.Node, keys: list[str]) -> int:
    """Return the line of the deepest existing key of a path."""
    line = node.start_mark.line + 1
    for key in keys:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        found = next(((k, v) for k, v in pairs if str(k.value) == key), None)
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line


def json_schema() -> dict[str, Any]:
    """Build the JSON Schema with which editors check the file."""
    schema = _FILE.json_schema()
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}
