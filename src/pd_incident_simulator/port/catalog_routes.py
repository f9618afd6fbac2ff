"""Endpoints about blueprints and entities."""

from __future__ import annotations

from pd_incident_simulator.exchange import Reply, Request
from pd_incident_simulator.routes import route

from .base import PortRoutes
from .search import found, page_of
from .things import Json, RefusedError, invalid
from .writing import API, Writing

_MOST_IN_BULK = 20
_BLUEPRINT = "/v1/blueprints/{blueprint}"
_ENTITIES = f"{_BLUEPRINT}/entities"
_ENTITY = f"{_ENTITIES}/{{identifier}}"


class CatalogRoutes(PortRoutes):
    """https://docs.port.io/api-reference/port-api under Blueprints and Entities."""

    @route("GET", "/v1/blueprints")
    def list_blueprints(self, _request: Request) -> Reply:
        """List blueprints."""
        return Reply(200, {"ok": True, "blueprints": list(self.state.blueprints.values())})

    @route("POST", "/v1/blueprints")
    def create_blueprint(self, request: Request) -> Reply:
        """Add a blueprint."""
        blueprint = self.state.define(request.json, is_new=True)
        return Reply(201, {"ok": True, "blueprint": blueprint})

    @route("GET", _BLUEPRINT)
    def get_blueprint(self, request: Request) -> Reply:
        """Show a blueprint."""
        blueprint = self.state.blueprint(request.parameters["blueprint"])
        return Reply(200, {"ok": True, "blueprint": blueprint})

    @route("PUT", _BLUEPRINT)
    @route("PATCH", _BLUEPRINT)
    def change_blueprint(self, request: Request) -> Reply:
        """Replace a blueprint, or with PATCH the members that are given."""
        old = self.state.blueprint(request.parameters["blueprint"])
        kept = old if request.method == "PATCH" else {"identifier": old["identifier"]}
        blueprint = self.state.define({**kept, **request.json}, is_new=False)
        return Reply(200, {"ok": True, "blueprint": blueprint})

    @route("GET", _ENTITIES)
    def list_entities(self, request: Request) -> Reply:
        """List a blueprint's entities."""
        return Reply(200, {"ok": True, "entities": self._entities(request)})

    @route("GET", f"{_ENTITIES}-count")
    def count_entities(self, request: Request) -> Reply:
        """Count a blueprint's entities."""
        return Reply(200, {"ok": True, "count": len(self._entities(request))})

    @route("POST", f"{_ENTITIES}/search")
    def search_blueprint(self, request: Request) -> Reply:
        """Find a blueprint's entities by a query, a page at a time."""
        blueprint = request.parameters["blueprint"]
        within = {blueprint: {entity["identifier"]: entity for entity in self._entities(request)}}
        query = request.json.get("query") or {"combinator": "and", "rules": []}
        page, following = page_of(found(within, query), request.json)
        more = {"next": following} if following else {}
        return Reply(200, {"ok": True, "entities": page, **more})

    @route("POST", "/v1/entities/search")
    def search(self, request: Request) -> Reply:
        """Find entities of all blueprints by a query."""
        return Reply(200, {"ok": True, "entities": found(self.state.entities, request.json)})

    @route("POST", _ENTITIES)
    def create_entity(self, request: Request) -> Reply:
        """Create an entity, or with ``upsert`` change it."""
        return Reply(201, {"ok": True, "entity": self._write(request, request.json, _how(request))})

    @route("POST", f"{_ENTITIES}/bulk")
    def create_entities(self, request: Request) -> Reply:
        """Create or change some entities at once; each may fail alone."""
        wanted = request.json.get("entities")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= _MOST_IN_BULK:
            raise invalid(f"Give between 1 and {_MOST_IN_BULK} entities")
        if not all(isinstance(entity, dict) for entity in wanted):
            raise invalid("body/entities must be objects")
        blueprint = request.parameters["blueprint"]
        done: list[Json] = []
        errors: list[Json] = []
        for index, entity in enumerate(wanted):
            place = {"identifier": str(entity.get("identifier")), "index": index}
            is_new = place["identifier"] not in self.state.entities.get(blueprint, {})
            try:
                self._write(request, entity, _how(request))
                done.append({**place, "created": is_new})
            except RefusedError as refusal:
                words = {"error": refusal.error, "message": refusal.message}
                errors.append({**place, "statusCode": refusal.status, **words})
        return Reply(207 if errors else 200, {"ok": True, "entities": done, "errors": errors})

    @route("GET", _ENTITY)
    def get_entity(self, request: Request) -> Reply:
        """Show an entity."""
        return Reply(200, {"ok": True, "entity": self._entity(request)})

    @route("PUT", _ENTITY)
    @route("PATCH", _ENTITY)
    def change_entity(self, request: Request) -> Reply:
        """Replace an entity, or with PATCH what is given of it."""
        wanted = {**request.json, "identifier": self._entity(request)["identifier"]}
        create_missing = request.flag("create_missing_related_entities")
        how = Writing(upsert=True, merge=request.method == "PATCH", create_missing=create_missing)
        return Reply(200, {"ok": True, "entity": self._write(request, wanted, how)})

    @route("DELETE", _ENTITY)
    def delete_entity(self, request: Request) -> Reply:
        """Delete an entity."""
        run_id = request.first("run_id")
        if run_id:
            self.state.run(run_id, changing=True)
        self.state.remove(
            request.parameters["blueprint"],
            request.parameters["identifier"],
            dependents=request.flag("delete_dependents"),
            by=run_id or API,
        )
        return Reply(200, {"ok": True})

    def _entities(self, request: Request) -> list[Json]:
        self.state.blueprint(request.parameters["blueprint"])
        return list(self.state.entities.get(request.parameters["blueprint"], {}).values())

    def _entity(self, request: Request) -> Json:
        return self.state.entity(request.parameters["blueprint"], request.parameters["identifier"])

    def _write(self, request: Request, wanted: Json, how: Writing) -> Json:
        blueprint, run_id = request.parameters["blueprint"], request.first("run_id")
        run = self.state.run(run_id, changing=True) if run_id else None
        entity = self.state.write(blueprint, wanted, how, by=run_id or API)
        if run is not None and not how.validation_only:
            run.entities.append((blueprint, entity["identifier"]))
        return entity


def _how(request: Request) -> Writing:
    return Writing(
        upsert=request.flag("upsert"),
        merge=request.flag("merge"),
        create_missing=request.flag("create_missing_related_entities"),
        validation_only=request.flag("validation_only"),
    )
