"""Where a project lives: which host serves which area of the API, and the path before each call.

The cloud has a host for releases and one for people beside that of everything else, in two spellings; an own server has
one host for all. Asking the wrong one gives 404, so all three come from here. API page: "Releases" (the old spelling of
the cloud), "Azure DevOps Services REST API reference" (the new one). Pure.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import quote, urlsplit

from stackferry.core.nearest import nearest
from stackferry.errors import UsageError
from stackferry.model import Place

SYSTEM: Final = "azure-devops"
CLOUD: Final = "dev.azure.com"
SERVICES: Final = "services"  # what a place may call the cloud
RELEASE, CORE, PEOPLE = "release", "core", "people"  # the names of the origins that requests use
_OLD_CLOUD: Final = ".visualstudio.com"
_VSRM: Final = re.compile(
    rf"([/.])vsrm({re.escape(f'.{CLOUD}')}|{re.escape(_OLD_CLOUD)})(?=/|$)", re.IGNORECASE
)
_FORM: Final = "a place reads azure-devops://ORGANIZATION@services/PROJECT, or azure-devops://COLLECTION@SERVER/[PATH/]PROJECT"


def parse_place(key: str, host: str, path: str, *, secure: bool) -> Place:
    """The project that a URL names. What stands before it in the path of an own server is the server's own path.

    Raises UsageError where the URL lacks the organization, the host or the project: there is no default project.
    """
    *directory, project = path.split("/")
    _refuse_nearly_services(host, secure=secure)
    if not key or not host or not project:
        missing = "a project" if key and host else "an organization" if host else "a host"
        listing = f"; 'stackferry places {SYSTEM}://{key}@{host}' lists them" if key and host else ""
        raise UsageError(f"{_FORM}; this one lacks {missing}{listing}")
    if "" in (*directory, project) or {".", ".."} & {*directory, project, key}:
        raise UsageError(f"{_FORM}; '{path}' is no path to a project")
    host = _canonical(host, key)
    if directory and _is_cloud(host):
        raise UsageError(f"{_FORM}; a project of {host} has nothing before it, and this one has '{path}'")
    return Place(system=SYSTEM, key=key, host=host, name="/".join([*directory, project]), secure=secure)


def _refuse_nearly_services(host: str, *, secure: bool) -> None:
    """Raise UsageError for a word that is nearly what the cloud may be called, and no host that is written as one."""
    if secure and host.lower() != SERVICES and not {".", ":"} & {*host} and nearest(host, [SERVICES]):
        raise UsageError(f"'{host}' is not 'services', the cloud; a server of that name is {host}:443")


def _canonical(host: str, organization: str) -> str:
    """One name for all hosts of the cloud that serve an organization."""
    name = host.lower()
    if name in (SERVICES, CLOUD, f"vsrm.{CLOUD}", f"vssps.{CLOUD}"):
        return CLOUD
    if name.endswith(_OLD_CLOUD):
        account = name.partition(".")[0]
        if account != organization.lower():
            raise UsageError(
                f"{host} is the host of the organization {account}, and the place names {organization}"
            )
        return f"{account}{_OLD_CLOUD}"
    return host


def _is_cloud(host: str) -> bool:
    return host == CLOUD or host.endswith(_OLD_CLOUD)


class Root(NamedTuple):
    """What addresses of a place begin with. `release_path` and `path` end before `/_apis`, and so does `people_path`,
    which names no project.

    Of a place without a project, whose name is empty or ends with a slash, they are those of the organization.
    """

    origins: tuple[tuple[str, str], ...]
    path: str
    release_path: str
    version: str
    people_path: str = ""

    @classmethod
    def of(cls, place: Place) -> Root:
        """Raises UsageError for a setting of the place that cannot be used."""
        *directory, project = place.name.split("/")
        scheme, host = "https" if place.secure else "http", place.host
        projects = [project] if project else []
        path = _joined(*directory, place.key, *projects)
        if host.endswith(_OLD_CLOUD):
            path = _joined("defaultcollection", *projects)
        origins = {name: f"{scheme}://{one}" for name, one in _hosts(host).items()}
        release_path, people_path = path, path.rpartition("/")[0] if projects else path
        if given := place.setting("vsrm_url"):
            origins[RELEASE], before = _split(given)
            release_path = f"{before}{_joined(place.key, *projects)}"
            # Behind a gateway that has the cloud's hosts in its path, people are where releases are.
            if (people := _VSRM.sub(r"\1vssps\2", given)) != given:
                origins[PEOPLE], before = _split(people)
                people_path = f"{before}{_joined(place.key)}"
        version = place.setting("api_version")
        return cls(tuple(origins.items()), path, release_path, version, people_path)


def _joined(*parts: str) -> str:
    return "".join(f"/{segment(part)}" for part in parts)


def segment(part: str) -> str:
    """A name or an id as a segment of a path. Raises UsageError for one that would name another path."""
    if part in ("", ".", ".."):
        raise UsageError(f"'{part}' is no name and no id")
    return quote(part, safe="")


def _hosts(host: str) -> dict[str, str]:
    """Where projects, releases and people are; all in one place on a server of one's own."""
    if host == CLOUD:
        return {CORE: host, RELEASE: f"vsrm.{CLOUD}", PEOPLE: f"vssps.{CLOUD}"}
    if host.endswith(_OLD_CLOUD):
        account = host.removesuffix(_OLD_CLOUD)
        return {CORE: host, RELEASE: f"{account}.vsrm{_OLD_CLOUD}", PEOPLE: f"{account}.vssps{_OLD_CLOUD}"}
    return {CORE: host, RELEASE: host, PEOPLE: host}


def _split(url: str) -> tuple[str, str]:
    """The origin of a release host that was given, and the path before the organization."""
    parts = urlsplit(url)
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or parts.query
        or parts.username is not None
    ):
        raise UsageError(f"--vsrm-url is the address of the release host, https://HOST[/PATH], not '{url}'")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
