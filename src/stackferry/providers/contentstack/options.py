"""What an export from Contentstack and an import into it can be asked for besides what every system has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stackferry.providers.options import OptionRow, SystemOptions, Value, as_own
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject

_IMPORTS = frozenset({"import", "copy"})


class Wanted(NamedTuple):
    """An object that an import looks for in its target.

    `made`: when, as the service writes times. `edited`: when last, where an import asks for that. `names`: fields that
    name it, and their values. `is_selected`: it is to be written; else something that is refers to it.
    """

    made: str = ""
    edited: str = ""
    names: frozenset[tuple[str, str]] = frozenset()
    is_selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentstackReadOptions(ReadOptions):
    """`schedules`: read the publish queue. An import does not, where it writes no schedules.

    Of an import's target: `branches` are the source's and the target's, where they are two of one stack; with `wanted`,
    by content type (empty: assets) and uid, only these entries and assets are read, and what shows them; and the items
    of these `releases`, by uid, with the name where another one of that name may be the same.
    """

    schedules: bool = True
    branches: tuple[str, str] | None = None
    wanted: Mapping[tuple[str, str], Wanted] | None = None
    releases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentstackWriteOptions(WriteOptions):
    """`environments` gives the target's name for a source's name, `extensions` the target's uid of an extension or app.

    `deploy`: deploy again the releases that were deployed in the source. `schedules`: schedule again what is still to
    be published or unpublished there. `skip_workflow_stage_check` and `approvals` are those of a bulk publish: what
    meets the publish rules, or needs no approval, is published and the rest passed over. `shared`: kinds whose objects
    the target has in common with the source, so that none is written; not the caller's to say. `unpublish_everywhere`:
    an update takes down what the source does not publish in every environment, not only where it publishes something.
    `is_part`: some entries go into a target with content, so of other kinds only what these need and the target lacks
    is made; that is not the caller's to say either.
    """

    environments: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)
    enable_webhooks: bool = False
    hold_webhooks: bool = False
    deploy: bool = False
    schedules: bool = False
    # Both are for targets whose publish rules would otherwise refuse a whole request.
    skip_workflow_stage_check: bool = False
    approvals: bool = False
    shared: frozenset[str] = frozenset()
    is_part: bool = False
    unpublish_everywhere: bool = False

    def includes(self, *kinds: str) -> bool:
        return any(kind not in self.shared and self.asks_for(kind) for kind in kinds)

    def asks_for(self, kind: str) -> bool:
        """Whether a kind was asked for, be it written or in common with the source."""
        return WriteOptions.includes(self, kind)

    def as_json(self) -> JsonObject:
        return {
            **WriteOptions.as_json(self),
            "environments": {**self.environments},
            **({"extensions": {**self.extensions}} if self.extensions else {}),
            "enable_webhooks": self.enable_webhooks,
            **({"hold_webhooks": True} if self.hold_webhooks else {}),
            "deploy": self.deploy,
            "schedules": self.schedules,
            "skip_workflow_stage_check": self.skip_workflow_stage_check,
            "approvals": self.approvals,
            **({"unpublish_everywhere": True} if self.unpublish_everywhere else {}),
        }


def _switch(field: str, help: str) -> OptionRow:  # noqa: A002 - what `--help` prints
    return OptionRow(f"--{field.replace('_', '-')}", field, Value.SWITCH, help, _IMPORTS)


OPTIONS = SystemOptions(
    "contentstack",
    "Contentstack",
    write=(
        OptionRow(
            "--environment",
            "environments",
            Value.PAIRS,
            "Name of an environment in the target (repeatable).",
            _IMPORTS | {"verify", "diff"},
        ),
        OptionRow(
            "--extension",
            "extensions",
            Value.PAIRS,
            "Uid in the target of an extension or app (repeatable).",
            _IMPORTS | {"verify", "diff"},
        ),
        _switch("enable_webhooks", "Import webhooks enabled if they are enabled in the source."),
        _switch(
            "hold_webhooks",
            "Switch the target's webhooks off before the first write, and on again at the end.",
        ),
        _switch(
            "deploy",
            "Deploy again the releases that were deployed in the source; schedule those still to come.",
        ),
        _switch("schedules", "Schedule again what is still to be published or unpublished in the source."),
        _switch(
            "skip_workflow_stage_check",
            "Publish what meets the target's publish rules and pass over the rest.",
        ),
        _switch("approvals", "Publish what needs no approval and pass over the rest."),
    ),
)


def read_options(options: ReadOptions) -> ContentstackReadOptions:
    """An export's options as Contentstack's own. Raises UsageError for those of another system."""
    return as_own(options, ContentstackReadOptions, OPTIONS.heading)


def write_options(options: WriteOptions) -> ContentstackWriteOptions:
    """An import's options as Contentstack's own. Raises UsageError for those of another system."""
    return as_own(options, ContentstackWriteOptions, OPTIONS.heading)
