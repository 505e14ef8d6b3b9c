"""An entry whose latest version breaks today's rules of its type is restored as it is, and so are the rules.

The judge is the state of the emulator, which refuses such an entry while its rules are in force.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from random_stack import STAMPS
from workbench import SOURCE, TARGET, RecordingTransport, Workbench, make_workbench, memory_directory

from sampling import rotated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject

TITLE: JsonObject = {"uid": "title", "display_name": "Title", "data_type": "text", "mandatory": True,
                     "unique": True, "multiple": False, "field_metadata": {"_default": True}}  # fmt: skip
PLAIN: JsonObject = {"mandatory": False, "unique": False, "multiple": False}
CHOICES: JsonObject = {"advanced": False, "choices": [{"value": "red"}, {"value": "blue"}]}
# What each rule is, and a value that breaks it.
RULES: dict[str, tuple[JsonObject, Any]] = {
    "mandatory": ({"data_type": "text", "mandatory": True}, None),
    "mandatory text is empty": ({"data_type": "text", "mandatory": True}, ""),
    "format": ({"data_type": "text", "format": "^[A-Z]{3}$"}, "abc-1"),
    "format that could take for ever": ({"data_type": "text", "format": "^([a-z]+)*$"}, "a" * 40 + "!"),
    "format of JavaScript alone": ({"data_type": "text", "format": "^(?<year>\\d{4})$"}, "20"),
    "too long": ({"data_type": "text", "max": 3}, "four"),
    "too short": ({"data_type": "text", "min": 3}, "a"),
    "too large": ({"data_type": "number", "min": 1, "max": 10}, 99),
    "too small": ({"data_type": "number", "min": 1}, 0),
    "too many": ({"data_type": "text", "multiple": True, "max_instance": 1}, ["a", "b"]),
    "too few": ({"data_type": "text", "multiple": True, "min_instance": 3}, ["a", "b"]),
    "no choice": ({"data_type": "text", "display_type": "dropdown", "enum": CHOICES}, "green"),
    "no choice of many": (
        {"data_type": "text", "display_type": "checkbox", "multiple": True, "enum": CHOICES},
        ["red", "green"],
    ),
}
BLUE = "blt0000000000beef"


def place(field: JsonObject, value: Any, where: str) -> tuple[JsonObject, JsonObject]:
    """A field and a value at the top of an entry, in a group, or in a block."""
    if where == "top":
        return field, {"v": value}
    if where == "group":
        group: JsonObject = {
            "uid": "g",
            "display_name": "G",
            "data_type": "group",
            "schema": [field],
            **PLAIN,
        }
        return group, {"g": {"v": value}}
    block: JsonObject = {"uid": "b", "title": "B", "schema": [field]}
    blocks: JsonObject = {"uid": "g", "display_name": "G", "data_type": "blocks", "blocks": [block], **PLAIN}
    return {**blocks, "multiple": True}, {"g": [{"b": {"v": value}}]}


def fill(stack: Stack, field: JsonObject, *entries: JsonObject) -> None:
    link: JsonObject = {"uid": "other", "display_name": "Other", "data_type": "reference",
                        "reference_to": ["note"], **PLAIN}  # fmt: skip
    options: JsonObject = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    schema: list[Any] = [TITLE, field, link]
    row: JsonObject = {
        "uid": "note",
        "title": "Note",
        "description": "",
        "options": options,
        "schema": schema,
    }
    stack.main.put_content_type({**row, **STAMPS})
    for number, entry in enumerate(entries):
        names: JsonObject = {"uid": f"blt00000000000{number:04}", "title": f"Note {number}", "tags": []}
        stack.main.put_entry_version("note", "en-us", {**names, **entry, "_version": 1, **STAMPS})


def contents(stack: Stack) -> list[Any]:
    """The types, and what the entries of the type say, without what a stack gives each its own of."""
    found: Any = (entry.documents["en-us"].latest for entry in stack.main.entries["note"].values())
    entries: list[Any] = [{key: row.get(key) for key in ("title", "v", "g")} for row in found]
    for row in entries:
        if isinstance(row["g"], list):
            row["g"] = [one["b"].get("v") for one in row["g"]]
    return [stack.main.content_types["note"]["schema"], sorted(entries, key=lambda row: row["title"])]


@pytest.fixture
def bench_of() -> Iterator[Any]:
    """Makes a bench whose source has a type with a field, and entries."""
    with memory_directory() as root:

        def make(field: JsonObject, *entries: JsonObject) -> Workbench:
            return make_workbench(root, lambda stack: fill(stack, field, *entries))

        yield make


@pytest.mark.parametrize(("rule", "where"), rotated(RULES, ["top", "group", "block"]))
def test_a_latest_version_that_breaks_a_rule_arrives(bench_of: Any, rule: str, where: str) -> None:
    """With what refers to it; the rule is in force again afterwards."""
    own, value = RULES[rule]
    field, entry = place({"uid": "v", "display_name": "V", **PLAIN, **own}, value, where)
    other: JsonObject = {"other": [{"uid": "blt000000000000000", "_content_type_uid": "note"}]}
    bench = bench_of(field, entry, {**entry, **other})
    snapshot = bench.export()
    assert bench.import_snapshot(snapshot).gaps == []
    assert contents(bench.target) == contents(bench.source)
    second = next(
        e
        for e in bench.target.main.entries["note"].values()
        if e.documents["en-us"].latest["title"] == "Note 1"
    )
    assert len(list(second.documents["en-us"].latest["other"])) == 1


@pytest.mark.parametrize("rule", ["format", "too large", "mandatory"])
def test_content_within_its_rules_needs_no_other_rules(bench_of: Any, rule: str) -> None:
    """A type is written once if nothing breaks a rule of it."""
    own = RULES[rule][0]
    right: dict[str, Any] = {"format": "ABC", "too large": 10, "mandatory": "there"}
    bench = bench_of({"uid": "v", "display_name": "V", **PLAIN, **own}, {"v": right[rule]})
    transport = RecordingTransport(bench.emulator)
    assert bench.import_snapshot(bench.export(), transport=transport).gaps == []
    assert [line for line in transport.log if line.startswith("PUT")] == []


def test_two_entries_with_one_value_that_must_be_unique_both_arrive(bench_of: Any) -> None:
    field: JsonObject = {"uid": "v", "display_name": "V", "data_type": "text", **PLAIN, "unique": True}
    bench = bench_of(field, {"v": "same"}, {"v": "same"}, {"v": "other"})
    assert bench.import_snapshot(bench.export()).gaps == []
    assert contents(bench.target) == contents(bench.source)


def test_two_entries_with_one_title_both_arrive(bench_of: Any) -> None:
    """A title that became unique later."""
    field: JsonObject = {"uid": "v", "display_name": "V", "data_type": "text", **PLAIN}
    bench = bench_of(field, {"title": "Same", "v": "a"}, {"title": "Same", "v": "b"})
    assert bench.import_snapshot(bench.export()).gaps == []
    titles = [e.documents["en-us"].latest["title"] for e in bench.target.main.entries["note"].values()]
    assert titles == ["Same", "Same"]
    assert contents(bench.target)[0] == contents(bench.source)[0]


def test_a_copy_relaxes_as_an_import_does(bench_of: Any) -> None:
    own, value = RULES["format"]
    bench = bench_of({"uid": "v", "display_name": "V", **PLAIN, **own}, {"v": value}, {"v": "ABC"})
    _, result = bench.copy(key=TARGET)
    assert result.gaps == []
    assert contents(bench.target) == contents(bench.source)


def test_what_the_service_still_refuses_is_a_gap(bench_of: Any) -> None:
    """A select field that it does not let become a plain one: the entry is named, the rest arrives."""
    own, value = RULES["no choice"]
    bench = bench_of({"uid": "v", "display_name": "V", **PLAIN, **own}, {"v": value}, {"v": "red"})

    def keep_choices(_: RecordingTransport, request: Any, done: bool) -> None:
        if not done and request.method == "PUT" and b'"enum"' not in request.content:
            request.url = request.url.copy_with(path="/v3/content_types/absent")

    transport = RecordingTransport(bench.emulator, hook=keep_choices)
    gaps = bench.import_snapshot(bench.export(), transport=transport).gaps
    assert {(gap["kind"], gap["uid"]) for gap in gaps} == {("entries", "blt000000000000000")}
    assert contents(bench.target)[0] == contents(bench.source)[0]
    assert [row["v"] for row in contents(bench.target)[1]] == ["red"]


def test_the_export_is_not_changed_by_any_rule(bench_of: Any) -> None:
    own, value = RULES["format"]
    bench = bench_of({"uid": "v", "display_name": "V", **PLAIN, **own}, {"v": value})
    assert bench.export(key=SOURCE).record_counts() == bench.export("again", key=SOURCE).record_counts()
