"""Writing what came of it into Port's catalog, in the shape that the blueprint has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pd_incident_action.errors import ApiError, ApiRejected

from . import mapping
from .client import BULK_ENTITIES

if TYPE_CHECKING:
    from pd_incident_action.models import Entity
    from pd_incident_action.redaction import Redactor

    from .client import Port

_REFUSED_RELATION = frozenset({404, 422})


class EntityWriter:
    """Writes entities of one blueprint.

    Args:
        port: Port's API.
        blueprint: the blueprint's identifier.
        run_id: the run to tie them to, or None.
        redactor: removes secrets from them.

    Attributes:
        run_id: the run to tie them to; None once Port doesn't take any more for it.
        written: the entities as Port has them.
        unwritten: the entities that Port hasn't.
        refused: what Port will never take.
        notices: what the user may want to know although nothing is wrong.
    """

    def __init__(self, port: Port, blueprint: str, run_id: str | None, redactor: Redactor) -> None:
        self.run_id = run_id
        self.written: tuple[Entity, ...] = ()
        self.unwritten: tuple[Entity, ...] = ()
        self.refused: list[ApiError] = []
        self.notices: list[str] = []
        self._port = port
        self._blueprint_id = blueprint
        self._redactor = redactor
        self._schema: Mapping[str, Any] = mapping.DOCUMENTED_BLUEPRINT

    def read_blueprint(self) -> None:
        """Learn the shape that entities must have, where any may come; raises `ApiError`."""
        if self._blueprint_id:
            self._schema = self._port.blueprint(self._blueprint_id)

    def write(self) -> None:
        """Write what isn't written: many in few requests, and what is refused once more alone.

        Raises:
            ApiError: Port refused the only entity, or wasn't reached.
        """
        alone = len(self.unwritten) == 1
        if not alone:
            self._write_together()
        for entity in self.unwritten:
            try:
                self._write_one(entity)
            except ApiRejected as error:
                if alone:
                    raise
                self.refused.append(error)
            else:
                self.unwritten = tuple(one for one in self.unwritten if one is not entity)

    def _write_together(self) -> None:
        waiting = self.unwritten
        left: tuple[Entity, ...] = ()
        for start in range(0, len(waiting), BULK_ENTITIES):
            some = waiting[start : start + BULK_ENTITIES]
            fitted = [self._fit(entity) for entity in some]
            scrubbed = [self._redactor.scrub_entity(entity) for entity in fitted]
            refused = self._port.upsert_all(scrubbed, self.run_id)
            self.written += tuple(one for i, one in enumerate(fitted) if i not in refused)
            left += tuple(one for i, one in enumerate(some) if i in refused)
            self.unwritten = left + waiting[start + len(some) :]

    def _write_one(self, entity: Entity) -> None:
        fitted = self._fit(entity)
        try:
            self._upsert(fitted)
        except ApiRejected as error:
            if not fitted.relations or error.status not in _REFUSED_RELATION:
                raise
            # An incident without its service is worth more than no incident at all.
            self._upsert(replace(fitted, relations={}))
            self.refused.append(error)

    def _fit(self, entity: Entity) -> Entity:
        fitted, left_out = mapping.fit(entity, self._schema)
        remark = (
            f"The blueprint lacks {', '.join(left_out)}, left out of the entity; add them to "
            "the blueprint to see them in the catalog."
        )
        if left_out and remark not in self.notices:
            self.notices.append(remark)
        return fitted

    def _upsert(self, entity: Entity) -> None:
        self._port.upsert(self._redactor.scrub_entity(entity), self.run_id)
        self.written += (entity,)
