"""Variant groups of a vendor export: the CLI does not export them, but its records of Personalize imply them.

An experience of Personalize is what a variant group of the stack stands for; it names the group, its variants and,
beside it, the content types. Everything else of Personalize has no place in a snapshot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stackferry.formats.csdx.model import Folder, Found
from stackferry.model import Record, Stream
from stackferry.providers.contentstack.values import as_object, objects, text

if TYPE_CHECKING:
    from stackferry.model import Json, JsonObject

_PLACE = "personalize/experiences"


def variant_groups(folder: Folder) -> Found:
    """The groups that the exported experiences stand for."""
    types = folder.optional(f"{_PLACE}/experiences-content-types.json")
    linked = as_object(types)
    groups = [
        _group(folder, experience, linked) for _, experience in folder.rows(f"{_PLACE}/experiences.json")
    ]
    known = [group for group in groups if group.get("uid")]
    return Found(
        job="variant_groups",
        records=[(Stream("variant_groups"), Record(text(group.get("uid")), group)) for group in known],
        added=["variant_groups: the row, from an experience of Personalize"] * len(known),
    )


def _group(folder: Folder, experience: JsonObject, linked: JsonObject) -> JsonObject:
    uid, cms = text(experience.get("uid")), as_object(experience.get("_cms"))
    names = _names(folder, uid)
    variants: list[Json] = [
        {"uid": variant, "name": names.get(short, text(variant))}
        for short, variant in as_object(cms.get("variants")).items()
    ]
    return {
        "uid": text(cms.get("variantGroup")),
        "name": text(experience.get("name")),
        "content_types": linked.get(uid, []),
        "variants": variants,
    }


def _names(folder: Folder, experience: str) -> dict[str, str]:
    """The names of an experience's variants, by the short uid that the experience knows them by."""
    versions = [row for _, row in folder.rows(f"{_PLACE}/versions/{experience}.json")]
    rows = [row for version in reversed(versions) for row in objects(version.get("variants"))]
    return {text(row.get("shortUid")): text(row.get("name")) for row in rows if row.get("name")}
