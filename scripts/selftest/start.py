"""Starts the simulator in the background of a job, and says where it is in the step's outputs.

``--for-containers`` makes it reachable for a container action: over TLS, which the action insists
on for everything but loopback, by a certificate authority made for the job.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
LOOPBACK = "127.0.0.1"
# Where a container action sees the workspace.
_MOUNTED = "/github/workspace"
_PATIENCE = 30.0


def main() -> int:
    """Start the simulator and a Port run.

    Returns:
        The exit code.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--for-containers", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path(".selftest"))
    arguments = parser.parse_args()
    folder: Path = arguments.folder.resolve()
    folder.mkdir(parents=True)
    # act's containers share the machine's network, and so its loopback.
    bridged = arguments.for_containers and not os.environ.get("ACT")
    address = _bridge() if bridged else LOOPBACK
    outputs = {"ca-bundle": f"{_MOUNTED}/{folder.name}/ca.pem" if bridged else ""}
    if bridged:
        make_certificates(folder, address)
    outputs |= serve(folder, address)
    outputs["port-context"] = json.dumps(_click(outputs["control-url"]))
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in outputs.items())
    return 0


def serve(folder: Path, address: str) -> dict[str, str]:
    """Start the simulator and wait until it is there.

    Args:
        folder: where its log and its certificates are.
        address: where it is to be reached.

    Returns:
        URLs by the name of the input that takes them, and ``control-url``.

    Raises:
        TimeoutError: it didn't start.
    """
    command = [sys.executable, str(HERE / "serve.py"), str(folder), "--address", address]
    # Neither the job's shell nor its pipes may hold it: it has to outlive the step.
    with (folder / "simulator.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own script
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    ready = folder / "urls.json"
    deadline = time.monotonic() + _PATIENCE
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise TimeoutError((folder / "simulator.log").read_text(encoding="utf-8"))
        time.sleep(0.05)
    urls: dict[str, str] = json.loads(ready.read_text(encoding="utf-8"))
    return urls


def make_certificates(folder: Path, address: str) -> None:
    """Make a certificate authority, and a server certificate that it has signed.

    Args:
        folder: where the files go.
        address: the server's IP address.
    """
    (folder / "extensions").write_text(f"subjectAltName=IP:{address}\n", encoding="utf-8")
    new = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
    use = "-addext keyUsage=critical,keyCertSign"
    signer = "-CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions"
    for arguments in (
        f"req -x509 {new} {use} -subj /CN=selftest -days 1 -keyout ca.key -out ca.pem",
        f"req {new} -subj /CN={address} -keyout server.key -out server.csr",
        f"x509 -req -in server.csr {signer} -days 1 -out server.pem",
    ):
        subprocess.run(  # noqa: S603 - fixed words
            ["openssl", *arguments.split()],  # noqa: S607 - where it is differs
            cwd=folder,
            check=True,
            capture_output=True,
        )


def _bridge() -> str:
    """Ask Docker by which address containers reach this machine."""
    template = "{{(index .IPAM.Config 0).Gateway}}"
    done = subprocess.run(  # noqa: S603 - fixed words
        ["docker", "network", "inspect", "bridge", "--format", template],  # noqa: S607 - likewise
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def _click(control: str) -> dict[str, Any]:
    """Start a run in Port, as a click on the service does."""
    request = urllib.request.Request(f"{control}/control/runs", data=b"{}", method="POST")  # noqa: S310 - our own simulator
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - likewise
        run = json.load(answer)
    return {"blueprint": "pagerdutyService", "entity": "PSVC001", "run_id": run["run_id"]}


if __name__ == "__main__":
    raise SystemExit(main())
