"""A page as the standard library's parser reads it: where no browser is, this is what tests look at."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

_VOID = ("meta", "input", "br")


class Page(HTMLParser):
    """What a browser would see of a page: its elements, and the words of each cell and script."""

    def __init__(self, content: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {
            "td": [],
            "script": [],
            "style": [],
            "title": [],
            "li": [],
            "th": [],
            "h3": [],
        }
        self._open: list[str] = []
        self.feed(content)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in _VOID:
            return
        self._open.append(tag)
        if tag in self.words:
            self.words[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in self.words:
            if tag in self._open:
                self.words[tag][-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def check_policy(content: str) -> None:
    """The page asks nobody for anything, and its policy lets its own script and style run alone."""
    seen = Page(content)
    attributes = {name for _, found in seen.tags for name in found}
    assert not attributes & {"src", "href", "action", "style", "srcset", "background"}
    assert not [name for name in attributes if name.startswith("on")]
    (script,), (style,) = seen.words["script"], seen.words["style"]
    assert not re.search(r"https?:|//[a-z]|url\(|import|fetch|eval|innerHTML", script + style)
    policy = next(found["content"] for found in seen.of("meta") if "http-equiv" in found) or ""
    assert policy.startswith("default-src 'none'; ")
    for name, words in (("script", script), ("style", style)):
        digest = base64.b64encode(hashlib.sha256(words.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
