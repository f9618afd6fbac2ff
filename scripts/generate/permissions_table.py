"""The table in ``docs/permissions.md``: what each operation needs, and no more than that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generate.markdown import rows_of
from generate.model import all_operations, label

if TYPE_CHECKING:
    from pd_incident_action.operations.base import Operation

_BEGIN = "<!-- permissions: made by `make generate` -->"
_END = "<!-- end of permissions -->"
# An API key's roles are chosen when it is made; https://docs.incident.io/ calls them so.
_ROLES = {"create": ("view data", "create incidents")}
_OTHER_ROLES = ("view data", "edit incidents")
# What these are about has no entity in the catalog.
_WITHOUT_ENTITY = frozenset({"change-event", "doctor", "override", "report", "setup", "sync-plan"})


def permissions_page(text: str) -> str:
    """Put the tables into the page.

    Args:
        text: the page; the tables go between its two comments.

    Returns:
        The page with the tables as they have to be.
    """
    before, rest = text.split(_BEGIN, 1)
    _, after = rest.split(_END, 1)
    return f"{before}{_BEGIN}\n{_pagerduty()}\n{_incident_io()}{_END}{after}"


def _pagerduty() -> str:
    rows = [
        (_name(one), _codes(one.required_credentials) or "none", _scopes(one), _blueprint(one))
        for one in all_operations()
        if one.provider == "pagerduty"
    ]
    return rows_of(("Operation", "Credential", "Scopes of an app", "Entities in Port"), rows)


def _incident_io() -> str:
    rows = [
        (
            _name(one),
            _codes(one.required_credentials),
            ", ".join(_ROLES.get(one.name, _OTHER_ROLES)),
            _blueprint(one),
        )
        for one in all_operations()
        if one.provider == "incident-io"
    ]
    return rows_of(("Operation", "Credential", "Permissions of the key", "Entities in Port"), rows)


def _name(operation: type[Operation]) -> str:
    anchor = label(operation).replace(" ", "-").replace(".", "")
    return f"[`{label(operation)}`](operations.md#{anchor})"


def _scopes(operation: type[Operation]) -> str:
    scopes = _codes(operation.scopes) or "none"
    if not operation.scopes or "pagerduty-token" in operation.required_credentials:
        return scopes
    return f"optional: {scopes}"


def _blueprint(operation: type[Operation]) -> str:
    without = operation.name in _WITHOUT_ENTITY
    return "none" if without else f"`{operation.entity_blueprint}`"


def _codes(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)
