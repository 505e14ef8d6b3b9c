"""Fills templates: everything that is put in is escaped, and nothing runs on a page but the script that came with it.

Names and words are other people's, and hostile. The policy of each page names the digests of its own style and script
and allows nothing else, so that even a hole in the escaping would run and send nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stackferry.formats.pages.directions import balanced
from stackferry.io.redaction import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What HTML cannot hold: control characters, halves of surrogate pairs.
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_PIECE: Final = 1 << 16  # characters that are written at once
_NAME: Final = 200  # letters of a title, an address or another name


def page(name: str, script: str, **content: object) -> Iterator[bytes]:
    """A page of the template `NAME.html` with the script of this name, in pieces.

    Iterables among the content are read once, while the page is written: it is never in memory as a whole.
    """
    style, run = _file("style.css"), _file(f"{script}.js")
    facts: dict[str, Any] = {
        "policy": _policy(style=style, script=run),
        "style": Markup(style),  # noqa: S704  # a file of this package
        "script": Markup(run),  # noqa: S704
    }
    yield from _in_pieces(_templates().get_template(f"{name}.html").generate(**facts, **content))


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["short"] = _short
    return templates


def _short(words: object) -> str:
    """The beginning of a name, which may be of any length."""
    name = str(words)
    return name if len(name) <= _NAME else f"{name[:_NAME]}… ({len(name):,} letters)"


def _fit(value: object) -> object:
    """A value as HTML can hold it, and with no effect on what stands beside it; numbers with commas."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return value if isinstance(value, Markup) or not isinstance(value, str) else _fit_text(value)


def _fit_text(words: str) -> str:
    return balanced(_UNFIT.sub("\ufffd", words))


def _file(name: str) -> str:
    return resources.files(__package__ or "").joinpath("templates", name).read_text("utf-8")


def _policy(**parts: str) -> str:
    """Only this script and this style; nothing from anywhere, and nothing sent."""
    rules = (f"{name}-src 'sha256-{_digest(content)}'" for name, content in parts.items())
    return "; ".join(["default-src 'none'", *rules, "base-uri 'none'", "form-action 'none'"])


def _digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _in_pieces(words: Iterable[str]) -> Iterator[bytes]:
    """Words, many at once: a template gives them one by one. Credentials of this run are masked."""
    waiting: list[str] = []
    size = 0
    for word in words:
        waiting.append(word)
        size += len(word)
        if size >= _PIECE:
            yield mask("".join(waiting)).encode()
            waiting, size = [], 0
    yield mask("".join(waiting)).encode()
