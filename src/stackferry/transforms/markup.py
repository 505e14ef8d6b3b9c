"""What attributes of rich text and of HTML say: words that people read, ways to reach somebody, or how it is built.

Pure.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Callable

    Replace = Callable[[str], str]

_WORDS: Final = frozenset({"alt", "title", "label", "caption", "summary", "placeholder", "aria-description"})
_WORD_ENDINGS: Final = ("-alt", "-title", "-label", "-caption")
_FILE_NAMES: Final = frozenset({"asset-name", "data-sys-asset-filename"})
_REACH: Final = re.compile(r"(?i)((?:mailto|tel|sms|callto|skype|sips?|xmpp|im|whatsapp|facetime):)(\S*)")
_PAGE: Final = re.compile(r"/(?!/)\S*")  # of the same site
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""")
_COMMENT: Final = "<!--"


def attribute(name: str, value: str, replace: Replace, *, pages: bool) -> str:
    """What an attribute says after `replace`; as it is where it only says how the text is built.

    `pages`: also addresses of pages of the same site, where the field that holds such addresses is chosen.
    """
    known = name.lower()
    if known in _FILE_NAMES:
        return file_name(value, replace)
    if known in _WORDS or known.endswith(_WORD_ENDINGS):
        return replace(value)
    return reached(value, replace) or (replace(value) if pages and _PAGE.fullmatch(value) else value)


def tag(text: str, replace: Replace, *, pages: bool) -> str:
    """A tag of HTML, or a comment, with its attributes replaced."""
    if text.startswith(_COMMENT):
        return f"{_COMMENT}{replace(text[len(_COMMENT) :])}"
    return _ATTRIBUTE.sub(lambda found: _written(found, replace, pages=pages), text)


def _written(found: re.Match[str], replace: Replace, *, pages: bool) -> str:
    name, equals, value = found.groups()
    mark = value[0] if value[0] in "\"'" else ""
    return f"{name}{equals}{mark}{attribute(name, value.strip(mark or None), replace, pages=pages)}{mark}"


def reached(value: str, replace: Replace) -> str:
    """An address by which people are reached (`mailto:`, `tel:`) with what stands behind it; empty for any other."""
    found = _REACH.fullmatch(value.strip())
    if found is None:
        return ""
    address, mark, rest = found[2].partition("?")
    shown = quote(replace(unquote(address)), safe="@+,;()/!'*")
    return f"{found[1]}{shown}{mark}{quote(replace(unquote(rest)), safe='=&@+,')}"


def file_name(value: str, replace: Replace) -> str:
    """The name of a file; its ending says which type it has, and stays."""
    stem, dot, ending = value.rpartition(".")
    return f"{replace(stem)}{dot}{ending}" if dot else replace(value)
