"""The configuration file's ``mapping``: jq expressions that set properties of incidents' entities.

https://jqlang.org/manual/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pd_incident_action.models import Outcome


def apply_jq_mapping(outcome: Outcome, expressions: Mapping[str, str]) -> Outcome:
    """Evaluate the mapping for each incident whose JSON the provider gave.

    Args:
        outcome: what the operation achieved.
        expressions: jq expressions by property; jq is loaded only if there are any.

    Returns:
        The outcome with the properties, and a warning for each expression that failed.
    """
    if not expressions:
        return outcome
    overrides, warnings = {}, dict[str, None]()
    for incident in outcome.incidents:
        if incident.raw:
            overrides[incident.id], problems = evaluate_mapping(incident.raw, expressions)
            warnings |= dict.fromkeys(problems)
    return replace(outcome, overrides=overrides, warnings=(*outcome.warnings, *warnings))


def evaluate_mapping(
    incident: Mapping[str, Any], expressions: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Evaluate the mapping for an incident.

    Args:
        incident: the provider's JSON.
        expressions: jq expressions by property.

    Returns:
        Values by property, None for those to leave out, and a sentence for each failure.
    """
    values: dict[str, Any] = dict.fromkeys(expressions)
    problems = []
    for name, expression in expressions.items():
        try:
            values[name] = evaluate(expression, incident)
        except ValueError as error:
            problems.append(
                f"The mapping of property '{name}' failed and the property was left out: "
                f"{expression} says {str(error).rstrip('.')}."
            )
    return values, problems


def merge_properties(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with the mapping's values, without those that it leaves out."""
    merged = {**properties, **overrides}
    return {name: value for name, value in merged.items() if value is not None}


def check_expression(expression: str) -> str:
    """Check that an expression compiles, and return it; unchecked where jq isn't installed.

    Raises:
        ValueError: it doesn't compile.
    """
    try:
        _compile(expression)
    except ImportError:
        return expression
    except ValueError as error:
        msg = f"must be a jq expression: {_first_line(error)}"
        raise ValueError(msg) from error
    return expression


def evaluate(expression: str, data: object) -> object:
    """Return the first value that an expression makes of JSON data, or None if there is none.

    Raises:
        ValueError: it fails for the data, or jq isn't installed.
    """
    try:
        program = _compile(expression)
        return next(iter(program.input_value(data)), None)
    except ImportError as error:
        msg = "the Python package jq is not installed"
        raise ValueError(msg) from error
    except ValueError as error:
        raise ValueError(_first_line(error)) from error


def _compile(expression: str) -> Any:  # noqa: ANN401 - jq has no types
    import jq  # noqa: PLC0415 - 9 ms, and few workflows have a mapping

    return jq.compile(expression)


def _first_line(error: ValueError) -> str:
    line = str(error).strip().partition("\n")[0]
    return line.removeprefix("jq: error: ").rstrip(":")
