"""A type whose rules are softened while entries are published, and somebody who edits it: nothing of that is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from every_kind_space import fill_every_kind
from meanwhile import after, before, meanwhile
from space_bench import SOURCE, SYSTEM, TARGET, TOKEN, make_space_bench
from states_space import PAGE, entry, field, fill_states, titles
from workbench import Cut, RecordingTransport, no_wait, run_async

from stackferry import exact_json
from stackferry.drivers.import_run import abandon
from stackferry.drivers.run import Run
from stackferry.emulators.application import HttpRequest
from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from meanwhile import Moment
    from space_bench import SpaceBench

    from stackferry.drivers.resuming.temporary_changes import Undone
    from stackferry.emulators.contentful import Environment, Space
    from stackferry.io.storage.snapshot import Snapshot

TYPE = "/content_types/page"
LIVE = [*PAGE["fields"]]
LATE = field("late", validations=[{"size": {"max": 5}}])
DRAFT = [LIVE[0], {**LIVE[1], "name": "Wording"}, LIVE[2], field("extra", required=True)]
EDITED_MEANWHILE = "somebody else edited it while its rules were softened: what they changed stays"
EDITED = {"name": "Text"}  # of the field `words`


def fill(space: Space, environment: Environment, *, has_draft: bool = False) -> None:
    fill_states(space, environment)
    environment.put_entry(entry("long", {"title": titles(en="Long"), "words": titles(en="w" * 50)}, "PPPP"))
    if has_draft:
        page = environment.content_types["page"]
        page.body = {**page.body, "fields": [*DRAFT]}
        page.sys["version"] = page.version + 1


def fill_with_draft(space: Space, environment: Environment) -> None:
    fill(space, environment, has_draft=True)


def call(
    bench: SpaceBench, path: str, body: Any = None, *, key: str = TARGET, version: int | None = None
) -> None:
    """One write of an editor, at the version that the type has where none is given."""
    page = bench.emulator.spaces[key].master.content_types["page"]
    request = HttpRequest(
        method="PUT",
        path=f"/spaces/{key}/environments/master{path}",
        origin="http://emulator.invented",
        headers={"authorization": f"Bearer {TOKEN}", "x-contentful-version": str(version or page.version)},
        body=exact_json.dumps(body) if body is not None else b"",
    )
    assert bench.emulator.handle(request).status < 300


def edit(bench: SpaceBench, *, is_published: bool) -> None:
    """Another field, first of all, and another name of one that is softened."""
    body: Any = bench.target.master.content_types["page"].body
    fields = [{**one, **(EDITED if one["id"] == "words" else {})} for one in body["fields"]]
    call(bench, TYPE, {**body, "fields": [LATE, *fields]})
    if is_published:
        call(bench, f"{TYPE}/published")


def expected(fields: list[Any], *, is_edited: bool = True) -> list[Any]:
    edited = [{**one, **(EDITED if one["id"] == "words" else {})} for one in fields]
    return [LATE, *edited] if is_edited else fields


def check(bench: SpaceBench, *, is_published: bool, has_draft: bool) -> None:
    """What the editor added is where they left it, and every rule is back."""
    page: Any = bench.target.master.content_types["page"]
    assert page.live["fields"] == expected(LIVE, is_edited=is_published)
    assert page.body["fields"] == expected(DRAFT if has_draft else LIVE)


def start(root: Path, *, has_draft: bool) -> tuple[SpaceBench, Snapshot]:
    bench = make_space_bench(root / "bench", fill_with_draft if has_draft else fill)
    return bench, bench.export()


def told(done: Any) -> tuple[set[Any], set[Any]]:
    remarks = {(one["kind"], one["uid"]) for one in done.remarks.get("meanwhile", [])}
    return remarks, {(one["kind"], one["uid"]) for one in done.gaps}


class Kill(RecordingTransport):
    """Ends the run after so many requests to the target that match; the service has carried out the last one."""

    def __init__(self, bench: SpaceBench, number: int, match: str) -> None:
        super().__init__(bench.emulator, self._count)
        self._left, self._match = number, match

    def _count(self, _: RecordingTransport, request: httpx.Request, done: bool) -> None:
        if done and re.search(self._match, f"{request.method} {request.url.path}"):
            self._left -= 1
            if not self._left:
                raise Cut


PUT, PUBLISH = rf"^PUT .*{TARGET}.*{TYPE}$", rf"^PUT .*{TARGET}.*{TYPE}/published$"
MOMENTS: dict[str, Callable[[int], Moment]] = {
    "before it is softened": lambda _: before(match=rf"^GET .*{TARGET}.*/content_types\?sys"),
    "while it is soft": lambda _: after(2, match=PUBLISH),
}
CASES = pytest.mark.parametrize(
    ("is_published", "has_draft"),
    [(True, False), (False, False), (True, True), (False, True)],
    ids=["published", "saved", "published below a draft", "saved in a draft"],
)


@CASES
@pytest.mark.parametrize("moment", MOMENTS)
def test_what_somebody_adds_stays_and_is_told(
    root: Path, moment: str, is_published: bool, has_draft: bool
) -> None:
    bench, snapshot = start(root, has_draft=has_draft)
    with meanwhile(
        bench.emulator, (MOMENTS[moment](has_draft), lambda: edit(bench, is_published=is_published))
    ):
        done = bench.import_snapshot(snapshot)
    if moment == "before it is softened" and has_draft:  # they had the draft before them
        page: Any = bench.target.master.content_types["page"]
        assert page.body["fields"] == expected(DRAFT)
        assert page.live["fields"] == (expected(DRAFT) if is_published else LIVE)
    else:
        check(bench, is_published=is_published, has_draft=has_draft)
    assert told(done) == ({("content_types", "page")}, {("content_types", "page")})
    assert bench.target.master.entries["long"].state == "published"


@CASES
@pytest.mark.parametrize("path", ["", "/published"])
@pytest.mark.parametrize("is_resumed", [False, True])
def test_at_the_last_moment_it_is_refused_and_the_rules_come_back_at_the_end_of_the_run(
    root: Path, path: str, is_resumed: bool, is_published: bool, has_draft: bool
) -> None:
    bench, snapshot = start(root, has_draft=has_draft)
    if is_resumed:
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=Kill(bench, 2, PUBLISH))
    # Written and softened, now or by an earlier run; given back.
    earlier = 0 if is_resumed else 2
    drafts = 0 if is_resumed or path else int(has_draft)
    moment = before(1 + earlier + drafts, match=PUBLISH if path else PUT)
    with meanwhile(bench.emulator, (moment, lambda: edit(bench, is_published=is_published))):
        done = bench.import_snapshot(snapshot)
    assert told(done) == ({("content_types", "page")}, {("content_types", "page")})
    assert [gap["reason"] for gap in done.gaps] == [EDITED_MEANWHILE]
    check(bench, is_published=is_published, has_draft=has_draft)
    written = bench.writes()
    assert told(bench.import_snapshot(snapshot)) == told(done)
    assert bench.writes() == written


def undo(bench: SpaceBench, transport: RecordingTransport | None = None) -> Undone:
    place = bench.place(TARGET)

    async def run() -> Undone:
        async with bench.session(place, transport) as session:
            return await abandon(Run(SYSTEM, session, place, sleep=no_wait), bench.root / "state")

    return run_async(run)


@CASES
@pytest.mark.parametrize("ends_by", ["resuming", "abandoning after kills"])
def test_after_a_kill(root: Path, ends_by: str, is_published: bool, has_draft: bool) -> None:
    bench, snapshot = start(root, has_draft=has_draft)
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=Kill(bench, 2, PUBLISH))
    edit(bench, is_published=is_published)
    if ends_by == "resuming":
        done = bench.import_snapshot(snapshot)
        assert told(done) == ({("content_types", "page")}, {("content_types", "page")})
    else:
        for number in range(1, 3 + (has_draft or not is_published)):
            with pytest.raises(Cut):
                undo(bench, Kill(bench, number, "^PUT "))
        undone = undo(bench)
        assert undone.count == 1
        assert told(undone) == ({("content_types", "page")}, {("content_types", "page")})
    check(bench, is_published=is_published, has_draft=has_draft)


@CASES
@pytest.mark.parametrize("abandons", [False, True])
def test_a_kill_while_the_rules_are_given_back(
    root: Path, abandons: bool, is_published: bool, has_draft: bool
) -> None:
    """What they had only saved is not there any more for a while: it is kept before that."""
    bench, snapshot = start(root, has_draft=has_draft)
    with pytest.raises(Cut):
        bench.import_snapshot(snapshot, transport=Kill(bench, 2, PUBLISH))
    edit(bench, is_published=is_published)
    for _ in range(2):
        with pytest.raises(Cut):
            bench.import_snapshot(snapshot, transport=Kill(bench, 1, f"PUT .*{TYPE}(/published)?$"))
    if abandons:
        undo(bench)
    else:
        done = bench.import_snapshot(snapshot)
        assert ("content_types", "page") in told(done)[0]
    check(bench, is_published=is_published, has_draft=has_draft)


INTERFACE = f"{TYPE}/editor_interface"


@pytest.mark.parametrize("versions", ["risen", "kept"])
@pytest.mark.parametrize("mirror", [False, True])
def test_an_editor_interface_that_somebody_changes_while_its_type_is_written(
    root: Path, mirror: bool, versions: Any
) -> None:
    """It is read again after the types: what is not the work of a publish is somebody's edit."""
    bench = make_space_bench(root / "bench", fill_every_kind, switches=Switches(editor_versions=versions))
    snapshot, rows = bench.export(), bench.source.master.editor_interfaces
    page: Any = bench.source.master.content_types["page"].body
    call(bench, TYPE, {**page, "description": "", "fields": [*page["fields"], field("more")]}, key=SOURCE)
    call(bench, f"{TYPE}/published", key=SOURCE)
    change(bench, "at first")
    moment = before(2, match=r"^GET .*/editor_interfaces")
    with meanwhile(bench.emulator, (moment, lambda: change(bench, "meanwhile"))):
        done = bench.import_snapshot(snapshot, key=SOURCE, in_place=True, on_conflict="update", mirror=mirror)
    controls: Any = rows["page"]["controls"]
    assert controls[0]["settings"] == {"helpText": "meanwhile"}
    assert told(done) == ({("editor_interfaces", "page")}, {("editor_interfaces", "page")})


def change(bench: SpaceBench, words: str) -> None:
    row: Any = bench.source.master.editor_interfaces["page"]
    first, *others = row["controls"]
    body = {name: value for name, value in row.items() if name != "sys"}
    body["controls"] = [{**first, "settings": {"helpText": words}}, *others]
    call(bench, INTERFACE, body, key=SOURCE, version=row["sys"]["version"])
