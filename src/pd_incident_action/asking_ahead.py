"""What is certain to be asked, so that it is asked while modules are still loading."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .catalog.port_auth import SIGN_IN, credentials
from .network.wire import HEADERS, Outgoing
from .providers.pagerduty import MEDIA_TYPE, TokenAuth

if TYPE_CHECKING:
    from .inputs.request import Request
    from .inputs.settings import Settings
    from .network.head_start import HeadStart
    from .operations.base import Operation


def ask_ahead(
    operation: Operation, request: Request, settings: Settings, head_start: HeadStart
) -> None:
    """Send what the operation reads first, and sign in to Port, as soon as there are connections.

    Args:
        operation: what to do.
        request: its checked inputs.
        settings: the shared inputs.
        head_start: the connections that are being made.
    """
    path = operation.first_read(request)
    if path is not None and settings.pagerduty_token is not None:
        token = TokenAuth(settings.pagerduty_token.get_secret_value())
        headers = {**HEADERS, "Accept": MEDIA_TYPE, **token()}
        head_start.ask(Outgoing("GET", settings.pagerduty_url + path, headers))
    if settings.port_client_id is not None and settings.port_client_secret is not None:
        signing_in = credentials(
            settings.port_client_id, settings.port_client_secret.get_secret_value()
        )
        headers = {**HEADERS, "Content-Type": "application/json"}
        body = json.dumps(signing_in).encode()
        head_start.ask(Outgoing("POST", settings.port_url + SIGN_IN, headers, body))
