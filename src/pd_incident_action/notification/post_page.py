"""What operations that page people have in common: inputs, outputs, and what follows the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Protocol, runtime_checkable

from pd_incident_action.inputs.fields import InputSpec, ShortText

from .context_note import add_context_note
from .verify import verify_notified

if TYPE_CHECKING:
    from pd_incident_action.models import Outcome
    from pd_incident_action.operations.base import OperationContext

RequireResponder = Annotated[
    bool,
    InputSpec(
        "`true` makes the step fail unless PagerDuty shows, within 15 seconds after the page, that "
        "somebody was notified. Otherwise that is a warning, after 3 seconds.",
        example="true",
    ),
]
Enrich = Annotated[
    bool,
    InputSpec(
        "`true` writes a note for the responders on a new incident: what Port knows of the entity, "
        "the workflow run, the last changes, and similar incidents. It follows the page.",
        example="true",
    ),
]
ContextEntity = Annotated[ShortText | None, InputSpec("", hidden=True, origin="entity")]
"""What the Port action was run on."""

ContextBlueprint = Annotated[ShortText | None, InputSpec("", hidden=True, origin="blueprint")]
"""The blueprint of that entity."""

OUTPUTS: Mapping[str, str] = {
    "notified": "Names of the people whom PagerDuty has notified by the end of the run, separated "
    "by commas.",
    "next-escalation-at": "When PagerDuty pages the next level unless somebody acknowledges the "
    "incident, in ISO 8601; empty if it does not.",
}


class Paging(Protocol):
    """What is asked for, of an operation that pages."""

    @property
    def require_responder(self) -> bool:
        """Whether it is a failure when nobody is notified."""


@runtime_checkable
class Enriched(Protocol):
    """What is asked for, of an operation that opens incidents: what `Clicked` has, and a wish."""

    @property
    def enrich(self) -> bool:
        """Whether responders get a note."""

    @property
    def entity(self) -> str | None:
        """What the Port action was run on."""

    @property
    def context_blueprint(self) -> str | None:
        """The blueprint of that entity."""


def follow_up(request: Paging, outcome: Outcome, tools: OperationContext) -> Outcome:
    """Do what can wait until the page is out: write the note, see whether anybody was notified.

    Args:
        request: what was asked for.
        outcome: what came of it.
        tools: PagerDuty's REST API, and Port's, as far as there are credentials.

    Returns:
        The outcome, with what was found out; trouble on the way is a warning.
    """
    if isinstance(request, Enriched) and request.enrich:
        outcome = add_context_note(request, outcome, tools)
    return verify_notified(outcome, tools, required=request.require_responder)
