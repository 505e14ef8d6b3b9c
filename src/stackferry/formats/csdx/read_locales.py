"""The languages of an export, and where it keeps the entries of each content type and language.

The old generation does not list the master language, and a folder may spell a code in other capitals than the
language's own row. A language that has to be guessed is a gap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from stackferry.formats.csdx.rows import ConvertedFile, with_uid, without_client_keys
from stackferry.json_values import as_object, text
from stackferry.model import Gap, JsonObject, Record, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.formats.csdx.folder import ExportFolder

_DEFAULT_MASTER = "en-us"  # of a new stack


@dataclass(frozen=True, slots=True)
class EntriesPath:
    """Where the entries of one content type in one language are: a path from the export's root.

    `form`: "chunks" (a folder with an index); "map" (one file, old generation); or "history" (older versions of the
    old generation, a folder for each entry).
    """

    content_type: str
    locale: str
    path: str
    form: Literal["chunks", "map", "history"]


def entries_paths(folder: ExportFolder) -> Iterator[EntriesPath]:
    """Every file or folder that may hold entries."""
    for outer in folder.names("entries"):
        for inner in folder.names(f"entries/{outer}"):
            path = f"entries/{outer}/{inner}"
            if not folder.is_folder(path):
                if inner.endswith(".json"):
                    yield EntriesPath(outer, inner.removesuffix(".json"), path, "map")
            elif any(
                name.startswith("version-")
                for entry in folder.names(path)
                if entry not in ("versions", "variants")
                for name in folder.names(f"{path}/{entry}")
            ):
                # `LOCALE/TYPE/ENTRY/version-N.json`: locale first, content type second, unlike everywhere else.
                yield EntriesPath(inner, outer, path, "history")
            else:
                yield EntriesPath(outer, inner, path, "chunks")


def generation(folder: ExportFolder) -> int:
    """1 for the old flat layout, 2 for the one in chunks. Releases 2.x of the CLI no longer write the number."""
    info = folder.optional("export-info.json")
    number = as_object(info).get("contentVersion")
    if isinstance(number, int):
        return number
    return 1 if any(entries.form == "map" for entries in entries_paths(folder)) else 2


def locales(folder: ExportFolder) -> ConvertedFile:
    """The declared languages, the master language, and languages that only folders of entries name."""
    added: list[str] = []
    rows: dict[str, JsonObject] = {}
    for name in ("locales/locales.json", "locales/master-locale.json"):
        for key, row in folder.rows(name):
            code = text(row.get("code")) or key
            rows[code] = with_uid("locales", key if key != code else "", without_client_keys(row), added)
    master = next((code for code, row in rows.items() if not row.get("fallback_locale")), "")
    gaps: list[Gap] = []
    if not master:
        master, certain = _master(folder, rows)
        rows[master] = {"code": master, "fallback_locale": None, "name": master}
        added.append("locales: the master language, which this export does not list")
        gaps += [] if certain else [Gap(kind="locales", uid=master, reason=_GUESSED)]
    for code in _undeclared(folder, rows):
        rows[code] = {"code": code, "fallback_locale": master, "name": code}
        gaps.append(Gap(kind="locales", uid=code, reason=_UNDECLARED))
    records = [(Stream("locales"), Record(code, row)) for code, row in rows.items()]
    return ConvertedFile(job="locales", records=records, gaps=gaps, added=added)


_GUESSED = "nothing in the export shows which language is the master one; this one was taken"
_UNDECLARED = (
    "the export holds entries in this language without declaring it; its name and fallback are guesses"
)


def _master(folder: ExportFolder, declared: dict[str, JsonObject]) -> tuple[str, bool]:
    """The master language where no row declares it, and whether that is certain.

    It is certain if the stack's settings name it, or if all declared languages fall back to one that is not declared,
    or if entries exist in just one language that is not declared.
    """
    for name in ("stack/stack.json", "stack/settings.json"):
        stack = folder.optional(name)
        if isinstance(stack, dict) and text(stack.get("master_locale")):
            return text(stack.get("master_locale")), True
    known = {code.casefold() for code in declared}
    wanted = {text(row.get("fallback_locale")) for row in declared.values()}
    wanted = {code for code in wanted if code.casefold() not in known} or set(_undeclared(folder, declared))
    if len(wanted) == 1:
        return wanted.pop(), True
    return (_DEFAULT_MASTER if _DEFAULT_MASTER in wanted else min(wanted, default=_DEFAULT_MASTER)), False


def _undeclared(folder: ExportFolder, declared: dict[str, JsonObject]) -> list[str]:
    known = {code.casefold() for code in declared}
    names = {path.locale for path in entries_paths(folder) if path.locale.casefold() not in known}
    return sorted({name.casefold(): name for name in sorted(names)}.values())
