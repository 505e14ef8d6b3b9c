"""Hosts that only this machine or its own network reaches.

Content can hold any address of a file. Where a service on the internet names one of these hosts, its author would have
the machine that exports read what only that machine may: the credentials that a cloud offers to its own machines, or a
service that listens on loopback. Names that a resolver leads to such hosts are not found here.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

_NAMES: Final = ("localhost", "metadata", "metadata.google.internal", "instance-data")
_METADATA: Final = (ipaddress.ip_address("100.100.100.200"), ipaddress.ip_address("fd00:ec2::254"))


def is_local_host(host: str) -> bool:
    """Whether a host is loopback, link-local, unspecified, or a cloud's metadata service, in any spelling."""
    name = host.lower().strip("[]").rstrip(".")
    if name in _NAMES or name.endswith(".localhost"):
        return True
    address = _address(name)
    if address is None:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address  # ::ffff:127.0.0.1
    return mapped.is_loopback or mapped.is_link_local or mapped.is_unspecified or mapped in _METADATA


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.ip_address(socket.inet_aton(name))  # 2130706433, 0x7f.1 and 127.1 are 127.0.0.1
    except (OSError, UnicodeError):
        return None
