"""What tests change of an operation's context."""

from __future__ import annotations

from dataclasses import replace

from pd_incident_action.operations.base import OperationContext


def without(context: OperationContext, kind: type) -> OperationContext:
    """Return the context without the credentials for one API."""
    clients = tuple(client for client in context.clients if type(client) is not kind)
    return replace(context, clients=clients)
