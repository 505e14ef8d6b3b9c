"""Every system that this version supports, by the scheme of its places.

The only shared module that names vendors. A system is imported when it is asked for, so that `--help` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, cast

from stackferry.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stackferry.providers.options import SystemOptions
    from stackferry.providers.places import PlaceLister
    from stackferry.providers.system import System


class _Registered(NamedTuple):
    """A system's package, and the name of its class in the package's module `system`."""

    package: str
    class_name: str


_SYSTEMS = {
    "contentstack": _Registered("stackferry.providers.contentstack", "Contentstack"),
    "contentful": _Registered("stackferry.providers.contentful", "Contentful"),
    "azure-devops": _Registered("stackferry.providers.azure_devops", "AzureDevOps"),
}


def system_of(scheme: str) -> System:
    """The system whose places begin with `scheme`. Raises UsageError where this version supports none."""
    registered = _SYSTEMS.get(scheme)
    if registered is not None:
        module = import_module(f"{registered.package}.system")
        return cast("System", getattr(module, registered.class_name)())
    known = ", ".join(f"{name}://" for name in _SYSTEMS)
    raise UsageError(f"'{scheme}://' is not a system; places begin with {known}")


def lister_of(scheme: str) -> PlaceLister:
    """What lists the places of an account of a system. Raises UsageError where this version supports no such system."""
    system_of(scheme)
    return cast("PlaceLister", import_module(f"{_SYSTEMS[scheme].package}.places"))


def system_options() -> Iterator[SystemOptions]:
    """What each system adds to the options of the command line. Imports no more than these tables."""
    for registered in _SYSTEMS.values():
        yield cast("SystemOptions", import_module(f"{registered.package}.options").OPTIONS)


def checked_settings(scheme: str, settings: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Settings of a place. Raises UsageError for one that its system does not have."""
    known = {row.field for table in system_options() if table.system == scheme for row in table.place}
    if unknown := sorted(name for name, _ in settings if name not in known):
        having = f"; settings: {', '.join(sorted(known))}" if known else ", which has no settings"
        raise UsageError(f"'{unknown[0]}' is no setting of a place of {scheme}{having}")
    return settings


def packages() -> Mapping[str, str]:
    """The name of each system's package, by the scheme of its places. What is its own elsewhere has that name too."""
    return {scheme: registered.package.rpartition(".")[2] for scheme, registered in _SYSTEMS.items()}
