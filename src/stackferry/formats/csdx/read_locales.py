"""The languages of a vendor export, and which of its folders of entries is which language.

The old generation does not write the master language down, and a folder may spell a code in other capitals than
the language's own row. Must never declare a language that nothing in the export speaks of without saying so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stackferry.formats.csdx.model import Folder, Found, plain, with_uid
from stackferry.model import Gap, JsonObject, Record, Stream
from stackferry.providers.contentstack.values import text

if TYPE_CHECKING:
    from collections.abc import Iterator

_USUAL = "en-us"


@dataclass(frozen=True, slots=True)
class Cell:
    """Where the entries of one content type in one language lie.

    `form`: "chunks" (a folder with an index), "map" (one file), or "history" (the old generation's versions, a
    folder an entry).
    """

    content_type: str
    locale: str
    place: str
    form: Literal["chunks", "map", "history"]


class Languages:
    """The codes that the export declares, found in any capitals."""

    def __init__(self, codes: list[str]) -> None:
        self._codes = {code.casefold(): code for code in codes}

    def code(self, name: str) -> str:
        return self._codes.get(name.casefold(), name)


def cells(folder: Folder) -> Iterator[Cell]:
    """Every place that may hold entries."""
    for outer in folder.names("entries"):
        for inner in folder.names(f"entries/{outer}"):
            place = f"entries/{outer}/{inner}"
            if not folder.is_folder(place):
                if inner.endswith(".json"):
                    yield Cell(outer, inner.removesuffix(".json"), place, "map")
            elif _is_history(folder, place):
                yield Cell(inner, outer, place, "history")
            else:
                yield Cell(outer, inner, place, "chunks")


def generation(folder: Folder) -> int:
    """1 for the old flat layout, 2 for the one in chunks. The newest CLI no longer writes down which it is."""
    info = folder.optional("export-info.json")
    said = info.get("contentVersion") if isinstance(info, dict) else None
    if isinstance(said, int):
        return said
    return 1 if any(cell.form == "map" for cell in cells(folder)) else 2


def _is_history(folder: Folder, place: str) -> bool:
    """`LOCALE/TYPE/ENTRY/version-N.json`: type and language the other way round."""
    return any(
        name.startswith("version-")
        for entry in folder.names(place)
        if entry not in ("versions", "variants")
        for name in folder.names(f"{place}/{entry}")
    )


def languages(folder: Folder) -> Found:
    """The declared languages, with the master's row and those of folders that nothing declares."""
    added: list[str] = []
    rows: dict[str, JsonObject] = {}
    for name in ("locales/locales.json", "locales/master-locale.json"):
        for key, row in folder.rows(name):
            code = text(row.get("code")) or key
            rows[code] = with_uid("locales", key if key != code else "", plain(row), added)
    master = next((code for code, row in rows.items() if not row.get("fallback_locale")), "")
    gaps: list[Gap] = []
    if not master:
        master, sure = _master(folder, rows)
        rows[master] = {"code": master, "fallback_locale": None, "name": master}
        added.append("locales: the master language, which this export does not list")
        gaps += [] if sure else [Gap(kind="locales", uid=master, reason=_GUESSED)]
    for code in _undeclared(folder, rows):
        rows[code] = {"code": code, "fallback_locale": master, "name": code}
        gaps.append(Gap(kind="locales", uid=code, reason=_UNDECLARED))
    records = [(Stream("locales"), Record(code, row)) for code, row in rows.items()]
    return Found(job="locales", records=records, gaps=gaps, added=added)


_GUESSED = "nothing in the export says which language is the master one; this one is taken"
_UNDECLARED = (
    "the export holds entries in this language without declaring it; its name and fallback are guesses"
)


def _master(folder: Folder, declared: dict[str, JsonObject]) -> tuple[str, bool]:
    """The master language and whether the export says so: languages fall back to it, or it alone has entries."""
    for name in ("stack/stack.json", "stack/settings.json"):
        stack = folder.optional(name)
        if isinstance(stack, dict) and text(stack.get("master_locale")):
            return text(stack.get("master_locale")), True
    known = {code.casefold() for code in declared}
    wanted = {text(row.get("fallback_locale")) for row in declared.values()}
    wanted = {code for code in wanted if code.casefold() not in known} or set(_undeclared(folder, declared))
    if len(wanted) == 1:
        return wanted.pop(), True
    return min(wanted, default=_USUAL) if _USUAL not in wanted else _USUAL, False


def _undeclared(folder: Folder, declared: dict[str, JsonObject]) -> list[str]:
    known = {code.casefold() for code in declared}
    names = {cell.locale for cell in cells(folder) if cell.locale.casefold() not in known}
    return sorted({name.casefold(): name for name in sorted(names)}.values())
