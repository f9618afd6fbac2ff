"""What tests of Port's API share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from responses import RequestsMock

from pd_incident_action.http.client import ApiClient
from pd_incident_action.port.client import BearerAuth, PortClient, explain
from port_account import API, Account


@pytest.fixture
def account(connect: Callable[..., ApiClient]) -> Account:
    """Open Port's API."""
    auth, tokens = BearerAuth(), list[str]()
    base_url = API.removesuffix("/v1")
    client = connect(service="Port", base_url=base_url, authenticate=auth, explain=explain)
    return Account(PortClient(client, auth, "the-id", "the-secret", tokens.append), tokens)


@pytest.fixture
def port(api: RequestsMock, account: Account) -> PortClient:
    """Open Port's API, which knows the credentials."""
    api.add("POST", f"{API}/auth/access_token", json={"accessToken": "t"})
    return account.port
