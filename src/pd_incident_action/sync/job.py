"""Copying an account's services and incidents into the catalog, from beginning to end."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pd_incident_action.errors import ApiUnavailable, ApiUnreachable, NotApplicable
from pd_incident_action.inputs.intervals import DateRange
from pd_incident_action.pagerduty.incident_lists import IncidentQuery, PagedLists
from pd_incident_action.port.entities import BULK_ENTITIES, PortEntities
from pd_incident_action.port.mapping import SERVICE_BLUEPRINT

from .entity_builder import Shape
from .pipeline import Pipeline
from .rate_limiter import Limiter
from .reading import IDS_AT_ONCE, IncidentReader, ServiceReader, parts_to_read
from .stale import find_stale
from .writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pd_incident_action.errors import ActionError
    from pd_incident_action.models import Entity
    from pd_incident_action.operations.base import OperationContext

    from .progress import SyncProgress

Source = TypeVar("Source")

_MOST_SECONDS_TO_TELL = 10.0
# PagerDuty never forgets incidents: where it knows none of many, it is another account.
_SUSPICIOUSLY_MANY = 20
_MOST_NAMED = 10


@dataclass(frozen=True)
class Plan:
    """What to copy.

    Attributes:
        services: whether services are wanted.
        incidents: whether incidents are wanted.
        on_call: whether it is wanted who is on call for the services.
        service_ids: PagerDuty's ids of the services that are meant; none for all.
        statuses: of the incidents.
        when: when the incidents were opened.
        delete_missing: whether to delete entities whose incident is gone.
    """

    services: bool
    incidents: bool
    on_call: bool
    service_ids: tuple[str, ...]
    statuses: tuple[str, ...]
    when: DateRange
    delete_missing: bool = False


class SyncJob:
    """Copies what is planned.

    Args:
        plan: what to copy.
        tools: both APIs.
        tally: counts what was done.

    Attributes:
        problems: what else went wrong, beside the entities that were refused.
        warnings: what the user may want to know although it worked.
    """

    def __init__(self, plan: Plan, tools: OperationContext, tally: SyncProgress) -> None:
        self._plan = plan
        self._tools = tools
        self._tally = tally
        self._stop = threading.Event()
        # Enough to tell everybody how far it got, before the time is up.
        self._reserve = min(_MOST_SECONDS_TO_TELL, tools.deadline.remaining() / 10)
        told = (tools.log, tools.deadline, self._stop)
        self._listing = PagedLists(Limiter("PagerDuty", tools.pagerduty.send, *told).send)
        self._to_port = Limiter("Port", tools.port.send, *told)
        self.problems: list[ActionError] = []
        self.warnings: tuple[str, ...] = ()

    def run(self) -> None:
        """Copy services first, since incidents relate to them.

        Raises:
            ActionError: an API refused or wasn't reached; whatever was written by then stays.
        """
        try:
            if self._plan.services or self._plan.on_call:
                self._copy_services()
            if self._plan.incidents and not self._stop.is_set():
                self._copy_incidents()
        finally:
            self._stop.set()

    def _copy_services(self) -> None:
        plan, shape = self._plan, self._shape(SERVICE_BLUEPRINT)
        self._tally.begin("services", len(plan.service_ids))
        reader = ServiceReader(
            self._listing, shape, self._tally, services=plan.services, on_call=plan.on_call
        )
        self._flow(reader.read, _groups(plan.service_ids, BULK_ENTITIES), shape)
        self.warnings += shape.warnings

    def _copy_incidents(self) -> None:
        plan, shape = self._plan, self._shape(self._tools.blueprint)
        self._tally.begin("incidents")
        reader = IncidentReader(self._listing, shape, self._tally)
        parts = [
            part
            for ids in _groups(plan.service_ids, IDS_AT_ONCE)
            for part in parts_to_read(self._listing, IncidentQuery(plan.statuses, ids), plan.when)
        ]
        if not parts and not plan.services:
            # PagerDuty takes a service that doesn't exist for one without incidents.
            for service in plan.service_ids:
                self._listing.service(service)
        self._tally.begin("incidents", sum(count for _, count in parts))
        self._flow(reader.read, parts, shape)
        if not self._stop.is_set():
            self._look_again(reader, shape)
        self.warnings += shape.warnings

    def _look_again(self, reader: IncidentReader, shape: Shape) -> None:
        """Bring up to date what the catalog shows as open, but PagerDuty doesn't list as such."""
        plan, entities = self._plan, self._entities(shape)
        wanted = IncidentQuery(plan.statuses, plan.service_ids)
        stale = find_stale(entities, shape, wanted, plan.when, reader.seen)
        ids = list(stale)
        if not ids:
            return
        self._tally.begin("closed or moved incidents", len(ids))
        self._flow(reader.look_up, _groups(ids, BULK_ENTITIES), shape)
        if reader.gone and not self._stop.is_set():
            self._remove(entities, reader, ids)

    def _remove(self, entities: PortEntities, reader: IncidentReader, asked: list[str]) -> None:
        gone = reader.gone
        named = ", ".join(gone[:_MOST_NAMED]) + (", …" if len(gone) > _MOST_NAMED else "")
        if not self._plan.delete_missing:
            what = f"The catalog shows incidents that PagerDuty doesn't have: {named}"
            hint = "Set delete-missing: true to delete them."
            self.warnings += (f"{what} ({len(gone)} in all). {hint}",)
            return
        if len(gone) == len(asked) > _SUSPICIOUSLY_MANY and not reader.seen:
            self.problems.append(
                NotApplicable(
                    f"Nothing was deleted: PagerDuty has none of the {len(gone)} incidents that "
                    f"the catalog shows ({named})",
                    "this looks like another PagerDuty account than the one they came from",
                    "check pagerduty-token and pagerduty-region",
                )
            )
            return
        for identifier in gone:
            self._tick()
            if self._stop.is_set():
                return
            entities.delete(identifier)
            self._tally.count(deleted=1)

    def _entities(self, shape: Shape) -> PortEntities:
        # An incident of a service that isn't in the catalog yet brings it along.
        return PortEntities(self._to_port.send, shape.identifier, create_missing=True)

    def _shape(self, blueprint: str) -> Shape:
        return Shape(
            self._tools.port.blueprint(blueprint),
            self._tools.redact,
            self._tools.config.mapping,
        )

    def _flow(
        self,
        read: Callable[[Source], Iterable[list[Entity]]],
        sources: Sequence[Source],
        shape: Shape,
    ) -> None:
        writer = Writer(self._entities(shape), self._tally, dry_run=self._tools.dry_run)
        grace = self._reserve / 2
        try:
            Pipeline(read, writer.write, self._stop, self._tick, grace).run(sources)
        except (ApiUnavailable, ApiUnreachable) as error:
            if self._tools.deadline.remaining() > self._reserve:
                raise
            self._time_is_up(f"timeout allows no more, and at last {error.summary}")
        if writer.hidden:
            self.warnings += (f"Further requests like these, not shown: {writer.hidden}.",)

    def _tick(self) -> None:
        self._tally.tick()
        if self._tools.deadline.remaining() <= self._reserve and not self._stop.is_set():
            self._time_is_up("timeout allows no more")

    def _time_is_up(self, cause: str) -> None:
        self._stop.set()
        self.problems.append(
            NotApplicable(
                f"The time was up before everything was copied ({self._tally.so_far})",
                cause,
                "raise timeout (up to 3600), share the services out among jobs with operation: "
                "sync-plan, or begin later with since; what was written stays, and a further "
                "run may begin anew",
            )
        )


def _groups(ids: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Cut ids into groups; without any, there is one group that stands for all."""
    return [tuple(ids[start : start + size]) for start in range(0, len(ids), size)] or [()]
