"""``action.yml``: the contract with users."""

from __future__ import annotations

from typing import Any

from generate.model import Offered, all_outputs, own_inputs, shared_inputs
from generate.yaml_text import yaml_text

_HEADER = """\
# Made by `make generate` from the operations' models in src/pd_incident_action: edit those.
# No input has a default here: it would look like a value given under `with:`, and would so
# override what the workflow was dispatched with.
"""


def action_yml() -> str:
    """Make the Docker action's metadata."""
    document: dict[str, Any] = {
        "name": "PagerDuty incident action",
        "description": "Page the right people from Port, a workflow or a failed job: exactly once, "
        "and with the incident in your catalog",
        "author": "The pd-incident-action authors",
        "branding": {"icon": "bell", "color": "red"},
        "inputs": inputs(),
        "outputs": {name: {"description": text} for name, text in all_outputs().items()},
        "runs": {"using": "docker", "image": "Dockerfile"},
    }
    return _HEADER + yaml_text(document)


def inputs() -> dict[str, dict[str, Any]]:
    """Make the ``inputs`` section.

    Returns:
        Descriptions by input name, deprecated names last.
    """
    section: dict[str, dict[str, Any]] = {}
    deprecated: dict[str, str] = {}
    groups = [[offered] for offered in shared_inputs()] + list(own_inputs().values())
    for group in groups:
        name = group[0].name
        section[name] = {"description": _description(group), "required": False}
        for offered in group:
            deprecated |= dict.fromkeys(offered.input.deprecated, name)
    for old, name in deprecated.items():
        if old in section:
            continue
        section[old] = {
            "description": f"Older name of `{name}`, from port-labs/pagerduty-incident-gha.",
            "required": False,
            "deprecationMessage": f"Use {name} instead of {old}.",
        }
    return section


def _description(group: list[Offered]) -> str:
    """Describe an input, by operation where they put it differently."""
    texts = list(dict.fromkeys(describe(offered) for offered in group))
    if not group[0].used_by:
        return texts[0]
    used_by = {
        text: ", ".join(name for o in group if describe(o) == text for name in o.used_by)
        for text in texts
    }
    if len(texts) == 1:
        return f"{texts[0]} For {used_by[texts[0]]}."
    return " ".join(f"For {names}: {text}" for text, names in used_by.items())


def describe(offered: Offered) -> str:
    """Say what an input is for and what it is when it isn't given.

    Args:
        offered: the input.

    Returns:
        Sentences.
    """
    default = offered.default or offered.input.default_help
    text = offered.input.help + (f" Default: {default}." if default else "")
    required = offered.required and not offered.input.default_help
    return f"{text} Required." if required else text
