"""What a file of contentful-export cannot tell of its space: a gap for each kind, once. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from stackferry.formats.contentful.layout import HISTORIES, KINDS, LIVE, NEVER_HELD, PASSED
from stackferry.json_values import as_object, integer, nested, text
from stackferry.model import Gap
from stackferry.providers.contentful import kinds
from stackferry.providers.contentful.matching.natural_keys import schema_version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.model import JsonObject

_ALL: Final = "*"  # the uid of a gap about a whole kind
_NEVER: Final = "a file of contentful-export holds none of these: whether the space has any is not known"


class FileGaps:
    """Gathers, row by row, what is missing."""

    def __init__(self) -> None:
        self._lists = set[str]()
        self._edited = dict.fromkeys(LIVE, 0)
        self._published_again = dict.fromkeys(HISTORIES, 0)
        self._timelines = 0
        self._drafts, self._archived = 0, 0

    def begin(self, key: str) -> None:
        """A list is in the file."""
        self._lists.add(key)

    def see(self, key: str, row: JsonObject) -> None:
        """An object of a list."""
        sys = as_object(row.get("sys"))
        if key in LIVE and _is_edited(sys):
            self._edited[key] += 1
        if key in HISTORIES and (integer(sys.get("publishedCounter")) or 0) > 1:
            self._published_again[key] += 1
        if key == "releases" and schema_version(row) != "Release.v1":
            self._timelines += 1
        if key in ("entries", "assets"):
            is_archived = sys.get("archivedVersion") is not None
            self._archived += is_archived
            self._drafts += integer(sys.get("publishedVersion")) is None and not is_archived

    def gaps(self) -> Iterator[Gap]:
        """One for each kind of which something is missing."""
        for key, kind in KINDS.items():
            if key not in self._lists:
                yield _whole(kind.name, f"the file has no list '{key}': it was made without")
        yield from self._of_other_versions()
        for kind in NEVER_HELD:
            is_scoped = kind in (kinds.RELEASE_ENTRIES, kinds.RELEASE_ASSETS)
            if not is_scoped or self._timelines:
                yield _whole(kind.name, _NEVER)
        for key in sorted(self._lists & PASSED.keys()):
            yield _whole(PASSED[key], "they are kept in the snapshot, and no import writes them")

    def _of_other_versions(self) -> Iterator[Gap]:
        for key, kind in LIVE.items():
            if count := self._edited[key]:
                reason = f"what is live of {count} of the {key} that were edited since is not in the file"
                yield _whole(kind.name, reason)
        for key, kind in HISTORIES.items():
            if count := self._published_again[key]:
                yield _whole(kind.name, f"older versions of {count} of the {key} are not in the file")

    def limits(self) -> Iterator[JsonObject]:
        """What may be missing, and nothing in the file shows whether it is."""
        for name, count in (("drafts", self._drafts), ("archived", self._archived)):
            if not count and {"entries", "assets"} & self._lists:
                reason = f"the exporter leaves them out unless it is called with --include-{name}"
                yield {"kind": name, "reason": reason}


def _is_edited(sys: JsonObject) -> bool:
    """Whether a live object is not, or not everywhere, what was published."""
    live, version = integer(sys.get("publishedVersion")), integer(sys.get("version"))
    return live is not None and (_is_partly_live(sys) or (version or 0) > live + 1)


def _is_partly_live(sys: JsonObject) -> bool:
    """Whether some locale is live and another one, or an edit, is not."""
    states = {text(state) for state in as_object(nested(sys, "fieldStatus", "*")).values()}
    return bool(states) and states != {"published"}


def _whole(kind: str, reason: str) -> Gap:
    return Gap(kind=kind, uid=_ALL, reason=reason)
