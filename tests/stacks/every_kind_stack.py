"""The small stack and one object of every other kind: its import uses every route that creates or changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from random_stack import STAMPS, TITLE
from small_stack import HEN, LIVE, NEW_YEAR, PICTURE, RELEASE, fill_small

if TYPE_CHECKING:
    from random_fields import Row

    from stackferry.emulators.contentstack import Stack

EXTENSION, ANIMALS, BIRDS, ROLE, HOOK, FLOW, RULE = (f"bltaaaaaaaaaaaaaa4{number}" for number in range(7))
OF_HEN, OF_PICTURE = "csaaaaaaaaaaaaaa46", "csaaaaaaaaaaaaaa47"
GROUP, SUMMER = "csaaaaaaaaaaaaaa48", "csaaaaaaaaaaaaaa49"
STAGES = ("bltaaaaaaaaaaaaaa51", "bltaaaaaaaaaaaaaa52")


def fill_every_kind(stack: Stack) -> None:
    """Fill an empty stack."""
    fill_small(stack)
    _taxonomy(stack)
    _types(stack)
    _around(stack)
    _workflow(stack)
    _variants(stack)
    _metadata(stack)
    hen = stack.main.entries["page"][HEN]
    stack.main.put_version_name("page", HEN, "en-us", 1, {"title": "First draft"})
    hen.documents["en-us"].workflow = {"uid": STAGES[0], "name": "Draft"}
    stack.main.assets[PICTURE].versions[2].raw["tags"] = [
        "black, white",
        "birds",
    ]  # a form separates tags by commas, so this one needs JSON
    stack.main.releases[RELEASE].raw["status"] = [
        {"environment": LIVE, "status": "deployed", "time": NEW_YEAR}
    ]


def _taxonomy(stack: Stack) -> None:
    live: list[Any] = [{"environment": LIVE, "time": NEW_YEAR, "user": "bltinvented"}]
    whole: Row = {"uid": "places", "name": "Places", "description": "All of them", "publish_details": live}
    stack.put_taxonomy(whole)
    stack.put_taxonomy({"uid": "plain", "name": "Plain", "description": "Without terms"})
    stack.put_term("places", {"uid": "sea", "name": "Sea", "parent_uid": None, "order": 1})
    stack.put_term("places", {"uid": "air", "name": "Air", "parent_uid": None, "order": 2})
    stack.put_term("places", {"uid": "quay", "name": "Quay", "parent_uid": "sea", "order": 1})
    stack.put_taxonomy({"uid": "places", "name": "Lieux", "publish_details": live}, "fr-fr")
    stack.put_term("places", {"uid": "sea", "name": "Mer"}, "fr-fr")


def _types(stack: Stack) -> None:
    """Two types that refer to each other, with a mandatory global field, and an entry of each that do so too."""
    stack.main.put(
        "extensions",
        {
            "uid": EXTENSION,
            "title": "Colour",
            "type": "field",
            "data_type": "text",
            "srcdoc": "<p>",
            **STAMPS,
        },
    )
    words: Row = {"uid": "words", "display_name": "Words", "data_type": "text", "mandatory": True,
                  "multiple": False, "unique": False}  # fmt: skip
    stack.main.put(
        "global_fields", {"uid": "seo", "title": "SEO", "description": "", "schema": [words], **STAMPS}
    )
    for uid, other in (("cart", "horse"), ("horse", "cart")):
        stack.main.put_content_type(_ring_type(uid, other))
    for uid, other in (("cart", "horse"), ("horse", "cart")):
        link: Row = {"other": [{"uid": f"blt{other}", "_content_type_uid": other}], "seo": {"words": "w"}}
        row: Row = {"uid": f"blt{uid}", "title": uid, "tags": [], "_version": 1, "publish_details": []}
        stack.main.put_entry_version(uid, "en-us", {**row, **link, **STAMPS})


def _ring_type(uid: str, other: str) -> Row:
    link: Row = {"uid": "other", "display_name": "Other", "data_type": "reference", "mandatory": True,
                 "reference_to": [other], "multiple": False, "unique": False}  # fmt: skip
    seo: Row = {"uid": "seo", "display_name": "SEO", "data_type": "global_field", "reference_to": "seo",
                "mandatory": True, "multiple": False, "unique": False}  # fmt: skip
    row: Row = {"uid": uid, "title": uid, "description": "", "schema": [TITLE, link, seo]}
    row["options"] = {"is_page": False, "singleton": False, "sub_title": [], "title": "title"}
    return {**row, **STAMPS}


def _around(stack: Stack) -> None:
    stack.main.put("labels", {"uid": ANIMALS, "name": "Animals", "parent": [], "content_types": [], **STAMPS})
    stack.main.put(
        "labels", {"uid": BIRDS, "name": "Birds", "parent": [ANIMALS], "content_types": ["page"], **STAMPS}
    )
    rule: Row = {"module": "environment", "environment": [LIVE], "acl": {"read": True}}
    stack.put("roles", {"uid": ROLE, "name": "Keeper", "description": "", "rules": [rule], **STAMPS})
    hook: Row = {"uid": HOOK, "name": "Hook", "destinations": [{"target_url": "https://example.org/a"}]}
    facts: Row = {"channels": ["assets.create"], "branches": ["main"], "disabled": True}
    stack.put("webhooks", {**hook, **facts, "retry_policy": "manual", **STAMPS})


def _workflow(stack: Stack) -> None:
    stages: list[Row] = [
        {"uid": STAGES[0], "name": "Draft", "color": "#aaaaaa", "next_available_stages": [STAGES[1]]},
        {"uid": STAGES[1], "name": "Done", "color": "#bbbbbb", "next_available_stages": ["$all"]},
    ]
    flow: Row = {"uid": FLOW, "name": "Review", "content_types": ["page"], "branches": ["main"]}
    stack.put("workflows", {**flow, "enabled": True, "workflow_stages": [*stages], **STAMPS})
    rule: Row = {"uid": RULE, "workflow": FLOW, "workflow_stage": STAGES[1], "environment": LIVE}
    facts: Row = {
        "actions": ["publish"],
        "content_types": ["page"],
        "locales": ["en-us"],
        "branches": ["main"],
    }
    stack.put("publish_rules", {**rule, **facts, **STAMPS})


def _metadata(stack: Stack) -> None:
    """What an extension keeps beside an entry and a picture."""
    about: Row = {"extension_uid": EXTENSION, "locale": "en-us", "scope": "local", "_version": 1, **STAMPS}
    place: Row = {"environment": LIVE, "locale": "en-us", "version": 1, "time": NEW_YEAR, "user": ""}
    live: Row = {"is_published": True, "publish_details": [place]}
    referred: Row = {
        "entry_uid": HEN,
        "_content_type_uid": "page",
        "api_key": "blt_invented_source",
        "branch": "main",
    }
    of_entry: Row = {"uid": OF_HEN, "entity_uid": HEN, "type": "entry", "_content_type_uid": "page"}
    stack.main.put(
        "metadata",
        {**of_entry, **about, **live, "seen": {"by": ["all", 3]}, "refers_to": [referred], "tags": ["a"]},
    )
    of_asset: Row = {
        "uid": OF_PICTURE,
        "entity_uid": PICTURE,
        "type": "asset",
        "_content_type_uid": "sys_assets",
    }
    stack.main.put("metadata", {**of_asset, **about, "rights": "ours", "is_published": False})


def _variants(stack: Stack) -> None:
    group: Row = {"uid": GROUP, "name": "Seasons", "content_types": ["page"]}
    stack.main.put("variant_groups", {**group, "variants": [{"uid": SUMMER, "name": "Summer"}], **STAMPS})
    about: Row = {"_uid": SUMMER, "_change_set": ["title"], "_order": []}
    shown: Row = {"environment": LIVE, "locale": "en-us", "version": 1, "time": "", "user": ""}
    row: Row = {"uid": HEN, "title": "Hen in summer", "locale": "en-us", "_version": 1, "_variant": about}
    stack.main.put_variant("page", HEN, "en-us", {**row, "publish_details": [shown], **STAMPS})
