"""Addresses of a space's files in the texts of its entries. Pure.

A file lies at `//HOST/SPACE/ASSET/TOKEN/NAME`, where HOST is below ctfassets.net. Each copy of a file has a token of
its own, which the service chooses once it has processed the file. So an address is sent as it is, and told.
API pages: "Assets", "Images API".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from stackferry.model import Json, Place

_HOST: Final = "ctfassets.net"


def names_files_of(origin: Place | None, place: Place | None) -> Callable[[Json], bool] | None:
    """A test whether a value holds an address of a file of `origin`; None where that is the space of `place`."""
    if origin is None or place is None or not origin.key or origin.key == place.key:
        return None
    pattern = re.compile(rf"//[\w.-]*\b{re.escape(_HOST)}/{re.escape(origin.key)}/")

    def holds(value: Json) -> bool:
        if isinstance(value, str):
            return _HOST in value and pattern.search(value) is not None
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return any(map(holds, inner))

    return holds
