"""Syncing an account's services and incidents to the catalog, from beginning to end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import chain, islice
from typing import TypeVar

from pd_incident_action.errors import (
    ActionError,
    ApiRejected,
    ApiUnavailable,
    ApiUnreachable,
    NotApplicable,
)
from pd_incident_action.http.deadline import Deadline
from pd_incident_action.inputs.intervals import DateRange
from pd_incident_action.models import Entity
from pd_incident_action.pagerduty.client import PagerDuty, Send
from pd_incident_action.pagerduty.directory import Directory
from pd_incident_action.pagerduty.incident_lists import IncidentQuery
from pd_incident_action.pagerduty.services import Services
from pd_incident_action.port.client import PortClient
from pd_incident_action.port.entities import BULK_ENTITIES, PortEntities
from pd_incident_action.port.mapping import SERVICE_BLUEPRINT

from .directory import BLUEPRINTS, CLEARED, DirectoryReader
from .pipeline import BatchWriter, Pipeline, RateLimiter, SyncProgress
from .readers import MAX_IDS, EntityBuilder, IncidentReader, ServiceReader, batched, find_stale

Source = TypeVar("Source")

_MAX_RESERVED_SECONDS = 10.0
# PagerDuty never forgets incidents: if it knows none of many, it is another account.
_SUSPICIOUSLY_MANY = 20
_MAX_NAMED = 10
_TRIGGER = ("first_trigger_log_entries",)
# A blueprint that Port doesn't have, or what a key may not read.
_NOT_TO_BE_HAD = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


@dataclass(frozen=True, kw_only=True)
class SyncOptions:
    """What to sync, and how.

    Attributes:
        parts: services, incidents, on-call, and the kinds of `BLUEPRINTS`.
        must_exist: whether these were asked for by name, so that their blueprints have to be there.
        service_ids: PagerDuty's ids of the services; none for all.
        dry_run: whether only some requests are made up, to be shown.
    """

    parts: tuple[str, ...]
    must_exist: bool
    service_ids: tuple[str, ...]
    statuses: tuple[str, ...]
    created: DateRange
    delete_missing: bool
    incident_blueprint: str
    own_statuses: tuple[str, ...]
    mapping: Mapping[str, str]
    dry_run: bool


@dataclass(kw_only=True, eq=False)
class SyncJob:
    """Syncs according to the options."""

    options: SyncOptions
    pagerduty: PagerDuty
    port: PortClient
    progress: SyncProgress
    log: Callable[[str], None]
    deadline: Deadline
    redact: Callable[[Entity], Entity]
    problems: list[ActionError] = field(default_factory=list, init=False)
    warnings: list[str] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        self._stop = threading.Event()
        # Enough to report how far it got before the time is up.
        self._reserve = min(_MAX_RESERVED_SECONDS, self.deadline.remaining() / 10)
        self._send_to_port = self._limit("Port", self.port.send)
        self._pagerduty = self.pagerduty.with_sender(self._limit("PagerDuty", self.pagerduty.send))

    def _limit(self, name: str, send: Send) -> Send:
        return RateLimiter(name, send, self.log, self.deadline, self._stop).send

    def run(self) -> None:
        """Sync services first, since incidents relate to them.

        Raises:
            ActionError: an API refused or wasn't reached; what was written before stays.
        """
        parts = self.options.parts
        reader = DirectoryReader(self._pagerduty, self.options.created.now)
        try:
            if {"services", "on-call"} & {*parts}:
                self._sync_services()
            if "incidents" in parts and not self._stop.is_set():
                self._sync_incidents()
            for kind in BLUEPRINTS:
                if kind in parts and not self._stop.is_set():
                    self._sync_directory(kind, reader)
        finally:
            self._stop.set()

    def _sync_services(self) -> None:
        options, builder = self.options, self._builder(SERVICE_BLUEPRINT)
        self.progress.begin("services", len(options.service_ids))
        parts = options.parts
        reader = ServiceReader(
            self._pagerduty, builder, services="services" in parts, on_call="on-call" in parts
        )
        # Without ids, the one group of none stands for all services.
        self._run_pipeline(reader.read, _groups(options.service_ids, BULK_ENTITIES), builder)
        self.warnings += builder.warnings

    def _sync_incidents(self) -> None:
        options, builder = self.options, self._builder(self.options.incident_blueprint)
        self.progress.begin("incidents")
        fields = self._custom_fields(builder)
        include = _TRIGGER if "triggered_by" in builder.blueprint.properties else ()
        reader = IncidentReader(self._pagerduty, builder, fields)
        parts = [
            part
            for ids in _groups(options.service_ids, MAX_IDS)
            for part in reader.plan(
                IncidentQuery(options.statuses, ids, include=include), options.created
            )
        ]
        if not parts and "services" not in options.parts:
            Services(self._pagerduty).check_exist(options.service_ids)
        self.progress.begin("incidents", sum(count for _, count in parts))
        self._run_pipeline(reader.read, parts, builder)
        if not self._stop.is_set():
            self._update_stale(reader, builder)
        self.warnings += builder.warnings

    def _custom_fields(self, builder: EntityBuilder) -> frozenset[str]:
        """Return the names of custom fields that the blueprint has a property for."""
        wanted = builder.own_properties - self.options.mapping.keys()
        if not wanted:
            return frozenset()
        directory = Directory(self._pagerduty)
        try:
            types = directory.incident_types()
            fields = [field for one in types for field in directory.custom_fields(one)]
        except ApiRejected as error:
            self.log(f"Custom fields are not synced: {error}")
            return frozenset()
        return wanted & {field.name for field in fields}

    def _sync_directory(self, kind: str, reader: DirectoryReader) -> None:
        """Sync one kind, unless nobody asked for it by name and it isn't to be had."""
        name, entities = kind.replace("-", " "), reader.read(kind)
        try:
            builder = self._builder(BLUEPRINTS[kind])
            # The first one shows whether the key may read them.
            first = list(islice(entities, 1))
        except ApiRejected as error:
            if self.options.must_exist or error.status not in _NOT_TO_BE_HAD:
                raise
            self.log(f"The {name} are not synced: {error}")
            return
        self.progress.begin(name)

        every = (builder.conform(one, CLEARED) for one in chain(first, entities))
        self._run_pipeline(lambda source: source, [every], builder)
        self.warnings += builder.warnings

    def _update_stale(self, reader: IncidentReader, builder: EntityBuilder) -> None:
        """Update what the catalog shows as open, but PagerDuty doesn't list as such."""
        options, entities = self.options, self._entities(builder)
        shown = IncidentQuery((*options.statuses, *options.own_statuses), options.service_ids)
        found = find_stale(entities, builder.blueprint, shown, options.created, reader.seen)
        stale = list(found)
        if not stale:
            return
        self.progress.begin("closed or moved incidents", len(stale))
        self._run_pipeline(reader.look_up, _groups(stale, BULK_ENTITIES), builder)
        if reader.missing and not self._stop.is_set():
            is_suspicious = len(reader.missing) == len(stale) > _SUSPICIOUSLY_MANY
            self._handle_missing(
                reader.missing, entities, is_suspicious=is_suspicious and not reader.seen
            )

    def _handle_missing(
        self, missing: Sequence[str], entities: PortEntities, *, is_suspicious: bool
    ) -> None:
        named = ", ".join(missing[:_MAX_NAMED]) + (", …" if len(missing) > _MAX_NAMED else "")
        if not self.options.delete_missing:
            self.warnings.append(
                f"The catalog shows incidents that PagerDuty doesn't have: {named} ({len(missing)} "
                "in all). Set delete-missing: true to delete them."
            )
            return
        if is_suspicious:
            self.problems.append(
                NotApplicable(
                    f"Nothing was deleted: PagerDuty has none of the {len(missing)} incidents that "
                    f"the catalog shows ({named})",
                    "this looks like another PagerDuty account than the one they came from",
                    "check pagerduty-token and pagerduty-region",
                )
            )
            return
        for identifier in missing:
            self._tick()
            if self._stop.is_set():
                return
            entities.delete(identifier)
            self.progress.count(deleted=1)

    def _entities(self, builder: EntityBuilder) -> PortEntities:
        # An incident of a service that isn't in the catalog yet brings it along.
        blueprint = builder.blueprint.identifier
        return PortEntities(self._send_to_port, blueprint, create_missing=True)

    def _builder(self, blueprint: str) -> EntityBuilder:
        find_email = Directory(self._pagerduty).find_email
        shape = self.port.blueprint(blueprint)
        return EntityBuilder(shape, self.redact, self.options.mapping, find_email)

    def _run_pipeline(
        self,
        read: Callable[[Source], Iterable[Entity]],
        sources: Sequence[Source],
        builder: EntityBuilder,
    ) -> None:
        writer = BatchWriter(self._entities(builder), self.progress, dry_run=self.options.dry_run)
        grace = self._reserve / 2

        def read_batches(source: Source) -> Iterator[list[Entity]]:
            for batch in batched(read(source), BULK_ENTITIES):
                self.progress.count(read=len(batch))
                yield batch

        try:
            Pipeline(read_batches, writer.write, self._stop, self._tick, grace).run(sources)
        except (ApiUnavailable, ApiUnreachable) as error:
            if self.deadline.remaining() > self._reserve:
                raise
            self._time_is_up(f"the timeout was reached; last error: {error.summary}")
        if writer.skipped:
            self.warnings.append(f"Further requests like these, not shown: {writer.skipped}.")

    def _tick(self) -> None:
        self.deadline.cancellation.check()
        self.progress.tick()
        if self.deadline.remaining() <= self._reserve and not self._stop.is_set():
            self._time_is_up("the timeout was reached")

    def _time_is_up(self, cause: str) -> None:
        self._stop.set()
        self.problems.append(
            NotApplicable(
                f"Not everything was synced in time ({self.progress.status})",
                cause,
                "raise timeout (up to 1h), split the services across jobs with operation: "
                "sync-plan, or start later with since; what was written stays, and another run "
                "may start again",
            )
        )


def _groups(ids: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Split ids into groups; none are one group, which stands for all."""
    return [tuple(group) for group in batched(ids, size)] or [()]
