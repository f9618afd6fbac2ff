"""The simulator as a separate process, for the self-test's jobs.

On GitHub's runners a container action has its own loopback; the runner is at the address of
Docker's bridge. The simulator stays on loopback: connections to the bridge are forwarded to it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

from pd_incident_simulator import Simulator, Tls

LOOPBACK = "127.0.0.1"
_CHUNK = 65536


def main() -> None:
    """Serve until the process is ended; ``urls.json`` in the folder says that it is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--address", default=LOOPBACK)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    certificate = folder / "server.pem"
    tls = Tls(certificate, folder / "server.key") if certificate.exists() else None
    with Simulator(tls) as simulator:
        urls = {
            "pagerduty-api-url": simulator.pagerduty.url,
            "pagerduty-events-url": f"{simulator.events.url}/v2",
            "port-api-url": simulator.port.url,
        }
        urls = {name: url.replace(LOOPBACK, arguments.address) for name, url in urls.items()}
        # Only the job itself asks the control API.
        urls["control-url"] = simulator.control.url
        asyncio.run(_serve(folder, urls, arguments.address))


async def _serve(folder: Path, urls: dict[str, str], address: str) -> None:
    forwarded = [_port(url) for url in urls.values()] if address != LOOPBACK else []
    servers = [await _forward(address, port) for port in forwarded]
    ready = folder / "urls.json.new"
    ready.write_text(json.dumps(urls), encoding="utf-8")
    ready.replace(folder / "urls.json")
    await asyncio.gather(*(server.serve_forever() for server in servers), asyncio.Event().wait())


def _port(url: str) -> int:
    return int(url.split(":")[2].split("/", maxsplit=1)[0])


async def _forward(address: str, port: int) -> asyncio.Server:
    """Pass what comes to a port of an address on to the same port of loopback."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
        await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))

    return await asyncio.start_server(connected, address, port)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


if __name__ == "__main__":
    main()
