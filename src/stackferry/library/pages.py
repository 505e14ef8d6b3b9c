"""Pages that operations write beside their reports: where they may lie, and what of a run they show."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from stackferry.errors import UsageError
from stackferry.formats.pages.rows import MOST_OBJECTS
from stackferry.io.storage.named_file import check_named, write_named
from stackferry.io.storage.snapshot import Snapshot
from stackferry.json_values import as_list, as_object, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from stackferry.drivers.verify_run import VerifyResult
    from stackferry.formats.pages.overview import Document, Table
    from stackferry.library.listing import Listed
    from stackferry.library.overview import Overview
    from stackferry.model import JsonObject, Stream
    from stackferry.providers.reading.told import Reader, Told


def check_outside(file: Path, sources: Iterable[object]) -> None:
    """Raise UsageError where a page or a table would be written over anything but a file, or into a snapshot."""
    where = check_named(file).parent
    for snapshot in sources:
        if isinstance(snapshot, Snapshot) and where.is_relative_to(snapshot.root.resolve()):
            raise UsageError(f"{file} lies in a snapshot, whose files never change; name another place")


def write_diff_page(
    file: Path,
    found: VerifyResult,
    told: Sequence[Told],
    reader: Reader,
    names: Sequence[str],
    labels: Mapping[str, str],
) -> None:
    """The differences of two sides as a page for editors. `names`: what the sides are called."""
    from stackferry.formats.pages.diff import DiffPage

    write_named(file, DiffPage(found.differences, told, reader, labels).written(names, found.gaps))


def overview_page(found: Overview) -> Iterator[bytes]:
    """A snapshot as a page: its facts and sums, and its documents as far as a page holds them."""
    from stackferry.formats.pages import overview as pages

    labels = found.listing.system.words.labels
    counted = pages.Table("What it holds", "Kind", ["Number"], _counted(found, labels))
    return pages.overview_page(
        pages.OverviewRows(
            title=f"Snapshot of {found.place}",
            facts=_facts(found),
            tables=[counted, _by_language(found, labels), *([] if found.sums else [_published(found)])],
            releases=found.releases,
            sums=found.sums,
            live=found.listing.system.words.live,
            gaps=[(label(one.kind, labels), one.reason, one.count) for one in found.gap_sorts],
            redacted=found.redacted,
            documents=islice(map(partial(_document, found), found.documents()), MOST_OBJECTS),
            count=sum(found.objects.get(kind, 0) for kind in found.listing.reader.live_kinds),
            sorts=sorted(_sorts(found, labels)),
            languages=[*found.by_locale],
            environments=[place for place in _places(found) if place],
        )
    )


def _by_language(found: Overview, labels: Mapping[str, str]) -> Table:
    from stackferry.formats.pages.overview import Table

    kinds = [*dict.fromkeys(kind for held in found.by_locale.values() for kind in held)]
    rows = [(code, [held.get(kind, 0) for kind in kinds]) for code, held in found.by_locale.items()]
    return Table("By language", "Language", [label(kind, labels) for kind in kinds], rows)


def _published(found: Overview) -> Table:
    """How many documents are live, by environment and language."""
    from stackferry.formats.pages.overview import Table

    live = {(one.environment, one.locale): one.documents for one in found.published}
    locales = sorted({one.locale for one in found.published})
    rows = [(place or "live", [live.get((place, code), 0) for code in locales]) for place in _places(found)]
    columns = [code or "Documents" for code in locales]
    return Table("Where documents are published", "Environment", columns, rows)


def _places(found: Overview) -> list[str]:
    """The environments in which something is published; one without a name where the system has none."""
    return [*dict.fromkeys(one.environment for one in found.published)]


def label(kind: str, labels: Mapping[str, str]) -> str:
    """What a person calls a kind."""
    return labels.get(kind, kind.replace("_", " "))


def _facts(found: Overview) -> list[tuple[str, str]]:
    options = as_object(found.snapshot.manifest.get("options"))
    return [
        ("Directory", str(found.snapshot.root)),
        ("Made", found.made_at),
        ("Note", found.note),
        ("Master locale", text(found.snapshot.manifest.get("master_locale"))),
        ("Versions", text(options.get("versions"))),
        *_unlike_today(found.snapshot.manifest),
        ("Gaps", f"{len(found.gaps):,}"),
        ("Credentials redacted", f"{len(found.redacted):,}"),
    ]


def _unlike_today(manifest: JsonObject) -> Iterator[tuple[str, str]]:
    """How much of an archive that grows was still to change, and how much the service no longer has."""
    for name, told in (("unfinished", "Unfinished when read"), ("vanished", "Vanished")):
        if name in manifest:
            yield told, f"{len(as_list(manifest[name])):,}"


def _counted(found: Overview, labels: Mapping[str, str]) -> list[tuple[str, list[int]]]:
    order = {kind: place for place, kind in enumerate(found.listing.system.words.order)}
    kinds = sorted(found.objects, key=lambda kind: (order.get(kind, len(order)), kind))
    return [(label(kind, labels), [found.objects[kind]]) for kind in kinds]


def _sorts(found: Overview, labels: Mapping[str, str]) -> set[str]:
    """The types, and kinds without types, of documents."""
    live = found.listing.reader.live_kinds
    streams = (stream for stream, _ in found.snapshot.stream_files() if stream.kind in live)
    return {_sort(found, stream, labels) for stream in streams}


def _sort(found: Overview, stream: Stream, labels: Mapping[str, str]) -> str:
    return found.listing.reader.type_name(stream.type) if stream.type else label(stream.kind, labels)


def _languages_by_place(row: Listed) -> dict[str, list[str]]:
    by_place: dict[str, list[str]] = {}
    for one in row.facts.published:
        version = "" if one.version in (None, row.view.version) else f" (version {one.version})"
        by_place.setdefault(one.environment, []).append(f"{one.locale}{version}".strip())
    return by_place


def _document(found: Overview, row: Listed) -> Document:
    from stackferry.formats.pages.overview import Document

    by_place = _languages_by_place(row)
    return Document(
        title=row.title,
        sort=_sort(found, row.stream, found.listing.system.words.labels),
        uid=row.view.uid,
        languages=[code for code in row.locale.split(", ") if code],
        version="" if row.view.version is None else str(row.view.version),
        url=row.facts.url,
        updated_at=row.facts.updated_at,
        live=[
            ": ".join(filter(None, (place, ", ".join(filter(None, codes)))))
            for place, codes in by_place.items()
        ],
        environments=[place for place in by_place if place],
    )
