"""What is certain to be asked, so that it is asked while modules are still loading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .http.messages import ApiRequest, outgoing
from .pagerduty.incidents import MEDIA_TYPE, TokenAuth
from .port.auth import sign_in_call

if TYPE_CHECKING:
    from .http.preconnect import Preconnector
    from .inputs.request import Request
    from .inputs.settings import Settings
    from .operations.base import Operation


def ask_ahead(
    operation: Operation, request: Request, settings: Settings, head_start: Preconnector
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
        read = ApiRequest("GET", path, "read", headers={"Accept": MEDIA_TYPE})
        token = TokenAuth(settings.pagerduty_token.get_secret_value())
        head_start.ask(outgoing(settings.pagerduty_url, read, token()))
    if settings.port_client_id is not None and settings.port_client_secret is not None:
        secret = settings.port_client_secret.get_secret_value()
        signing_in = sign_in_call(settings.port_client_id, secret)
        head_start.ask(outgoing(settings.port_url, signing_in, {}))
