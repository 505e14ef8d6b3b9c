"""What an export from Contentful and an import into it can be asked for besides what every system has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stackferry.providers.options import OptionRow, SystemOptions, Value, as_own
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject

_EXPORTS, _IMPORTS = frozenset({"export", "copy"}), frozenset({"import", "copy"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentfulReadOptions(ReadOptions):
    """`editorial`: tasks and comments too. `taxonomy`: with "all", also concepts that nothing in the space uses.

    `wanted`: of a target that an import reads only these objects, as "entries/ID"; none is all of them.
    """

    editorial: bool = False
    taxonomy: frozenset[str] = frozenset()
    wanted: frozenset[str] = frozenset()

    def as_json(self) -> JsonObject:
        more: JsonObject = {"editorial": self.editorial, "taxonomy": [*sorted(self.taxonomy)]}
        return {**ReadOptions.as_json(self), **{name: value for name, value in more.items() if value}}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentfulWriteOptions(WriteOptions):
    """`spaces` gives the target's id of a space that resource links name.

    `schedules`: schedule again what is still to come. `enable_webhooks`: webhooks as they are in the source, else they
    are made inactive. `accept_app_terms`: install marketplace apps, whose terms are accepted by that.
    `taxonomy`: with "update", concepts and schemes of the organization that differ are changed.

    Two are worked out for each import. `shared`: kinds of which source and target have the same objects, so that
    nothing of them is written. `is_part`: some entries go into a target with content, so of other kinds only what these
    need and the target lacks is made.
    """

    spaces: Mapping[str, str] = field(default_factory=dict)
    schedules: bool = False
    enable_webhooks: bool = False
    accept_app_terms: bool = False
    taxonomy: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    is_part: bool = False

    def includes(self, *kinds: str) -> bool:
        return any(kind not in self.shared and self.asks_for(kind) for kind in kinds)

    def asks_for(self, kind: str) -> bool:
        """Whether a kind was asked for, be it written or in common with the source."""
        return WriteOptions.includes(self, kind)

    @property
    def update_taxonomy(self) -> bool:
        """Whether concepts of the organization that differ are changed."""
        return "update" in self.taxonomy

    def as_json(self) -> JsonObject:
        names = ("schedules", "enable_webhooks", "accept_app_terms")
        switches: JsonObject = {name: True for name in names if getattr(self, name)}
        return {
            **WriteOptions.as_json(self),
            **({"spaces": {**self.spaces}} if self.spaces else {}),
            **({"taxonomy": [*sorted(self.taxonomy)]} if self.taxonomy else {}),
            **switches,
        }


def _switch(flag: str, name: str, help: str, commands: frozenset[str] = _IMPORTS) -> OptionRow:  # noqa: A002
    return OptionRow(flag, name, Value.SWITCH, help, commands)


OPTIONS = SystemOptions(
    "contentful",
    "Contentful",
    read=(
        _switch("--editorial", "editorial", "Export tasks and comments too.", _EXPORTS),
        OptionRow(
            "--taxonomy",
            "taxonomy",
            Value.NAMES,
            "all: export concepts that nothing uses, too.",
            _EXPORTS,
            choices=("all",),
        ),
    ),
    write=(
        OptionRow(
            "--space",
            "spaces",
            Value.PAIRS,
            "Id in the target of a space that resource links name (repeatable).",
            _IMPORTS | {"verify", "diff"},
        ),
        _switch("--schedules", "schedules", "Schedule again what is still to be published or unpublished."),
        _switch("--enable-webhooks", "enable_webhooks", "Import webhooks active if they are in the source."),
        _switch("--accept-app-terms", "accept_app_terms", "Install marketplace apps and accept their terms."),
        OptionRow(
            "--taxonomy",
            "taxonomy",
            Value.NAMES,
            "update: change the organization's concepts that differ.",
            _IMPORTS,
            choices=("update",),
        ),
    ),
    instead={"--environment": "the place names its environment: contentful://SPACE@HOST/ENVIRONMENT"},
)


def read_options(options: ReadOptions) -> ContentfulReadOptions:
    """An export's options as Contentful's own. Raises UsageError for those of another system."""
    return as_own(options, ContentfulReadOptions, OPTIONS.heading)


def write_options(options: WriteOptions) -> ContentfulWriteOptions:
    """An import's options as Contentful's own. Raises UsageError for those of another system."""
    return as_own(options, ContentfulWriteOptions, OPTIONS.heading)
