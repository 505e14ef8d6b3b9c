"""Evidence as one HTML page that needs nothing else: its rows, for the template `evidence` of `formats.pages`."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.formats.evidence.cells import parts, words
from stackferry.formats.pages import engine
from stackferry.json_values import as_list, as_object, epoch_seconds, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.evidence import Evidence

_SORTED_BY: Final = 100  # letters of a cell


class _Cell(NamedTuple):
    """A cell of the table: what it is sorted by, and its lines."""

    key: str
    lines: list[str]
    is_mark: bool


class _Row(NamedTuple):
    """A row of the table: what the filters look at, and its cells."""

    definition: str
    stage: str
    status: str
    queued: str
    marks: str
    cells: list[_Cell]


class _Archive(NamedTuple):
    """What the head says of a snapshot."""

    name: str
    facts: list[tuple[str, str]]
    gaps: list[str]


class _Column(NamedTuple):
    """A column of the page: several of a row's values, each in a line; `key` is what it is sorted by."""

    title: str
    key: str
    lines: Callable[[JsonObject], Iterable[str]]


def _labelled(**names: str) -> Callable[[JsonObject], Iterable[str]]:
    """Lines of single values, each after its label; what is not there has no line."""

    def lines(row: JsonObject) -> Iterator[str]:
        for name, label in names.items():
            if value := words(row[name]):
                yield f"{label.replace('_', ' ')} {value}".strip()

    return lines


def _several(*names: str) -> Callable[[JsonObject], Iterable[str]]:
    return lambda row: (part for name in names for part in parts(row, name) if part)


def _kept(row: JsonObject) -> Iterator[str]:
    if row["log_sha256"]:
        yield f"log {words(row['log_sha256'])}"
    if row["keep_forever"] is True:
        yield "kept forever"
    if row["vanished"]:
        yield f"vanished: missing since {words(row['vanished'])}"


_COLUMNS: Final = (
    _Column("Release", "release_id",
            _labelled(release="", release_id="id", definition="of", definition_revision="revision")),
    _Column("Stage", "stage", _labelled(stage="", attempt="attempt", deployment_id="deployment", reason="reason:")),
    _Column("Time", "queued_on", _labelled(queued_on="queued", started_on="started", completed_on="completed")),
    _Column("Result", "status", _labelled(status="", operation_status="operation:")),
    _Column("Marks", "marks", _several("marks")),
    _Column("Requested", "requested_for", _labelled(requested_by="by", requested_for="for")),
    _Column("Approvals", "approvals", _several("approvals")),
    _Column("Gates, interventions", "gates", _several("gates", "interventions")),
    _Column("Artifacts", "artifacts", _several("artifacts")),
    _Column("Log, retention", "log_sha256", _kept),
)  # fmt: skip


def page(found: Evidence, wanted: JsonObject) -> Iterator[bytes]:
    """The page, in pieces. `wanted` is what was asked for."""
    return engine.page(
        "evidence",
        "sorted_table",
        title=f"Deployments of {', '.join(found.sources)}",
        head=_head(found, wanted),
        archives=[_archive(one) for one in found.archives],
        may=found.may,
        may_not=found.may_not,
        columns=[one.title for one in _COLUMNS],
        rows=(_row(row, source) for row, source in zip(found.rows, _sources(found), strict=True)),
    )


def _sources(found: Evidence) -> Iterator[str]:
    """Which source each row is of; nothing where there is but one."""
    for source, count in found.sources.items():
        yield from [source if len(found.sources) > 1 else ""] * count


def _row(row: JsonObject, source: str) -> _Row:
    return _Row(
        definition=words(row["definition"]),
        stage=words(row["stage"]),
        status=words(row["status"]),
        queued=words(row["queued_on"])[:10],
        marks=json.dumps(as_list(row["marks"])),
        cells=[_cell(row, _COLUMNS[0], [source]), *(_cell(row, column) for column in _COLUMNS[1:])],
    )


def _cell(row: JsonObject, column: _Column, more: Iterable[str] = ()) -> _Cell:
    key = "; ".join(parts(row, column.key))[:_SORTED_BY]
    if column.key == "queued_on":  # the service writes a time with more or fewer decimals
        key = str(epoch_seconds(text(row["queued_on"])) or "")
    return _Cell(key, [line for line in [*column.lines(row), *more] if line], column.key == "marks")


def _head(found: Evidence, wanted: JsonObject) -> list[tuple[str, str]]:
    """What the page is about."""
    first = last = ""
    vanished, marks = 0, Counter[str]()
    for row in found.rows:
        if queued := text(row["queued_on"]):
            first, last = min(first or queued, queued), max(last, queued)
        vanished += bool(row["vanished"])
        marks.update(map(words, as_list(row["marks"])))
    asked = "; ".join(f"{name} {_listed(value)}" for name, value in wanted.items())
    return [
        ("Attempts", f"{len(found.rows):,}"),
        ("Queued", f"{first} to {last}" if first else ""),
        ("Asked for", asked or "everything"),
        ("Vanished", f"{vanished:,}"),
        *((f"Marked: {mark}", f"{count:,}") for mark, count in marks.items()),
    ]


def _archive(archive: JsonObject) -> _Archive:
    selection = as_object(archive["selection"])
    vanished = as_object(archive["vanished"])
    kinds = ", ".join(f"{words(count)} {kind.replace('_', ' ')}" for kind, count in vanished.items())
    facts = [
        ("Source", text(archive["source"])),
        ("Latest time the service told", words(archive["watermark"])),
        ("SHA-256 of its manifest", text(archive["manifest_sha256"])),
        ("Narrowed to", "; ".join(f"{name} {_listed(value)}" for name, value in selection.items())),
        ("Releases", words(archive["releases"])),
        ("Unfinished when read", words(archive["unfinished"])),
        ("Vanished", kinds or "0"),
        ("Gaps", f"{len(objects(archive['gaps'])):,}"),
    ]
    return _Archive(text(archive["snapshot"]), facts, [_gap(gap) for gap in objects(archive["gaps"])])


def _listed(value: Json) -> str:
    return ", ".join(words(one) for one in value) if isinstance(value, list) else words(value)


def _gap(gap: JsonObject) -> str:
    return " ".join(words(gap.get(name)) for name in ("kind", "uid", "reason"))
