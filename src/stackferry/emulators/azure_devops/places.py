"""Whose organization, project and area a request is for: the three shapes of addresses that this service has had.

    vsrm.dev.azure.com/ORGANIZATION/PROJECT/_apis/release/…           releases, and nothing else
    dev.azure.com/ORGANIZATION/PROJECT/_apis/build/…                  the other areas; vssps.dev.azure.com: people
    ORGANIZATION.vsrm.visualstudio.com/[defaultcollection/]PROJECT/…  the same, as it was
    any other host/[tfs/]COLLECTION/PROJECT/_apis/…                   an own server: everything

The host is the one in the Host header. A client that cannot set it writes the host as the first part of the path:
`http://127.0.0.1:8777/vsrm.dev.azure.com/fabrikam/Web/_apis/release/releases`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

Side = Literal["release", "people", "others", "all"]
_CLOUD = re.compile(r"(?:(vsrm|vssps)\.)?dev\.azure\.com", re.IGNORECASE)
_OLD = re.compile(r"([^./]+)(?:\.(vsrm|vssps))?\.visualstudio\.com", re.IGNORECASE)
_SIDES: dict[str | None, Side] = {"vsrm": "release", "vssps": "people", None: "others"}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes. `rest` is still percent-encoded; an empty `project` is none."""

    organization: str
    project: str
    side: Side
    rest: str  # after `_apis/`
    mount: str = ""  # the host, where it was written into the path


def is_ours(path: str) -> bool:
    """Whether a path is one of this service, whatever its host is."""
    return not {"_apis", "_signin"}.isdisjoint(path.lower().split("/"))


def find_address(host: str, path: str) -> Address | None:
    """The address in a request; None when its path is no address of an API."""
    parts = [part for part in path.split("/") if part]
    name = host.partition(":")[0]
    mount = ""
    if parts and (_CLOUD.fullmatch(parts[0]) or _OLD.fullmatch(parts[0])):
        name = mount = parts.pop(0)
    at = next((place for place, part in enumerate(parts) if part.lower() == "_apis"), None)
    if at is None:
        return None
    side, organization, before = _home(name, [unquote(part) for part in parts[:at]])
    if len(before) > 1:
        return None
    return Address(organization, before[0] if before else "", side, "/".join(parts[at + 1 :]), mount)


def _home(host: str, before: list[str]) -> tuple[Side, str, list[str]]:
    """The side, the organization, and what is left of the path: the project, where it names one."""
    if old := _OLD.fullmatch(host):
        return _side(old[2]), old[1], _without(before, "defaultcollection")
    cloud = _CLOUD.fullmatch(host)
    if cloud is None and len(before) > 1:
        before = _without(before, "tfs")
    organization, *before = before or [""]
    return _side(cloud[1]) if cloud else "all", organization, before


def _side(named: str | None) -> Side:
    return _SIDES[named.lower() if named else None]


def _without(parts: list[str], first: str) -> list[str]:
    return parts[1:] if parts and parts[0].lower() == first else parts


def side_of(area: str) -> Side:
    """Which host serves an area."""
    return {"release": "release", "identities": "people"}.get(area.lower(), "others")  # type: ignore[return-value]  # words of the literal


def is_served(side: Side, area: str) -> bool:
    """Whether a host serves an area. Every one tells where the others are."""
    return side in ("all", side_of(area)) or area.lower() in ("resourceareas", "connectiondata", "")
