"""What a seed holds: the raw objects of one branch of one stack, by kind, wherever they were read from.

Plain data between the readers of layouts and the stack that is filled. Nothing here depends on a file format.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

    from stackferry.model import JsonObject


class TaxonomySeed(NamedTuple):
    """A taxonomy, or with a locale its name and description in that language."""

    raw: JsonObject
    locale: str | None = None


class TermSeed(NamedTuple):
    """A term of a taxonomy, or with a locale its name in that language. Parents come before children."""

    taxonomy: str
    raw: JsonObject
    locale: str | None = None


class AssetSeed(NamedTuple):
    """One version of a file. `content` is None where the bytes are not at hand."""

    raw: JsonObject
    content: bytes | Path | None = None


class EntrySeed(NamedTuple):
    """One version of an entry in one language, its publish details among its fields."""

    content_type: str
    locale: str
    raw: JsonObject


class VersionNameSeed(NamedTuple):
    """The name of a version of an entry."""

    content_type: str
    uid: str
    locale: str
    version: int
    name: JsonObject


class VariantSeed(NamedTuple):
    """One variant of an entry in one language."""

    content_type: str
    uid: str
    locale: str
    raw: JsonObject


class ReleaseSeed(NamedTuple):
    """A release and what is pinned to it."""

    raw: JsonObject
    items: list[JsonObject]


@dataclass(slots=True, kw_only=True)
class Seed:
    """Raw objects per kind. `master_locale` is always among `locales`."""

    master_locale: str = "en-us"
    locales: list[JsonObject] = field(default_factory=list)
    environments: list[JsonObject] = field(default_factory=list)
    extensions: list[JsonObject] = field(default_factory=list)
    global_fields: list[JsonObject] = field(default_factory=list)
    content_types: list[JsonObject] = field(default_factory=list)
    taxonomies: list[TaxonomySeed] = field(default_factory=list)
    terms: list[TermSeed] = field(default_factory=list)
    labels: list[JsonObject] = field(default_factory=list)
    roles: list[JsonObject] = field(default_factory=list)
    workflows: list[JsonObject] = field(default_factory=list)
    publish_rules: list[JsonObject] = field(default_factory=list)
    webhooks: list[JsonObject] = field(default_factory=list)
    variant_groups: list[JsonObject] = field(default_factory=list)
    metadata: list[JsonObject] = field(default_factory=list)
    folders: list[JsonObject] = field(default_factory=list)
    assets: list[AssetSeed] = field(default_factory=list)
    entries: list[EntrySeed] = field(default_factory=list)
    version_names: list[VersionNameSeed] = field(default_factory=list)
    variants: list[VariantSeed] = field(default_factory=list)
    releases: list[ReleaseSeed] = field(default_factory=list)
    queue: list[JsonObject] = field(default_factory=list)
