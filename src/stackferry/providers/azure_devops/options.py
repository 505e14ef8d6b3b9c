"""What an export from Azure DevOps can be asked for besides what every system has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from stackferry.core.time_range import check_range
from stackferry.errors import UsageError
from stackferry.providers.azure_devops.kinds import DEPLOYMENT_GROUPS, MAPPED, QUEUES
from stackferry.providers.options import OptionRow, SystemOptions, Value, as_own
from stackferry.providers.source import ReadOptions
from stackferry.providers.target import WriteOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stackferry.model import JsonObject

_EXPORTS: Final = frozenset({"export"})
_IMPORTS: Final = frozenset({"import", "copy"})
_COMPARED: Final = _IMPORTS | {"verify", "diff", "mapping"}
_PAIRS: Final = frozenset({"copy", "diff"})  # of two places
_PLACES: Final = frozenset({"export", "import", "mapping", "places", "release", "verify"}) | _PAIRS
NEVER_IN_PLACE: Final = (
    "a release cannot be put back where it came from; the service gives every release a new id, new dates and no "
    "history, so the snapshot stays the evidence. Name another project to make its releases anew there; 'verify "
    "--against' tells what has changed here, 'cat', 'show' and 'evidence' what is gone"
)
STATUSES: Final = ("draft", "active", "abandoned")
_FILTERS: Final = ("definitions", "since", "until", "statuses", "stages", "tags", "path")
_SWITCHES: Final = ("deleted", "task_logs", "drop_vanished")


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureReadOptions(ReadOptions):
    """`definitions`: names or ids. `since`, `until`: bounds of when releases were created. `path`: a folder.

    `stages`: releases that were deployed to a stage of that name. `deleted`: also what is deleted and still listed.
    `attachments`: types of the attachments of tasks. `properties`: those of releases, by name. `drop_vanished`: not
    what only a base still holds.
    """

    definitions: frozenset[str] = field(default_factory=frozenset)
    since: str = ""
    until: str = ""
    statuses: frozenset[str] = field(default_factory=frozenset)
    stages: frozenset[str] = field(default_factory=frozenset)
    tags: frozenset[str] = field(default_factory=frozenset)
    path: str = ""
    no_logs: bool = False
    task_logs: bool = False
    attachments: frozenset[str] = field(default_factory=frozenset)
    properties: frozenset[str] = field(default_factory=frozenset)
    deleted: bool = False
    drop_vanished: bool = False

    @property
    def is_narrow(self) -> bool:
        return any(getattr(self, name) for name in _FILTERS)

    @property
    def has_logs(self) -> bool:
        """Whether logs are read. They are the bytes of this system, so `--no-assets` leaves them out too."""
        return self.assets and not self.no_logs

    def narrowing_json(self) -> JsonObject:
        return self._given(*_FILTERS)

    def as_json(self) -> JsonObject:
        facts: JsonObject = {"logs": self.has_logs, "keep_secrets": self.keep_secrets}
        return facts | self._given(*_FILTERS, "attachments", "properties", *_SWITCHES, "max_asset_size")

    def _given(self, *names: str) -> JsonObject:
        """The options of these names that are not the default."""
        values = {name: getattr(self, name) for name in names}
        return {
            name: [*sorted(value)] if isinstance(value, frozenset) else value
            for name, value in values.items()
            if value
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureWriteOptions(WriteOptions):
    """`mapping`: what definitions point at is in the target, by name or id: "queues:Own pool" → "Default".

    `without`: kinds of such things that are left out where the target has none. `enable_triggers`: triggers, schedules
    and automatic stages come on at last. `deploy`: stages are deployed as they last were in the source.
    `ignore_alike`: no release of the target is one of the snapshot because it is like it.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    without: frozenset[str] = field(default_factory=frozenset)
    enable_triggers: bool = False
    deploy: bool = False
    ignore_alike: bool = False

    def as_json(self) -> JsonObject:
        given: JsonObject = {
            "mapping": {**self.mapping},
            "without": [*sorted(self.without)],
            "enable_triggers": self.enable_triggers,
            "deploy": self.deploy,
            "ignore_alike": self.ignore_alike,
        }
        # In this form a class with slots is not asked by `super()` alone.
        return WriteOptions.as_json(self) | {name: value for name, value in given.items() if value}


def _row(
    flag: str,
    name: str,
    value: Value,
    words: str,
    metavar: str = "",
    commands: frozenset[str] = _EXPORTS,
    choices: tuple[str, ...] = (),
) -> OptionRow:
    return OptionRow(flag, name, value, words, commands, metavar, choices=choices)


def _of_place(flag: str, name: str, words: str, metavar: str) -> tuple[OptionRow, ...]:
    """A setting of the place itself, for every command that calls the service; of two places, of each one, too."""
    sides = [
        OptionRow(f"--{side}-{flag[2:]}", name, Value.TEXT, f"{flag} of {one} alone.", _PAIRS, metavar, side)
        for side, one in (("source", "the first place"), ("target", "the second place"))
    ]
    return (_row(flag, name, Value.TEXT, words, metavar, _PLACES), *sides)


OPTIONS: Final = SystemOptions(
    "azure-devops",
    "Azure DevOps",
    read=(
        _row("--definition", "definitions", Value.NAMES, "Only this definition, by name or id (repeatable)."),
        _row("--since", "since", Value.TEXT, "Only releases created at or after this time.", "TIME"),
        _row("--until", "until", Value.TEXT, "Only releases created before this time.", "TIME"),
        _row("--status", "statuses", Value.NAMES, "Only draft, active or abandoned releases (repeatable)."),
        _row("--stage", "stages", Value.NAMES, "Only releases deployed to this stage (repeatable)."),
        _row("--tag", "tags", Value.NAMES, "Only releases that have all of these tags (repeatable)."),
        _row("--path", "path", Value.TEXT, "Only definitions in this folder, and their releases.", "FOLDER"),
        _row("--no-logs", "no_logs", Value.SWITCH, "Leave logs out."),
        _row("--task-logs", "task_logs", Value.SWITCH, "Also the log of each task as a file of its own."),
        _row(
            "--attachments", "attachments", Value.NAMES, "Also attachments of this type (repeatable).", "TYPE"
        ),
        _row("--property", "properties", Value.NAMES, "Also this property of releases (repeatable)."),
        _row("--deleted", "deleted", Value.SWITCH, "Also what was deleted and is still listed."),
        _row(
            "--drop-vanished",
            "drop_vanished",
            Value.SWITCH,
            "With --base: not what the service no longer has.",
        ),
    ),
    write=(
        _row(
            "--map",
            "mapping",
            Value.MAPPING,
            "What queues, groups, connections, people and so on are called in the target: a file of 'stackferry "
            "mapping', or one of them (repeatable).",
            "FILE|KIND:NAME=NAME",
            _COMPARED,
            MAPPED,
        ),
        _row(
            "--import-without",
            "without",
            Value.NAMES,
            "Leave out what definitions point at of this kind and the target has not (repeatable).",
            "KIND",
            _IMPORTS,
        ),
        _row(
            "--enable-triggers",
            "enable_triggers",
            Value.SWITCH,
            "Turn triggers, schedules and automatic stages of definitions on, once all releases are there.",
            commands=_COMPARED - {"mapping"},
        ),
        _row(
            "--deploy",
            "deploy",
            Value.SWITCH,
            "Deploy to each stage the release that was last deployed there in the source. Without it nothing starts.",
            commands=_IMPORTS,
        ),
        _row(
            "--ignore-alike",
            "ignore_alike",
            Value.SWITCH,
            "Make all releases anew, also where the target has some that are like them and bear no mark of an import.",
            commands=_IMPORTS,
        ),
    ),
    place=(
        *_of_place("--api-version", "api_version", "Version of the API: 7.1 if not given.", "VERSION"),
        *_of_place("--vsrm-url", "vsrm_url", "Address of the release host, where it is another.", "URL"),
    ),
    unused={
        "--versions": "an archive holds every revision of a definition, and every release whole; a release that is "
        "made anew is made as it is",
        "--publish": "nothing is published. --deploy deploys to each stage what the source has deployed there last, "
        "and --enable-triggers lets definitions make and start releases by themselves",
        "--conflicts": "--on-conflict says what becomes of a definition that is there already",
        "--keep-version-lists": "there are no lists of versions: with --base, a definition is read again only if its "
        "revision is another",
    },
)


def read_options(options: ReadOptions) -> AzureReadOptions:
    """An export's options as Azure DevOps's own. Raises UsageError for those of another system, and for bad values."""
    own = as_own(options, AzureReadOptions, OPTIONS.heading)
    if ReadOptions.is_narrow.fget(own):  # type: ignore[attr-defined]  # a property has it
        raise UsageError(
            "releases have no content types, languages, queries: --definition, --since, --until, --status, --stage, "
            "--tag and --path select them"
        )
    statuses = frozenset(status.lower() for status in own.statuses)
    if unknown := sorted(statuses - {*STATUSES}):
        raise UsageError(f"--status {unknown[0]}: it is one of {', '.join(STATUSES)}")
    check_range(own.since, own.until)
    return replace(own, statuses=statuses)


def write_options(options: WriteOptions) -> AzureWriteOptions:
    """An import's options as Azure DevOps's own. Raises UsageError for those of another system, and what it lacks."""
    own = as_own(options, AzureWriteOptions, OPTIONS.heading)
    if own.in_place:
        raise UsageError(f"--in-place: {NEVER_IN_PLACE}")
    if own.mirror:
        raise UsageError(
            "--mirror: releases are history, and the service deletes them itself; an import never deletes any"
        )
    _check_write_options(own)
    return own


def _check_write_options(own: AzureWriteOptions) -> None:
    if own.selection.is_narrow or own.locales:
        raise UsageError(
            "releases have no content types, languages, queries: --only definitions or --only releases narrow an import"
        )
    for kind in sorted(key.partition(":")[0] for key in own.mapping):
        if kind not in MAPPED:
            raise UsageError(f"--map {kind}: it is one of {', '.join(MAPPED)}")
    if unknown := sorted(own.without - (frozenset(MAPPED) - {QUEUES.name, DEPLOYMENT_GROUPS.name})):
        raise UsageError(
            f"--import-without {unknown[0]}: it is one of the kinds {', '.join(MAPPED)}, but a job needs the "
            "queue or the deployment group that it runs on"
        )
