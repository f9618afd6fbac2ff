"""A certificate authority of one's own, as companies have, made with the openssl command."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from pd_incident_simulator import Tls


def make(folder: Path, host: str = "127.0.0.1") -> tuple[Path, Tls]:
    """Make an authority, and a server certificate that it has signed.

    Args:
        folder: where the files go.
        host: name or address that the server's certificate is for.

    Returns:
        The authority's certificate, and the server's certificate and key.

    Raises:
        FileNotFoundError: there is no openssl command.
    """
    kind = "IP" if host[0].isdigit() else "DNS"
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    server, server_key, request = (
        folder / "server.pem",
        folder / "server.key",
        folder / "server.csr",
    )
    extensions = folder / "extensions.cnf"
    extensions.write_text(f"subjectAltName={kind}:{host}\nbasicConstraints=CA:FALSE\n")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "7"]
    ca_use = ["-addext", "keyUsage=critical,keyCertSign,cRLSign"]
    _openssl("req", "-x509", *key, *ca_use, "-subj", "/CN=Test CA", "-keyout", ca_key, "-out", ca)
    _openssl("req", *key[:-2], "-subj", f"/CN={host}", "-keyout", server_key, "-out", request)
    signer: list[str | Path] = ["-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "7"]
    _openssl("x509", "-req", "-in", request, *signer, "-extfile", extensions, "-out", server)
    return ca, Tls(server, server_key)


def _openssl(*arguments: str | Path) -> None:
    command = shutil.which("openssl")
    if command is None:
        raise FileNotFoundError("openssl")
    subprocess.run(  # noqa: S603 - our own arguments
        [command, *map(str, arguments)], check=True, capture_output=True
    )
