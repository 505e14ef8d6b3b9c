"""The interpreter's recursion limit, raised for documents as deep as `exact_json` accepts.

Code that walks a document takes a few calls for each level. Whoever opens a session or a snapshot raises the limit, so
that a deep document does not end the program in a RecursionError. Must never lower the limit of the caller.
"""

from __future__ import annotations

import sys

_CALLS = 16 * 1024  # 16 for each of the 1,024 levels that `exact_json` accepts


def make_room() -> None:
    """Raise the recursion limit where it is too low for deep documents."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _CALLS))
