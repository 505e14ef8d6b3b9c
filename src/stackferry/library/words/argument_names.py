"""What a flag of the command line is to a program: messages name flags, and an error tells a program its arguments.

A message has the words that a person types, because most readers are at a terminal. What a program would write
instead is a note of the exception (PEP 678), which a traceback shows and no message holds.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from stackferry.providers.registry import system_options

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.errors import StackferryError

PREFIX: Final = "from Python, "
"""How such a note begins: a message to a person at a terminal leaves it out."""
_FLAG: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
_READ, _WRITE, _BOTH = "ReadOptions", "WriteOptions", "ReadOptions or WriteOptions"
_SELECTION: Final = "ReadOptions or Selection"
_GENERAL: Final = {
    **{
        f"--{name.replace('_', '-')}": f"{name} of {_WRITE}"
        for name in ("on_conflict", "conflicts", "in_place")
    },
    **{f"--{name}": f"{name} of {_WRITE}" for name in ("mirror", "publish", "only")},
    **{
        f"--keep-{name}": f"{name} of Policy"
        for name in ("last", "hourly", "daily", "weekly", "monthly", "yearly")
    },
    **{
        f"--{name}": f"the argument {name}"
        for name in ("state", "identities", "apply", "plan", "base", "source")
    },
    **{f"--{name.replace('_', '-')}": f"{name} of {_SELECTION}" for name in ("query", "limit", "release")},
    "--keep-within": "within of Policy",
    "--with-references": f"with_references of {_SELECTION}",
    "--content-type": f"types of {_SELECTION}",
    "--only-locale": f"locales of {_SELECTION}",
    "--locale": f"locales of {_BOTH}",
    "--versions": f"versions of {_BOTH}",
    "--keep-secrets": f"keep_secrets of {_READ}",
    "--max-asset-size": f"max_asset_size of {_READ}",
    "--no-assets": f"assets=False of {_READ}",
    "--keep-version-lists": "the argument trust_version_lists",
    "--transform": "the argument transforms",
    "--abandon": "the function abandon_import",
    "--version": "version of Selection",
}


@cache
def arguments() -> Mapping[str, str]:
    """What a program writes instead of each flag."""
    found = dict(_GENERAL)
    for system in system_options():
        for rows, owner in (
            (system.read, "the system's ReadOptions"),
            (system.write, "the system's WriteOptions"),
            (system.place, "the settings of a Place"),
        ):
            for row in rows:
                found.setdefault(row.flag, f"{row.field} of {owner}")
    return found


def name_arguments(error: StackferryError) -> None:
    """Note at an error what the flags are that its message names, once."""
    known = arguments()
    named = {flag: known[flag] for flag in _FLAG.findall(str(error)) if flag in known}
    note = "; ".join(f"{flag}: {argument}" for flag, argument in named.items())
    if note and f"{PREFIX}{note}" not in getattr(error, "__notes__", ()):
        error.add_note(f"{PREFIX}{note}")
