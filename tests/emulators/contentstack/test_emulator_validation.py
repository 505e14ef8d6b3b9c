"""What the service refuses in an entry, and in whose words."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_desk import Desk, document, embedded, field_of, open_desk, reference, rte

from stackferry.emulators.contentstack import Switches

PAGES = "/content_types/page/entries"

NUMBER = field_of("number", "f")
CHOICE = field_of("text", "f", enum={"advanced": False, "choices": [{"value": "a"}, {"value": "b"}]})
EMAIL = field_of("text", "f", format="^.+@.+$", error_messages={"format": "is no address."})
GROUP = field_of("group", "f", schema=[field_of("number", "n", mandatory=True)])
GROUPS = field_of("group", "f", multiple=True, max_instance=2, schema=[field_of("text", "t")])
BLOCKS = field_of(
    "blocks", "f", multiple=True, blocks=[{"uid": "b", "title": "B", "schema": [field_of("boolean", "t")]}]
)
TERMS = field_of("taxonomy", "f", multiple=True, taxonomies=[{"taxonomy_uid": "colour"}])

WRONG: list[tuple[dict[str, Any], Any, dict[str, list[str]]]] = [
    (field_of("text", "f"), 1, {"f": ["is not a string."]}),
    (field_of("text", "f"), ["a"], {"f": ["should not be an array."]}),
    (field_of("text", "f", multiple=True), "a", {"f": ["is not an array."]}),
    (field_of("text", "f", mandatory=True), "", {"f": ["is a required field."]}),
    (field_of("text", "f", mandatory=True), None, {"f": ["is a required field."]}),
    (NUMBER, "1", {"f": ["is not a number."]}),
    (NUMBER, True, {"f": ["is not a number."]}),
    (field_of("number", "f", min=1, max=3), 4, {"f": ["should not be more than 3."]}),
    (field_of("number", "f", min=1, max=3), 0, {"f": ["should be at least 1."]}),
    (field_of("boolean", "f"), "true", {"f": ["is not a boolean."]}),
    (field_of("isodate", "f"), "tomorrow", {"f": ["is not a valid date."]}),
    (field_of("link", "f"), "https://example.invalid", {"f": ["is not an object."]}),
    (field_of("file", "f"), 5, {"f": ["is not valid."]}),
    (CHOICE, "c", {"f": ["is not valid."]}),
    (EMAIL, "nobody", {"f": ["is no address."]}),
    (GROUP, {"n": "x"}, {"f.n": ["is not a number."]}),
    (GROUP, {}, {"f.n": ["is a required field."]}),
    (GROUP, "x", {"f": ["is not an object."]}),
    (GROUPS, [{"t": "1"}, {"t": 2}], {"f.1.t": ["is not a string."]}),
    (GROUPS, [{}, {}, {}], {"f": ["should not have more than 2 instances."]}),
    (BLOCKS, [{"b": {"t": 1}}], {"f.0.b.t": ["is not a boolean."]}),
    (BLOCKS, [{"unknown": {}}], {"f": ["block is not valid."]}),
    (BLOCKS, {"b": {}}, {"f": ["is not an array."]}),
    (rte("f"), {"type": "p", "children": []}, {"f": ["is not a valid JSON RTE document."]}),
    (reference("f", "page"), [{"uid": "blt1"}], {"f": ["is not valid."]}),
    (
        reference("f", "page"),
        [{"uid": "blt1", "_content_type_uid": "x"}],
        {"f": ["content type 'x' is not allowed."]},
    ),
    (
        TERMS,
        [{"taxonomy_uid": "colour", "term_uid": "mauve"}],
        {"f": ["term 'mauve' of taxonomy 'colour' is not valid."]},
    ),
]

RIGHT: list[tuple[dict[str, Any], Any]] = [
    (field_of("text", "f"), ""),
    (field_of("text", "f"), None),
    (field_of("text", "f", multiple=True), ["a", "b"]),
    (NUMBER, 1.5),
    (field_of("boolean", "f"), False),
    (field_of("isodate", "f"), "2016-10-07T12:34:36.000Z"),
    (field_of("link", "f"), {"title": "t", "href": "/h"}),
    (field_of("json", "f", extension_uid="bltext"), {"any": ["thing"]}),
    (CHOICE, "a"),
    (EMAIL, "somebody@example.invalid"),
    (GROUP, {"n": 1}),
    (BLOCKS, []),
    (reference("f", "page"), [{"uid": "bltgone", "_content_type_uid": "page"}]),
    (reference("f", "page"), ["bltgone"]),
    (TERMS, [{"taxonomy_uid": "colour", "term_uid": "red"}]),
]


def prepare(desk: Desk, field: dict[str, Any]) -> None:
    desk.stack.main.put_extension({"uid": "bltext", "title": "E"})
    desk.stack.put_taxonomy({"uid": "colour", "name": "Colour"})
    desk.stack.put_term("colour", {"uid": "red", "name": "Red"})
    desk.content_type("page", field)


@pytest.mark.parametrize(("field", "value", "complaints"), WRONG)
def test_wrong_values_are_refused_by_path(
    desk: Desk, field: dict[str, Any], value: Any, complaints: dict[str, list[str]]
) -> None:
    """422 with code 119, the complaint under the path of the field, and nothing stored."""
    prepare(desk, field)
    refusal = desk.refused("POST", PAGES, json={"entry": {"title": "A", "f": value}})
    assert refusal == (422, 119, complaints)
    assert desk.get(PAGES, count="true") == {"entries": 0}


@pytest.mark.parametrize(("field", "value"), RIGHT)
def test_right_values_are_stored(desk: Desk, field: dict[str, Any], value: Any) -> None:
    """A value that fits its field comes back as it was sent."""
    prepare(desk, field)
    assert desk.entry("page", {"title": "A", "f": value})["f"] == value


def test_all_complaints_come_together(desk: Desk) -> None:
    """One answer names every field that is wrong, a missing title among them."""
    desk.content_type("page", field_of("number", "n"))
    complaints = desk.refused("POST", PAGES, json={"entry": {"n": "x", "tags": [1]}})[2]
    assert complaints == {
        "title": ["is a required field."],
        "n": ["is not a number."],
        "tags": ["is not valid."],
    }


def test_unique_fields_are_unique_within_a_language(desk: Desk) -> None:
    """Another entry's title is refused in its language and free in another; an entry may keep its own."""
    desk.content_type("page")
    desk.locale("fr")
    uid = desk.entry("page", {"title": "A"})["uid"]
    other = desk.entry("page", {"title": "B"})["uid"]
    taken = (422, 119, {"title": ["is not unique."]})
    assert desk.refused("POST", PAGES, json={"entry": {"title": "A"}}) == taken
    assert desk.refused("PUT", f"{PAGES}/{other}", json={"entry": {"title": "A"}}) == taken
    desk.put(f"{PAGES}/{uid}", {"entry": {"title": "A"}})
    desk.put(f"{PAGES}/{other}", {"entry": {"title": "A"}}, locale="fr")
    assert desk.refused("PUT", f"{PAGES}/{uid}?locale=fr", json={"entry": {"title": "A"}}) == taken


def test_a_value_is_free_again_once_nobody_holds_it(desk: Desk) -> None:
    """Renamed, deleted, loaded past the API or in a new branch: only what is there now counts."""
    desk.content_type("page")
    one = desk.entry("page", {"title": "A"})["uid"]
    desk.put(f"{PAGES}/{one}", {"entry": {"title": "B"}})
    two = desk.entry("page", {"title": "A"})["uid"]
    assert desk.refused("PUT", f"{PAGES}/{one}", json={"entry": {"title": "A"}})[0] == 422
    desk.ok("DELETE", f"{PAGES}/{two}")
    desk.put(f"{PAGES}/{one}", {"entry": {"title": "A"}})
    desk.stack.main.put_entry_version("page", "en-us", {"uid": "bltseed", "title": "C", "_version": 1})
    assert desk.refused("POST", PAGES, json={"entry": {"title": "C"}})[2] == {"title": ["is not unique."]}
    desk.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    dev = {"headers": {"branch": "dev"}}
    assert desk.refused("POST", PAGES, json={"entry": {"title": "C"}}, **dev)[0] == 422
    desk.ok("POST", PAGES, json={"entry": {"title": "D"}}, **dev)
    desk.entry("page", {"title": "D"})


DANGLING: list[tuple[dict[str, Any], Any]] = [
    (reference("f", "page"), [{"uid": "bltgone", "_content_type_uid": "page"}]),
    (rte("f"), document("d", embedded("page", "bltgone"))),
    (field_of("file", "f"), "bltgone"),
]


@pytest.mark.parametrize(("field", "value"), DANGLING)
def test_an_import_checks_references_and_a_create_does_not(
    desk: Desk, field: dict[str, Any], value: Any
) -> None:
    """Both are switches; the refusal names the field."""
    desk.content_type("page", field)
    content = {"title": "A", "f": value}
    answer = desk.import_entry("page", content)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"f": ["reference 'bltgone' does not exist."]}
    uid = desk.entry("page", content)["uid"]
    assert desk.import_entry("page", content, uid).status_code == 422
    desk.emulator.switches = Switches(import_checks_references=False, write_checks_references=True)
    assert desk.import_entry("page", {**content, "title": "B"}).status_code == 201
    assert desk.refused("PUT", f"{PAGES}/{uid}", json={"entry": content})[:2] == (422, 119)
    assert desk.refused("POST", PAGES, json={"entry": {**content, "title": "C"}})[:2] == (422, 119)


def test_an_import_may_refer_to_what_is_there(desk: Desk) -> None:
    """The same values pass once their targets exist, under the content type that they name."""
    desk.content_type("other_page")
    desk.content_type("page", rte("a"), reference("b", "page", "other_page"), field_of("file", "c"))
    target, asset = desk.entry("page", {"title": "T"})["uid"], desk.upload("a.png", b"x")["uid"]
    right = {
        "b": [{"uid": target, "_content_type_uid": "page"}],
        "c": asset,
        "a": document("d", embedded("page", target)),
    }
    assert desk.import_entry("page", {"title": "A", **right}).status_code == 201
    wrong = {"b": [{"uid": target, "_content_type_uid": "other_page"}]}
    assert desk.import_entry("page", {"title": "B", **wrong}).status_code == 422


def test_an_import_keeps_the_uid_only_by_a_switch(desk: Desk) -> None:
    """By default a new uid is assigned; with the switch the file's, unless it is taken."""
    desk.content_type("page")
    sent = {"title": "A", "uid": "bltsource", "_version": 9, "created_at": "2001-01-01T00:00:00.000Z"}
    made = desk.import_entry("page", sent).json()
    assert made["notice"] == "Entry imported successfully."
    assert made["entry"]["uid"] not in ("", "bltsource")
    assert (made["entry"]["_version"], made["entry"]["created_at"][:4]) == (1, "2030")
    with open_desk(Switches(import_keeps_uid=True)) as keeping:
        keeping.content_type("page")
        assert keeping.import_entry("page", sent).json()["entry"]["uid"] == "bltsource"
        again = keeping.import_entry("page", {**sent, "title": "B"})
        assert (again.status_code, again.json()["errors"]) == (422, {"uid": ["is not unique."]})


def test_an_import_adds_versions_to_an_existing_entry(desk: Desk) -> None:
    """By its path, or by the file's uid with overwrite; merged, or by a switch replaced."""
    desk.content_type("page", field_of("text", "a"), field_of("text", "b"))
    uid = desk.entry("page", {"title": "A", "a": "1", "b": "2"})["uid"]
    second = desk.import_entry("page", {"title": "A", "a": "3"}, uid).json()["entry"]
    assert (second["_version"], second["a"], second["b"]) == (2, "3", "2")
    third = desk.import_entry("page", {"title": "A", "uid": uid, "a": "4"}, overwrite="true").json()["entry"]
    assert (third["uid"], third["_version"], third["b"]) == (uid, 3, "2")
    assert desk.import_entry("page", {"title": "A", "uid": uid}).json()["errors"] == {
        "title": ["is not unique."]
    }
    desk.emulator.switches = Switches(overwrite_replaces=True)
    fourth = desk.import_entry("page", {"title": "A"}, uid, overwrite="true").json()["entry"]
    assert (fourth["_version"], "b" in fourth) == (4, False)
    assert desk.import_entry("page", {"title": "A"}, "bltnope").status_code == 422


def test_an_export_is_what_an_import_takes(desk: Desk) -> None:
    """The exported file is the bare entry; imported it makes an equal one."""
    desk.content_type("page", field_of("text", "a"), field_of("file", "f"))
    asset = desk.upload("a.png", b"x")["uid"]
    uid = desk.entry("page", {"title": "A", "a": "1", "f": asset})["uid"]
    exported = desk.get(f"{PAGES}/{uid}/export")
    assert (exported["title"], exported["f"]["uid"]) == ("A", asset)
    copied = desk.import_entry("page", {**exported, "title": "B"}).json()["entry"]
    assert (copied["a"], copied["f"]) == ("1", exported["f"])


def test_an_import_needs_its_file(desk: Desk) -> None:
    """Without a file named `entry`, with JSON for a body, with a list or broken JSON in it: refused."""
    desk.content_type("page")
    path = f"{PAGES}/import"
    assert desk.refused("POST", path, files={"other": ("e.json", b"{}")})[:2] == (422, 119)
    assert desk.refused("POST", path, json={"entry": {"title": "A"}})[0] == 415
    assert desk.refused("POST", path, files={"entry": ("e.json", b"[]")})[0] == 422
    assert desk.refused("POST", path, files={"entry": ("e.json", b'{"title":')})[0] == 400
    assert desk.import_entry("page", {"entry": {"title": "A"}}).status_code == 422
