"""`stackferry.identities`: who became whom, of all that imports between two places have found and made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from stackferry.drivers.import_target import IDENTITIES
from stackferry.errors import UsageError
from stackferry.io import config
from stackferry.io.config import state_directory
from stackferry.io.profiles import read_profile
from stackferry.io.storage.files import Files
from stackferry.io.storage.identity_file import Head, Row, read, written
from stackferry.io.storage.named_file import check_named, write_named
from stackferry.json_values import text
from stackferry.library.connect import find_place, profile_place
from stackferry.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.library.state import MapFile
    from stackferry.model import JsonObject


class Pair(NamedTuple):
    """The imports from one place into another, and the file of what they found and made."""

    source: str
    target: str
    file: Path

    def rows(self) -> Iterator[Row]:
        """Every identity, by kind and uid; one at a time in memory."""
        lines = _read(self.file)
        next(lines, None)
        return (Row(*(text(row.get(name)) for name in Row._fields)) for row in lines)


def identities(
    target: str | Place,
    *,
    source: str | Place | None = None,
    state: str | Path | None = None,
    out: str | Path | None = None,
) -> list[Pair]:
    """The pairs of places of which this machine knows what an import into `target` has found and made.

    `source` names one of the places that were imported from; `state` is the directory of a checkpoint, for imports that
    had one of their own. `out` is a file that gets the identities of the one pair there is: a table (`.csv`) or JSON
    (`.json`), which `import_` takes as its `identities`. No credential is needed and nothing is asked online.

    Raises UsageError where nothing is known, and for `out` where there are several pairs.
    """
    goal, origin = _identity(target), None if source is None else _identity(source)
    home = (state_directory() if state is None else Path(state)) / IDENTITIES
    files = sorted(home.glob("*.jsonl")) if home.is_dir() else []
    pairs = [pair for pair in map(_pair, files) if pair.target == goal and origin in (None, pair.source)]
    if not pairs:
        raise UsageError(
            f"nothing is known of imports into {target}: {home} has no file of it; name the place as the import did, "
            "or its --state"
        )
    if out is not None:
        if len(pairs) > 1:
            raise UsageError(f"{out}: name one with --source: {', '.join(pair.source for pair in pairs)}")
        write_identities(pairs[0].file, Path(out))
    return pairs


def write_identities(file: Path, out: Path, head: Head | None = None) -> None:
    """Write what a file of identities holds in the form that the name of another says. `head`: of a file that is not
    there."""
    lines = _read(file)
    first = next(lines, None)
    own = head or Head("", "")
    if first is not None:
        own = Head(text(first.get("source")), text(first.get("target")))
    rows = (Row(*(text(row.get(name)) for name in Row._fields)) for row in lines)
    write_named(out, written(out.name, own, rows))


def check_out(out: str | Path | None) -> None:
    """Raise UsageError, before a run, for a file that cannot be written when it is over."""
    if out is not None:
        check_named(Path(out))


def write_map(find: MapFile, out: str | Path | None, places: tuple[Place, Place]) -> None:
    """Write the identities of an import that has ended into `out`, if that is given. `places` are those that it was
    asked for; where it found that one is an alias, what that names counts."""
    if out is not None:
        source, target = find.asked or places
        write_identities(find(source, target), Path(out), Head(source.identity, target.identity))


def _read(file: Path) -> Iterator[JsonObject]:
    files = Files(file.absolute().parent)
    return read(file.name, files.lines(file.name) if files.exists(file.name) else iter(()))


def _pair(file: Path) -> Pair:
    head = next(_read(file), {})
    return Pair(text(head.get("source")), text(head.get("target")), file)


def _identity(where: str | Place) -> str:
    """A place as a file of identities names it. Raises UsageError for what is none."""
    if isinstance(where, Place):
        return where.identity
    place, _ = find_place(where) if config.is_place(where) else profile_place(read_profile(where))
    return place.identity
