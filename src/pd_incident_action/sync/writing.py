"""Writing entities in bulk, and alone where Port doesn't take them together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pd_incident_action.errors import ApiRejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pd_incident_action.models import Entity
    from pd_incident_action.port.entities import PortEntities

    from .progress import SyncProgress

# Too large together, or something in one of them that makes Port refuse all.
_BECAUSE_OF_ONE = frozenset({413, 422})
_SHOWN_IN_DRY_RUN = 5


class Writer:
    """Writes batches of entities and counts them.

    Args:
        entities: where to.
        tally: counts them.
        dry_run: whether only the first batches are handed over, to be shown.

    Attributes:
        hidden: how many batches weren't handed over.
    """

    def __init__(self, entities: PortEntities, tally: SyncProgress, *, dry_run: bool) -> None:
        self._entities = entities
        self._tally = tally
        self.hidden = 0
        self._left_to_show = _SHOWN_IN_DRY_RUN if dry_run else None

    def write(self, batch: Sequence[Entity]) -> None:
        """Write a batch.

        Args:
            batch: at most `BULK_ENTITIES`.

        Raises:
            ApiError: Port takes none of them, whatever they are, or wasn't reached.
        """
        if self._left_to_show == 0:
            self.hidden += 1
            self._tally.count(written=len(batch))
            return
        if self._left_to_show is not None:
            self._left_to_show -= 1
        try:
            refusals = self._entities.upsert_all(batch)
        except ApiRejected as error:
            if error.status not in _BECAUSE_OF_ONE:
                raise
            self._write_each(batch, error)
            return
        self._tally.count(written=len(batch) - len(refusals))
        self._tally.fail(refusals.values())

    def _write_each(self, batch: Sequence[Entity], error: ApiRejected) -> None:
        if len(batch) == 1:
            self._tally.fail([error])
            return
        for entity in batch:
            self.write([entity])
