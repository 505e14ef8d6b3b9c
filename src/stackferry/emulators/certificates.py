"""A certificate for this machine's emulators, for clients that speak nothing but TLS.

It is its own authority: a client that is told to trust `ca.pem` (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE) accepts it.
"""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

from stackferry.errors import StackferryError

if TYPE_CHECKING:
    from pathlib import Path

CERTIFICATE, KEY = "ca.pem", "key.pem"
_NAMES = "subjectAltName=DNS:localhost,IP:127.0.0.1"
_DAYS = "30"


def tls_context(folder: Path) -> ssl.SSLContext:
    """What a server needs, from the certificate in a folder; the program openssl makes one where there is none.

    Raises `StackferryError` when it cannot be made or read.
    """
    certificate, key = folder / CERTIFICATE, folder / KEY
    if not certificate.is_file() or not key.is_file():
        _make(folder, certificate, key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise StackferryError(f"the certificate in {folder} cannot be used: {error}") from error
    return context


def _make(folder: Path, certificate: Path, key: Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise StackferryError(
            f"there is no openssl to make a certificate; put {CERTIFICATE} and {KEY} into {folder}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    words = [
        program,
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        _DAYS,
        "-subj",
        "/CN=localhost",
    ]
    words += ["-addext", _NAMES, "-addext", "basicConstraints=critical,CA:TRUE"]
    made = subprocess.run(  # noqa: S603 - the words are ours
        [*words, "-keyout", str(key), "-out", str(certificate)], capture_output=True, check=False
    )
    if made.returncode:
        raise StackferryError(f"openssl makes no certificate: {made.stderr.decode(errors='replace').strip()}")
    key.chmod(0o600)
