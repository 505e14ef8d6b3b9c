"""Room for documents as deep as `exact_json` lets in: code that walks them takes a few calls a level.

Whoever opens a session or a snapshot gets it, so that a deep document never ends a caller's program in a
RecursionError. Must never lower the limit that the caller has set.
"""

from __future__ import annotations

import sys

ROOM = 16 * 1024  # calls; jsonio refuses documents deeper than 1,024 levels


def make_room() -> None:
    """Raise the interpreter's recursion limit where it is lower than deep documents need."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), ROOM))
