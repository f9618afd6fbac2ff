"""Page through the composite action where there is no network but loopback.

``unshare --user --map-root-user --net no_network.py RELEASE FOLDER``
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / part) for part in ("src", "scripts", "tests/support")]

from composite import Composite  # noqa: E402 - found once the path is set
from harness import credentials, from_port, urls_of  # noqa: E402 - likewise
from pd_incident_simulator import Simulator  # noqa: E402 - likewise

_SET_FLAGS, _UP = 0x8914, 0x1


def start_loopback() -> None:
    """Switch the only interface on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        fcntl.ioctl(one, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP))


def sent_elsewhere() -> int:
    """Count what was sent to an address without a route, and datagrams, which ask for names."""
    lines = Path("/proc/net/snmp").read_text().splitlines()
    counts: dict[str, str] = {}
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        kind, *named = names.split()
        counts |= dict(zip([kind + name for name in named], values.split()[1:], strict=True))
    v6 = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    found = [counts["Ip:OutNoRoutes"], counts["Udp:OutDatagrams"], v6["Ip6OutNoRoutes"]]
    return sum(map(int, found))


def main() -> None:
    """Page, and print what came of it as JSON."""
    release, folder = map(Path, sys.argv[1:])
    start_loopback()
    with Simulator() as sim:
        act = Composite(release, folder, urls_of(sim) | credentials())
        result = act(event=from_port(sim, "PSVC001", title="Down"))
        told = {
            "code": result.code,
            "log": result.log + result.stderr,
            "incident-id": result.outputs.get("incident-id"),
            "incidents": list(sim.pagerduty.state.incidents),
            "entities": list(sim.port.state.entities.get("pagerdutyIncident", {})),
            "installed": act.tool_cache.exists(),
            "elsewhere": sent_elsewhere(),
        }
    # Whether it would have been noticed.
    with socket.socket() as one:
        told["unreachable"] = one.connect_ex(("192.0.2.1", 443)) and sent_elsewhere()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
