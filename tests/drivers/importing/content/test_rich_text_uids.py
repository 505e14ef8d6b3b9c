"""What a service does with the uids of a JSON rich text: refuses a root's that it knows, makes what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from random_stack import STAMPS, TITLE
from workbench import make_workbench, memory_directory

from stackferry.emulators.contentstack import Fault, Switches
from stackferry.json_values import as_object, objects

if TYPE_CHECKING:
    from stackferry.emulators.contentstack import Stack
    from stackferry.model import JsonObject


def _with_rich_text(stack: Stack) -> None:
    text: JsonObject = {
        "uid": "body",
        "display_name": "Body",
        "data_type": "json",
        "field_metadata": {"allow_json_rte": True},
        "multiple": False,
    }
    page: JsonObject = {"uid": "page", "title": "Page", "schema": [{**TITLE}, text]}
    stack.main.put_content_type({**page, "options": {"title": "title", "singleton": False}, **STAMPS})
    lost: JsonObject = {
        "type": "reference",
        "uid": "invented2",
        "attrs": {
            "type": "entry",
            "entry-uid": "bltinventedgone00001",
            "content-type-uid": "page",
            "locale": "en-us",
        },
        "children": [{"text": ""}],
    }
    body: JsonObject = {"type": "doc", "uid": "invented1", "attrs": {}, "children": [{**lost}], "_version": 1}
    entry: JsonObject = {
        "uid": "bltinventedtext00001",
        "title": "One",
        "tags": [],
        "locale": "en-us",
        "_version": 1,
    }
    stack.main.put_entry_version("page", "en-us", {**entry, "body": body, **STAMPS})


def test_a_refused_rich_text_gets_a_fresh_uid() -> None:
    """The second attempt has another root uid; the reference left out of the first attempt is still a gap."""
    with memory_directory() as root:
        workbench = make_workbench(root, _with_rich_text)
        snapshot = workbench.export()
        refusal = (
            b'{"error_message": "Duplicate UID", "error_code": 119, "errors": {"body": ["Duplicate UID"]}}'
        )
        refused = Fault(method="POST", path="/entries/import", status=422, body=refusal, carried_out=False)
        workbench.emulator.faults.add(refused)
        imported = workbench.import_snapshot(snapshot)
        made = next(iter(workbench.target.main.entries["page"].values())).documents["en-us"].latest["body"]
        assert isinstance(made, dict)
        assert made["uid"] != "invented1"
        assert [gap["kind"] for gap in imported.gaps] == ["references"]


def _edited(stack: Stack) -> None:
    """A rich text that was written often, and has a node as an editor sends it: without a uid, and marked."""
    _with_rich_text(stack)
    paragraph: JsonObject = {"type": "p", "attrs": {"dirty": True}, "children": [{"text": "bold"}]}
    body: JsonObject = {
        "type": "doc",
        "uid": "invented1",
        "attrs": {},
        "children": [paragraph],
        "_version": 3,
    }
    entry: JsonObject = {"uid": "bltinventedtext00001", "title": "One", "_version": 1, "body": body, **STAMPS}
    stack.main.put_entry_version("page", "en-us", entry)


@pytest.mark.parametrize("makes_uids", [True, False])
def test_what_the_service_keeps_of_a_rich_text_is_no_difference(makes_uids: bool) -> None:
    """The uids that it makes, the versions that it counts, and the mark that it drops."""
    with memory_directory() as root:
        workbench = make_workbench(root, _edited, switches=Switches(rte_uids_made=makes_uids))
        snapshot = workbench.export()
        assert workbench.import_snapshot(snapshot).gaps == []
        (entry,) = workbench.target.main.entries["page"].values()
        body = as_object(entry.documents["en-us"].latest["body"])
        (paragraph,) = objects(body["children"])
        assert (body["uid"], paragraph["attrs"], "uid" in paragraph) == ("invented1", {}, makes_uids)
        assert workbench.verify(snapshot).differences == []
        assert workbench.verify(snapshot, state=None).differences == []
