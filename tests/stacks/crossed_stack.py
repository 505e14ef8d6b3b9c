"""The stack of every kind, in which objects of every kind also name plain entries and what nothing else names.

A plain entry is whole when it is created. What names it must come after it, and nothing else says so here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from every_kind_stack import BIRDS, EXTENSION, FLOW, OF_HEN, OF_PICTURE, fill_every_kind
from random_stack import STAMPS, TITLE
from small_stack import FOLDER, LIVE, NEW_YEAR, PICTURE

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

APP, STORY = "bltcccccccccccccc00", "bltcccccccccccccc01"
GROUP, YOUNG = "cscccccccccccccc02", "cscccccccccccccc03"
WRITER, RELEASED, WAITING = "bltcccccccccccccc04", "bltcccccccccccccc05", "bltcccccccccccccc06"
FRENCH = "bltaaaaaaaaaaaaaa04"  # the language of the small stack
BY_METADATA, BY_ASSET, BY_VARIANT, BY_ROLE, BY_RELEASE, BY_RULE, LATER = (
    f"bltcccccccccccccc1{number}" for number in range(7)
)
NOTES = (BY_METADATA, BY_ASSET, BY_VARIANT, BY_ROLE, BY_RELEASE, BY_RULE, LATER)


def fill_crossed(stack: Stack) -> None:
    """Fill an empty stack."""
    fill_every_kind(stack)
    branch = stack.main
    app: Row = {"uid": APP, "title": "Beside", "type": "field", "data_type": "text", "srcdoc": "<b>"}
    branch.put("extensions", {**app, **STAMPS})
    _notes(stack)
    facts: Row = {"_content_type_uid": "note", "api_key": "blt_invented_source", "branch": "main"}
    for uid, entry in ((OF_HEN, BY_METADATA), (OF_PICTURE, BY_ASSET)):
        row: Any = branch.metadata[uid]
        row["refers_to"] = [{"entry_uid": entry, **facts}]
        row["extension_uid"] = APP if uid == OF_PICTURE else EXTENSION
    _around(stack)


def _notes(stack: Stack) -> None:
    """Plain entries; a story whose variant refers to one."""
    branch = stack.main
    link: Row = {"uid": "link", "display_name": "Link", "data_type": "reference", "mandatory": False,
                 "reference_to": ["note", "sign"], "multiple": False, "unique": False}  # fmt: skip
    beside: Row = {"uid": "beside", "display_name": "Beside", "data_type": "json", "mandatory": False,
                   "extension_uid": APP, "multiple": False, "unique": False}  # fmt: skip
    tagged: Row = {"uid": "taxonomies", "display_name": "Taxonomy", "data_type": "taxonomy", "mandatory": False,
                   "taxonomies": [{"taxonomy_uid": "places"}], "multiple": True, "unique": False}  # fmt: skip
    for uid, schema in (
        ("note", [TITLE, tagged]),
        ("sign", [TITLE]),
        ("story", [TITLE, link, beside, tagged]),
    ):
        options: Row = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
        kind: Row = {"uid": uid, "title": uid, "description": "", "schema": schema, "options": options}
        branch.put_content_type({**kind, **STAMPS})
    for number, uid in enumerate(NOTES):
        of_type = "sign" if uid in (BY_ROLE, BY_RULE) else "note"
        row: Row = _entry(uid, f"Note {number}")
        if of_type == "note":
            row["taxonomies"] = [{"taxonomy_uid": "places", "term_uid": "sea"}]
        branch.put_entry_version(of_type, "en-us", row)
    story: Row = {**_entry(STORY, "Story"), "beside": {"where": LIVE}}
    story["taxonomies"] = [{"taxonomy_uid": "places", "term_uid": "quay"}]
    branch.put_entry_version("story", "en-us", story)
    group: Row = {"uid": GROUP, "name": "Readers", "content_types": ["story"]}
    branch.put("variant_groups", {**group, "variants": [{"uid": YOUNG, "name": "Young"}], **STAMPS})
    about: Row = {"_uid": YOUNG, "_change_set": ["link"], "_order": []}
    changed: Row = {"link": [{"uid": BY_VARIANT, "_content_type_uid": "note"}], "locale": "en-us"}
    young: Row = {"uid": STORY, **changed, "_version": 1, "_variant": about}
    branch.put_variant("story", STORY, "en-us", {**young, "publish_details": [_live()], **STAMPS})


def _entry(uid: str, title: str) -> Row:
    return {"uid": uid, "title": title, "tags": [], "_version": 1, "publish_details": [_live()], **STAMPS}


def _live() -> Row:
    return {"environment": LIVE, "locale": "en-us", "version": 1, "time": "", "user": ""}


def _around(stack: Stack) -> None:
    """What else names notes, the folder, the label and the taxonomy."""
    branch = stack.main
    rules: list[Any] = [
        {"module": "entry", "entries": [BY_ROLE], "acl": {"read": True}},
        {"module": "folder", "folders": [FOLDER], "acl": {"read": True}},
        {"module": "asset", "assets": [PICTURE], "acl": {"read": True}},
        {"module": "label", "labels": [BIRDS], "acl": {"read": True}},
        {"module": "taxonomy", "taxonomies": ["places"], "acl": {"read": True}},
        {"module": "locale", "locale_uids": [FRENCH], "acl": {"read": True}},
    ]
    stack.put("roles", {"uid": WRITER, "name": "Writer", "description": "", "rules": rules, **STAMPS})
    condition: Row = {"operand_field": "link", "operator": "equals", "value": BY_RULE}
    rule: Row = {
        "conditions": [condition],
        "match_type": "all",
        "actions": [{"action": "show", "target_field": "title"}],
    }
    branch.content_types["story"]["field_rules"] = [rule]
    release: Row = {"uid": RELEASED, "name": "Notes", "description": "", "locked": False, "status": []}
    item: Row = {"action": "publish", "locale": "en-us", "version": 1, "title": ""}
    note: Row = {**item, "content_type_uid": "note", "uid": BY_RELEASE}
    picture: Row = {**item, "content_type_uid": "built_io_upload", "uid": PICTURE}
    young: Row = {**item, "content_type_uid": "story", "uid": STORY, "variant_id": YOUNG}
    branch.put_release({**release, "_deploy_latest": False, **STAMPS}, [note, picture, young])
    flow: Any = stack.workflows[FLOW]
    flow["description"] = ""
    flow["workflow_stages"][0]["SYS_ACL"] = {"roles": {"uids": [WRITER]}, "users": {"uids": ["$all"]}}
    later: Row = {"type": "entry", "entry": {"uid": LATER, "locale": "en-us", "version": 1}}
    where: Row = {"environment": [LIVE], "publish_status": "scheduled", "locale": ["en-us"], **STAMPS}
    action: Row = {"uid": WAITING, "action": "unpublish", "scheduled_at": NEW_YEAR}
    branch.put_queue_item({**later, **where, **action, "content_type": {"uid": "note"}})
