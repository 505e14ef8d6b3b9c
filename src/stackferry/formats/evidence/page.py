"""Evidence as one HTML page that needs nothing else: no network, no file beside it. `page.html` is its template.

Names and words are other people's, and hostile: all of them are escaped, and the policy of the page lets nothing run
but its own script, whose digest it names, and asks nobody for anything.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Final, NamedTuple

from stackferry.formats.evidence.cells import parts, words
from stackferry.json_values import as_list, as_object, epoch_seconds, objects, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from stackferry.model import Json, JsonObject
    from stackferry.providers.evidence import Evidence

_SLOT: Final = re.compile(r"\{\{(\w+)\}\}")
# What HTML cannot hold: control characters, halves of surrogate pairs.
_UNFIT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_GAPS_SHOWN: Final = 200
_SORTED_BY: Final = 100  # letters of a cell


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
    template = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    slots: dict[str, Iterable[str]] = {
        "policy": [_policy(template)],
        "title": [_escaped(_title(found))],
        "head": _head(found, wanted),
        "columns": (f'<th scope="col"><button type="button">{one.title}</button></th>' for one in _COLUMNS),
        "rows": (_row(row, source) for row, source in zip(found.rows, _sources(found), strict=True)),
    }
    for number, piece in enumerate(_SLOT.split(template)):
        for written in slots[piece] if number % 2 else [piece]:
            yield written.encode()


def _policy(template: str) -> str:
    """Only this script and this style; nothing from anywhere, and nothing sent."""
    digests = {
        name: base64.b64encode(hashlib.sha256(_inside(template, name).encode()).digest()).decode()
        for name in ("script", "style")
    }
    rules = (f"{name}-src 'sha256-{digest}'" for name, digest in digests.items())
    return "; ".join(["default-src 'none'", *rules, "base-uri 'none'", "form-action 'none'"])


def _inside(template: str, name: str) -> str:
    return template.partition(f"<{name}>")[2].partition(f"</{name}>")[0]


def _escaped(value: str) -> str:
    return html.escape(_UNFIT.sub("\ufffd", value), quote=True)


def _title(found: Evidence) -> str:
    return f"Deployments of {', '.join(found.sources)}"


def _sources(found: Evidence) -> Iterator[str]:
    """Which source each row is of; nothing where there is but one."""
    for source, count in found.sources.items():
        yield from [source if len(found.sources) > 1 else ""] * count


def _row(row: JsonObject, source: str) -> str:
    facts = {
        "definition": words(row["definition"]),
        "stage": words(row["stage"]),
        "status": words(row["status"]),
        "queued": words(row["queued_on"])[:10],
        "marks": json.dumps(as_list(row["marks"])),
    }
    data = " ".join(f'data-{name}="{_escaped(value)}"' for name, value in facts.items())
    cells = [_cell(row, _COLUMNS[0], [source]), *(_cell(row, column) for column in _COLUMNS[1:])]
    return f"<tr {data}>{''.join(cells)}</tr>\n"


def _cell(row: JsonObject, column: _Column, more: Iterable[str] = ()) -> str:
    tag = '<div><span class="mark">{}</span></div>' if column.key == "marks" else "<div>{}</div>"
    lines = "".join(tag.format(_escaped(line)) for line in [*column.lines(row), *more] if line)
    key = _escaped("; ".join(parts(row, column.key))[:_SORTED_BY])
    if column.key == "queued_on":  # the service writes a time with more or fewer decimals
        key = str(epoch_seconds(text(row["queued_on"])) or "")
    return f'<td data-key="{key}"><div>{lines}</div></td>'


def _head(found: Evidence, wanted: JsonObject) -> Iterator[str]:
    """What the page is about, what the archives are, and what may be concluded."""
    yield f"<h1>{_escaped(_title(found))}</h1>\n"
    times = sorted(text(row["queued_on"]) for row in found.rows if row["queued_on"])
    yield _facts(
        {
            "Attempts": f"{len(found.rows):,}",
            "Queued": f"{times[0]} to {times[-1]}" if times else "",
            "Asked for": "; ".join(f"{name} {_listed(value)}" for name, value in wanted.items())
            or "everything",
            "Vanished": f"{sum(bool(row['vanished']) for row in found.rows):,}",
            **{f"Marked: {mark}": f"{count:,}" for mark, count in _marks(found).items()},
        }
    )
    for archive in found.archives:
        yield f"<h2>{_escaped('Archive ' + text(archive['snapshot']))}</h2>\n{_facts(_archive(archive))}"
        yield _list([_gap(gap) for gap in objects(archive["gaps"])], "Gaps: what could not be read")
    yield _list(found.may, "What may be concluded")
    yield _list(found.may_not, "What may not be concluded")


def _marks(found: Evidence) -> dict[str, int]:
    counts: dict[str, int] = {}
    for row in found.rows:
        for mark in as_list(row["marks"]):
            counts[words(mark)] = counts.get(words(mark), 0) + 1
    return counts


def _archive(archive: JsonObject) -> dict[str, str]:
    selection = as_object(archive["selection"])
    vanished = as_object(archive["vanished"])
    return {
        "Source": text(archive["source"]),
        "Latest time the service told": words(archive["watermark"]),
        "SHA-256 of its manifest": text(archive["manifest_sha256"]),
        "Narrowed to": "; ".join(f"{name} {_listed(value)}" for name, value in selection.items()),
        "Releases": words(archive["releases"]),
        "Unfinished when read": words(archive["unfinished"]),
        "Vanished": ", ".join(f"{words(count)} {kind.replace('_', ' ')}" for kind, count in vanished.items())
        or "0",
        "Gaps": f"{len(objects(archive['gaps'])):,}",
    }


def _listed(value: Json) -> str:
    return ", ".join(words(one) for one in value) if isinstance(value, list) else words(value)


def _gap(gap: JsonObject) -> str:
    return " ".join(words(gap.get(name)) for name in ("kind", "uid", "reason"))


def _facts(facts: dict[str, str]) -> str:
    rows = (
        f'<tr><th scope="row">{_escaped(name)}</th><td>{_escaped(value)}</td></tr>\n'
        for name, value in facts.items()
        if value
    )
    return f'<table class="facts"><tbody>\n{"".join(rows)}</tbody></table>\n'


def _list(lines: list[str], title: str) -> str:
    if not lines:
        return ""
    more = [f"and {len(lines) - _GAPS_SHOWN:,} more"] if len(lines) > _GAPS_SHOWN else []
    items = "".join(f"<li>{_escaped(line)}</li>\n" for line in [*lines[:_GAPS_SHOWN], *more])
    return f"<h2>{_escaped(title)}</h2>\n<ul>\n{items}</ul>\n"
