"""A service that drops one key of one write: the import tells, for every write and every key that it sends.

The judge is the oracle, which reads the target over the API: a run without gaps must have made the very stack that an
undisturbed import makes.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from dropping import DroppingTransport
from every_kind_stack import fill_every_kind
from random_stack import STAMPS, TITLE
from small_stack import fill_small
from workbench import TARGET, Workbench, make_workbench, memory_directory

from oracle import compare
from stackferry.errors import StackferryError
from stackferry.model import Gap, Request
from stackferry.providers.contentstack.importing.stored import checked
from stackferry.providers.target import PreparedWrite, Write, WriteResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from oracle import Dump
    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

_WAS_EMPTY = re.compile(r'was (\[\]|""|\{\}), is null$')
PARTS = 10  # the keys are tried in so many tests, which run side by side
SAMPLE = 2  # of them run always, the others with `-m torture`
_OF_OBJECT = re.compile(r"(POST|PUT) \S+ /[^/*]+/[^/*]+")  # a key of an object in the body


def imported(dropped: str = "") -> tuple[set[str], bool, Dump]:
    """What an import of every kind sends, whether it says that all of it arrived, and what the target then holds."""
    with memory_directory() as root:
        bench: Workbench = make_workbench(root, fill_every_kind)
        transport = DroppingTransport(bench.emulator, dropped)
        snapshot = bench.export(versions="all")
        is_whole = False
        with suppress(StackferryError):
            result = bench.import_snapshot(
                snapshot, versions="all", transport=transport, enable_webhooks=True
            )
            is_whole = result.gaps == []
        return (
            {key for key in transport.keys if _OF_OBJECT.fullmatch(key)},
            is_whole,
            bench.dump(TARGET, versions=True),
        )


@pytest.fixture(scope="module")
def undisturbed() -> tuple[list[str], Dump]:
    keys, is_whole, target = imported()
    assert is_whole
    return sorted(keys), target


def test_the_writes_of_every_kind_are_tried(undisturbed: tuple[list[str], Dump]) -> None:
    names = {key.split("/")[-2] for key in undisturbed[0]}
    assert {"entry", "asset", "content_type", "role", "workflow", "release", "taxonomy", "webhook"} <= names


@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[pytest.mark.torture] * (part >= SAMPLE)) for part in range(PARTS)]
)
def test_a_key_that_the_service_drops_is_a_gap(undisturbed: tuple[list[str], Dump], part: int) -> None:
    keys, whole = undisturbed
    for key in keys[part::PARTS]:
        _, is_whole, target = imported(key)
        lost = [line for line in compare(whole, target) if not _WAS_EMPTY.search(line)]
        assert not is_whole or not lost, key


def write(body: bytes, read: Callable[[JsonObject], WriteResult] = lambda _: WriteResult()) -> Write:
    """A write of a label, as a plan makes it."""
    request = Request(method="POST", path="/v3/labels", body=body)
    failed = Gap(kind="labels", uid="invented", reason="the target refused it")
    return Write(
        key="one", kind="labels", build=lambda: PreparedWrite(request=request), read=read, failed=failed
    )


def result_of(body: bytes, answer: JsonObject) -> WriteResult:
    step = checked(write(body))
    assert isinstance(step, Write)
    step.build()
    return step.read(answer)


def test_a_value_that_came_back_different_is_a_gap_at_once() -> None:
    result = result_of(
        b'{"label": {"name": "Sea", "order": 1}}', {"label": {"uid": "b", "name": "See", "order": 1}}
    )
    assert result.confirm is None
    assert [(gap.path, gap.reason) for gap in result.gaps] == [
        ("/name", "the target stored 'See', sent was 'Sea'")
    ]


@pytest.mark.parametrize(
    "shown", [{"uid": "b", "name": "Sea", "parent": ["a"]}, {"uid": "b", "name": "Sea"}, {}]
)
def test_a_key_that_the_answer_lacks_is_looked_for_in_the_object(shown: JsonObject) -> None:
    result = result_of(
        b'{"label": {"name": "Sea", "parent": ["a"]}}', {"label": {"uid": "b/c", "name": "Sea"}}
    )
    assert result.gaps == ()
    assert result.confirm is not None
    assert (result.confirm.request.method, result.confirm.request.path) == ("GET", "/v3/labels/b%2Fc")
    gaps = result.confirm.gaps({"label": shown} if shown else {})
    assert [gap.path for gap in gaps] == ([] if "parent" in shown else ["/parent"])


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('"bltfile"', {"uid": "bltfile", "url": "https://invented.example/a"}),
        ('"2026-01-01T00:00:00+01:00"', "2025-12-31T23:00:00.000Z"),
        ('"quiet"', "*****"),
        ("[]", None),
        ('[{"name": "a", "_metadata": {"uid": "cs1"}}]', [{"name": "a", "_metadata": {"uid": "cs2"}}]),
        ('{"type": "doc", "uid": "a", "children": []}', {"type": "doc", "uid": "b", "children": []}),
        ('{"attrs": {"dirty": true, "style": {}}}', {"attrs": {"style": {}}, "_version": 1, "uid": "made"}),
    ],
)
def test_another_form_of_the_same_value_is_no_gap(sent: str, stored: Any) -> None:
    result = result_of(f'{{"label": {{"value": {sent}}}}}'.encode(), {"label": {"uid": "b", "value": stored}})
    assert (result.gaps, result.confirm) == ((), None)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('[{"uid": "blt1", "_content_type_uid": "page"}]', [{"uid": "blt2", "_content_type_uid": "page"}]),
        ('{"schema": [{"uid": "title"}]}', {"schema": [{"uid": "title_1"}]}),
        ("1", True),
        ("4294967297", 1),
        ('["a", "b"]', ["b", "a"]),
        ("[1]", [1, 2]),
        ("0", False),
    ],
)
def test_another_value_is_a_gap(sent: str, stored: Any) -> None:
    result = result_of(f'{{"label": {{"value": {sent}}}}}'.encode(), {"label": {"uid": "b", "value": stored}})
    assert result.gaps


def test_a_move_without_its_stage_is_not_silent(undisturbed: tuple[list[str], Dump]) -> None:
    """Either the entries come into their stage in another way, or they are gaps. The oracle compares stages."""
    keys, whole = undisturbed
    key = "POST /v3/bulk/workflow /workflow/workflow_stage"
    assert key in keys
    _, is_whole, target = imported(key)
    assert is_whole
    assert compare(whole, target) == compare(whole, whole)
    with memory_directory() as root:
        bench = make_workbench(root, fill_every_kind)
        bench.import_snapshot(bench.export(versions="all"), versions="all", enable_webhooks=True)
        for entries in bench.target.main.entries.values():
            for entry in entries.values():
                for document in entry.documents.values():
                    document.workflow = {}
        assert any("stage" in line for line in compare(whole, bench.dump(TARGET, versions=True)))


def test_a_group_that_is_called_entry_is_no_wrapper() -> None:
    """The file that an entry is imported from holds its fields; that of a taxonomy holds it beside its terms."""
    group: dict[str, Any] = {"uid": "entry", "display_name": "Entry", "data_type": "group", "multiple": False}
    line: dict[str, Any] = {
        **TITLE,
        "uid": "line",
        "display_name": "Line",
        "mandatory": False,
        "unique": False,
    }
    rules = {"mandatory": False, "unique": False}
    options = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}

    def fill(stack: Stack) -> None:
        fill_small(stack)
        fields = [TITLE, {**group, **rules, "schema": [line]}]
        odd: dict[str, Any] = {
            "uid": "odd",
            "title": "Odd",
            "description": "",
            "schema": fields,
            "options": options,
        }
        stack.main.put_content_type({**odd, **STAMPS})
        row: dict[str, Any] = {
            "uid": "bltaaaaaaaaaaaaaa61",
            "title": "Odd",
            "tags": [],
            "_version": 1,
            "publish_details": [],
        }
        stack.main.put_entry_version("odd", "en-us", {**row, "entry": {"line": "inside"}, **STAMPS})

    with memory_directory() as root:
        bench = make_workbench(root, fill)
        assert bench.import_snapshot(bench.export()).gaps == []
