"""What the configuration file's ``mapping`` makes of an incident, in place of what we'd write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome


def apply_jq_mapping(outcome: Outcome, expressions: Mapping[str, str]) -> Outcome:
    """Evaluate the mapping for each incident whose JSON the provider gave.

    Args:
        outcome: what the operation achieved.
        expressions: jq expressions by property; without any, jq isn't even loaded.

    Returns:
        The outcome with the properties, and a warning for each expression that failed.
    """
    if not expressions:
        return outcome
    found, warnings = {}, list[str]()
    for incident in outcome.incidents:
        if incident.raw:
            found[incident.id], problems = properties_of(incident.raw, expressions)
            warnings += problems
    unique = tuple(dict.fromkeys(warnings))
    return replace(outcome, overrides=found, warnings=outcome.warnings + unique)


def properties_of(
    incident: Mapping[str, Any], expressions: Mapping[str, str]
) -> tuple[dict[str, Any], list[str]]:
    """Evaluate the mapping for an incident.

    Args:
        incident: the provider's JSON.
        expressions: jq expressions by property.

    Returns:
        Values by property, None for those to be left out, and a sentence for each failure.
    """
    from .jq_expressions import evaluate  # noqa: PLC0415 - only where there is a mapping

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


def overridden(properties: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Put the mapping's values in place of ours.

    Args:
        properties: ours, by name.
        overrides: the mapping's.

    Returns:
        All of them, without those that the mapping leaves out.
    """
    merged = {**properties, **overrides}
    return {name: value for name, value in merged.items() if value is not None}
