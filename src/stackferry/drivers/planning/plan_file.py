"""The plan of an import: what a dry run found out, as JSON lines in one file.

The first line is the head: what the plan is for. Then a line for each object that a write is about, in the order of the
writes; gaps; what stays in the target; what the plan relies on there. The last line is the foot: sums, and the digest
of all lines before it, so that a file that was cut off or edited is no plan. Never holds a credential of the run.
"""

from __future__ import annotations

import hashlib
from itertools import chain
from typing import TYPE_CHECKING, Final

from stackferry import exact_json
from stackferry.errors import JsonRefused, UsageError
from stackferry.io.redaction import mask
from stackferry.io.storage.files import Files
from stackferry.io.storage.named_file import write_named
from stackferry.json_values import as_object
from stackferry.providers.options import options_as_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from stackferry.drivers.import_run import FinishedDryRun
    from stackferry.model import JsonObject, Place, Rank
    from stackferry.providers.described import Described
    from stackferry.providers.source import TempTables
    from stackferry.providers.target import WriteOptions

FORMAT: Final = 1
HEAD, WRITE, GAP, LEFT, RELIES, FOOT = "head", "write", "gap", "left", "relies", "foot"

_AGAIN: Final = "make it again with --plan"
# What a line of a list of remarks is called.
_REMARKS: Final = {
    "conflicts": "conflict",
    "deployed": "deployed",
    "mapped": "mapped",
    "meanwhile": "meanwhile",
    "removed": "removed",
}


class PlanItems:
    """The rows of the writes of a dry run, on disk, in the order of the plan: what is decided first may vary."""

    def __init__(self, scratch: TempTables) -> None:
        self._table = scratch.table(4)
        self.count = 0

    def add(self, rank: Rank, action: str, rows: Iterable[JsonObject]) -> None:
        for number, row in enumerate(rows):
            kind = {"kind": row["kind"], "action": action}
            self._table.add([(*rank, number, exact_json.dumps({**kind, **row}))])
            self.count += 1

    def lines(self) -> Iterator[bytes]:
        """The rows as lines of a plan."""
        for row in self._table:
            yield _masked(b'{"line":"%s",%s\n' % (WRITE.encode(), bytes(row[3])[1:]))


class PlanFile:
    """A plan that was written before. Raises UsageError for a file that is none, or not whole."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise UsageError(f"there is no plan {path}: name a file that --plan has written")
        self.path = path
        self._files = Files(path.absolute().parent)
        digest, last, head = hashlib.sha256(), b"", b""
        try:
            for line in self._files.lines(path.name):
                digest.update(last)
                head, last = head or line, line
            self.head, foot = (as_object(exact_json.loads(one)) for one in (head, last))
        except JsonRefused as refused:
            raise UsageError(f"{path} is no plan, or not all of one ({refused}): {_AGAIN}") from refused
        if self.head.get("line") != HEAD:
            raise UsageError(f"{path} is no plan: name a file that --plan has written")
        if self.head.get("format") != FORMAT:
            raise UsageError(
                f"{path} is a plan of format {self.head.get('format')}, this is format {FORMAT}: {_AGAIN}"
            )
        if foot.get("line") != FOOT or foot.get("sha256") != digest.hexdigest():
            raise UsageError(f"{path} is not the whole plan, or was edited: {_AGAIN}")
        self.digest = digest.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """Its lines of one sort."""
        for line in self._files.lines(self.path.name):
            if as_object(exact_json.loads(line)).get("line") == name:
                yield line


def plan_head(target: Place, origin: Place | None, snapshot: str, options: WriteOptions) -> JsonObject:
    """What a plan is for: places, the digest of the snapshot's manifest, and options.

    `places` are both as a command takes them; two spellings of one place are one in `source` and `target`.
    """
    return {
        "format": FORMAT,
        "places": {"source": "" if origin is None else str(origin), "target": str(target)},
        "source": "" if origin is None else origin.identity,
        "target": target.identity,
        "snapshot": snapshot,
        "options": options_as_json(options),
    }


def write_plan(path: Path, done: FinishedDryRun, when: str, sums: Mapping[str, object]) -> None:
    """Write the plan of a dry run that is still open. `sums` are further facts of the foot."""
    write_named(path, _lines(done, when, sums))


def _lines(done: FinishedDryRun, when: str, sums: Mapping[str, object]) -> Iterator[bytes]:
    digest, count = hashlib.sha256(), 0
    for line in chain([_line(HEAD, {**done.head(), "made": when})], _body(done)):
        digest.update(line)
        count += 1
        yield line
    facts: JsonObject = {
        "actions": done.writes.as_json(),
        "objects": done.items.count,
        "waits": done.writes.waits,
        "events": {**done.described.events()},
        **sums,  # type: ignore[dict-item] # JSON, as the caller promises
    }
    yield _line(FOOT, {**facts, "lines": count, "sha256": digest.hexdigest()})


def _body(done: FinishedDryRun) -> Iterator[bytes]:
    yield from done.items.lines()
    told = ((_REMARKS[name], rows) for name, rows in done.remarks.items() if name in _REMARKS)
    for name, rows in ((GAP, done.gaps), (LEFT, done.left), *told):
        for row in rows:
            yield _line(name, row)
    yield from relied_lines(done.described)


def relied_lines(described: Described) -> Iterator[bytes]:
    """What the plan relies on, a line each."""
    return (_line(RELIES, row) for row in described.relied_on())


def _line(name: str, facts: JsonObject) -> bytes:
    return _masked(exact_json.dumps({"line": name, **facts}) + b"\n")


def _masked(line: bytes) -> bytes:
    return mask(line.decode("utf-8", "surrogatepass")).encode("utf-8", "surrogatepass")
