"""What the service refuses in an entry, with its error codes and field paths."""

from __future__ import annotations

from typing import Any

import pytest
from emulator_client import EmulatorClient, document, embedded, field_of, open_client, reference, rte

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


def prepare(client: EmulatorClient, field: dict[str, Any]) -> None:
    client.stack.main.put("extensions", {"uid": "bltext", "title": "E"})
    client.stack.put_taxonomy({"uid": "colour", "name": "Colour"})
    client.stack.put_term("colour", {"uid": "red", "name": "Red"})
    client.content_type("page", field)


@pytest.mark.parametrize(("field", "value", "errors"), WRONG)
def test_wrong_values_are_refused_by_path(
    client: EmulatorClient, field: dict[str, Any], value: Any, errors: dict[str, list[str]]
) -> None:
    """422 with code 119, the error under the path of the field, and nothing stored."""
    prepare(client, field)
    refusal = client.refused("POST", PAGES, json={"entry": {"title": "A", "f": value}})
    assert refusal == (422, 119, errors)
    assert client.get(PAGES, count="true") == {"entries": 0}


@pytest.mark.parametrize(("field", "value"), RIGHT)
def test_valid_values_are_stored_as_they_were_sent(
    client: EmulatorClient, field: dict[str, Any], value: Any
) -> None:
    """A value that fits its field comes back as it was sent."""
    prepare(client, field)
    assert client.entry("page", {"title": "A", "f": value})["f"] == value


def test_one_answer_names_every_wrong_field(client: EmulatorClient) -> None:
    client.content_type("page", field_of("number", "n"))
    errors = client.refused("POST", PAGES, json={"entry": {"n": "x", "tags": [1]}})[2]
    assert errors == {
        "title": ["is a required field."],
        "n": ["is not a number."],
        "tags": ["is not valid."],
    }


def test_unique_fields_are_unique_within_a_language(client: EmulatorClient) -> None:
    """Another entry's title is refused in its language and free in another; an entry may keep its own."""
    client.content_type("page")
    client.locale("fr")
    uid = client.entry("page", {"title": "A"})["uid"]
    other = client.entry("page", {"title": "B"})["uid"]
    taken = (422, 119, {"title": ["is not unique."]})
    assert client.refused("POST", PAGES, json={"entry": {"title": "A"}}) == taken
    assert client.refused("PUT", f"{PAGES}/{other}", json={"entry": {"title": "A"}}) == taken
    client.put(f"{PAGES}/{uid}", {"entry": {"title": "A"}})
    client.put(f"{PAGES}/{other}", {"entry": {"title": "A"}}, locale="fr")
    assert client.refused("PUT", f"{PAGES}/{uid}?locale=fr", json={"entry": {"title": "A"}}) == taken


def test_a_unique_value_is_free_again_when_no_entry_has_it(client: EmulatorClient) -> None:
    """Renamed, deleted, loaded past the API or in a new branch: only what is there now counts."""
    client.emulator.switches = Switches(trash_holds_unique=False)
    client.content_type("page")
    one = client.entry("page", {"title": "A"})["uid"]
    client.put(f"{PAGES}/{one}", {"entry": {"title": "B"}})
    two = client.entry("page", {"title": "A"})["uid"]
    assert client.refused("PUT", f"{PAGES}/{one}", json={"entry": {"title": "A"}})[0] == 422
    client.ok("DELETE", f"{PAGES}/{two}")
    client.put(f"{PAGES}/{one}", {"entry": {"title": "A"}})
    client.stack.main.put_entry_version("page", "en-us", {"uid": "bltseed", "title": "C", "_version": 1})
    assert client.refused("POST", PAGES, json={"entry": {"title": "C"}})[2] == {"title": ["is not unique."]}
    client.post("/stacks/branches", {"branch": {"uid": "dev", "source": "main"}})
    dev = {"headers": {"branch": "dev"}}
    assert client.refused("POST", PAGES, json={"entry": {"title": "C"}}, **dev)[0] == 422
    client.ok("POST", PAGES, json={"entry": {"title": "D"}}, **dev)
    client.entry("page", {"title": "D"})


DANGLING: list[tuple[dict[str, Any], Any]] = [
    (reference("f", "page"), [{"uid": "bltgone", "_content_type_uid": "page"}]),
    (rte("f"), document("d", embedded("page", "bltgone"))),
    (field_of("file", "f"), "bltgone"),
]


@pytest.mark.parametrize(("field", "value"), DANGLING)
def test_an_import_checks_references_and_a_create_does_not(
    client: EmulatorClient, field: dict[str, Any], value: Any
) -> None:
    """Both are switches; the refusal names the field. An asset has a switch of its own."""
    client.emulator.switches = Switches(asset_must_exist=False)
    client.content_type("page", field)
    content = {"title": "A", "f": value}
    answer = client.import_entry("page", content)
    assert answer.status_code == 422
    assert answer.json()["errors"] == {"f": ["reference 'bltgone' does not exist."]}
    uid = client.entry("page", content)["uid"]
    assert client.import_entry("page", content, uid).status_code == 422
    client.emulator.switches = Switches(import_checks_references=False, write_checks_references=True)
    assert client.import_entry("page", {**content, "title": "B"}).status_code == 201
    assert client.refused("PUT", f"{PAGES}/{uid}", json={"entry": content})[:2] == (422, 119)
    assert client.refused("POST", PAGES, json={"entry": {**content, "title": "C"}})[:2] == (422, 119)


def test_an_import_may_refer_to_existing_objects(client: EmulatorClient) -> None:
    """The same values pass once their targets exist, under the content type that they name."""
    client.content_type("other_page")
    client.content_type("page", rte("a"), reference("b", "page", "other_page"), field_of("file", "c"))
    target, asset = client.entry("page", {"title": "T"})["uid"], client.upload("a.png", b"x")["uid"]
    right = {
        "b": [{"uid": target, "_content_type_uid": "page"}],
        "c": asset,
        "a": document("d", embedded("page", target)),
    }
    assert client.import_entry("page", {"title": "A", **right}).status_code == 201
    wrong = {"b": [{"uid": target, "_content_type_uid": "other_page"}]}
    assert client.import_entry("page", {"title": "B", **wrong}).status_code == 422


def test_an_import_keeps_the_uid_only_by_a_switch(client: EmulatorClient) -> None:
    """By default a new uid is assigned; with the switch the file's, unless it is taken."""
    client.content_type("page")
    sent = {"title": "A", "uid": "bltsource", "_version": 9, "created_at": "2001-01-01T00:00:00.000Z"}
    made = client.import_entry("page", sent).json()
    assert made["notice"] == "Entry imported successfully."
    assert made["entry"]["uid"] not in ("", "bltsource")
    assert (made["entry"]["_version"], made["entry"]["created_at"][:4]) == (1, "2030")
    with open_client(Switches(import_keeps_uid=True)) as keeping:
        keeping.content_type("page")
        assert keeping.import_entry("page", sent).json()["entry"]["uid"] == "bltsource"
        again = keeping.import_entry("page", {**sent, "title": "B"})
        assert (again.status_code, again.json()["errors"]) == (422, {"uid": ["is not unique."]})


def test_an_import_adds_versions_to_an_existing_entry(client: EmulatorClient) -> None:
    """By its path, or by the file's uid with overwrite; merged, or by a switch replaced."""
    client.content_type("page", field_of("text", "a"), field_of("text", "b"))
    uid = client.entry("page", {"title": "A", "a": "1", "b": "2"})["uid"]
    second = client.import_entry("page", {"title": "A", "a": "3"}, uid).json()["entry"]
    assert (second["_version"], second["a"], second["b"]) == (2, "3", "2")
    third = client.import_entry("page", {"title": "A", "uid": uid, "a": "4"}, overwrite="true").json()[
        "entry"
    ]
    assert (third["uid"], third["_version"], third["b"]) == (uid, 3, "2")
    assert client.import_entry("page", {"title": "A", "uid": uid}).json()["errors"] == {
        "title": ["is not unique."]
    }
    client.emulator.switches = Switches(overwrite_replaces=True)
    fourth = client.import_entry("page", {"title": "A"}, uid, overwrite="true").json()["entry"]
    assert (fourth["_version"], "b" in fourth) == (4, False)
    assert client.import_entry("page", {"title": "A"}, "bltnope").status_code == 422


def test_an_exported_entry_can_be_imported(client: EmulatorClient) -> None:
    """The exported file is the bare entry; imported it makes an equal one."""
    client.content_type("page", field_of("text", "a"), field_of("file", "f"))
    asset = client.upload("a.png", b"x")["uid"]
    uid = client.entry("page", {"title": "A", "a": "1", "f": asset})["uid"]
    exported = client.get(f"{PAGES}/{uid}/export")
    assert (exported["title"], exported["f"]["uid"]) == ("A", asset)
    copied = client.import_entry("page", {**exported, "title": "B"}).json()["entry"]
    assert (copied["a"], copied["f"]) == ("1", exported["f"])


def test_an_import_needs_its_file(client: EmulatorClient) -> None:
    """Without a file named `entry`, with JSON for a body, with a list or broken JSON in it: refused."""
    client.content_type("page")
    path = f"{PAGES}/import"
    assert client.refused("POST", path, files={"other": ("e.json", b"{}")})[:2] == (422, 119)
    assert client.refused("POST", path, json={"entry": {"title": "A"}})[0] == 415
    assert client.refused("POST", path, files={"entry": ("e.json", b"[]")})[0] == 422
    assert client.refused("POST", path, files={"entry": ("e.json", b'{"title":')})[0] == 400
    assert client.import_entry("page", {"entry": {"title": "A"}}).status_code == 422
