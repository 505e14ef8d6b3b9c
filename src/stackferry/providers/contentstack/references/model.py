"""What an entry can point at, and the one place in a document where it does.

Pure vocabulary of the schema walker; it must never know how a field kind looks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from stackferry.providers.contentstack.references.json_edits import Edit, Path


class ReferenceKind(StrEnum):
    """What kind of thing a reference names."""

    ENTRY = "entry"
    ASSET = "asset"
    ASSET_URL = "asset_url"  # the address of an asset's file, in rich text, markdown or a link
    TERM = "term"
    EXTENSION = "extension"
    LOCALE = "locale"  # the language in which rich text embeds an entry


class Keep(Enum):
    """The type of `KEEP`."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
"""A resolver's answer: leave this reference as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One mention of something outside the document.

    `uid` is the target's uid; of a locale its code. `content_type` is that of an entry, where the document or
    the schema says it; of a term it is the taxonomy. `path` is the JSON pointer of the value that names the
    target (of the text that holds it, in HTML and markdown; of the key, for an extension's metadata).
    `mandatory`: the field that holds it is mandatory and taking this reference away could leave it empty.
    `url` is the whole address, of an `asset_url` only.
    """

    kind: ReferenceKind
    uid: str
    content_type: str = ""
    path: str = ""
    mandatory: bool = False
    url: str = ""


Resolve: TypeAlias = Callable[[Reference], str | Keep | None]


@dataclass(frozen=True, slots=True)
class FoundReference:
    """A reference and the edits that answer it: a new target, none, or the same one."""

    reference: Reference
    put: Callable[[str], Edit]
    drop: Edit
    keep: Edit | None = None

    def edit(self, answer: str | Keep | None) -> Edit | None:
        if answer is KEEP:
            return self.keep
        return self.drop if answer is None else self.put(answer)


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
