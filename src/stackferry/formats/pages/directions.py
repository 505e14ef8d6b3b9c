"""Signs that isolate a direction of writing, kept within the text that holds them. Pure.

A browser isolates an element by such signs of its own. A text with more openers than closers, or with a closer too
many, would end that isolation early, and what stands beside the element would be read backwards.
"""

from __future__ import annotations

import re
from typing import Final

_OPENERS: Final = "\u2066\u2067\u2068"
_CLOSER: Final = "\u2069"
_SIGN: Final = re.compile(f"[{_OPENERS}{_CLOSER}]")
_LINE_END: Final = re.compile("([\n\r\u2028\u2029]+)")  # ends all isolates


def balanced(text: str) -> str:
    """The text with a closer for each opener, line by line, and without closers of nothing."""
    if _SIGN.search(text) is None:
        return text
    return "".join(_balanced(line) for line in _LINE_END.split(text))


def _balanced(line: str) -> str:
    depth = 0

    def kept(found: re.Match[str]) -> str:
        nonlocal depth
        sign = found.group()
        is_stray = sign == _CLOSER and not depth
        depth += 0 if is_stray else -1 if sign == _CLOSER else 1
        return "" if is_stray else sign

    return _SIGN.sub(kept, line) + _CLOSER * depth
