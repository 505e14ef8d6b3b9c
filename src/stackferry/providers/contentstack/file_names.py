"""Names of files as the service keeps them: some characters become `_` (page "Limits for Assets")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stackferry.json_values import text

if TYPE_CHECKING:
    from stackferry.model import Json

_REPLACED = re.compile(r"""[#%^+\\/?*:|"'<>{}=,\s]""")


def stored_name(filename: Json) -> str:
    """The name that an uploaded file has in the service; one that it keeps already stays as it is."""
    return _REPLACED.sub("_", text(filename))
