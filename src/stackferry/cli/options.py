"""Options that several commands share, each bundle handed to the command as one value."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import click
from click.core import ParameterSource

from stackferry.cli.config.completing import from_snapshot
from stackferry.cli.option_values import duration, finite, json_object, levels, pairs, size
from stackferry.cli.output import Output
from stackferry.library.speed import Speed

if TYPE_CHECKING:
    from stackferry.model import JsonObject
    from stackferry.providers.selection import Selection
    from stackferry.providers.source import ReadOptions
    from stackferry.providers.target import WriteOptions

F: TypeAlias = Callable[..., Any]


class _Path(click.Path):
    """A path that names something: an empty one would be the working directory."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not str(value).strip():
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


DIRECTORY = _Path(path_type=Path)


class Option(NamedTuple):
    """An option, and the name of its value."""

    name: str
    add: Callable[[F], F]


def option(*declared: str, **facts: Any) -> Option:
    """An option as `click.option` makes it; the last of its flags, or a name after them, names its value."""
    return Option(declared[-1].removeprefix("--").replace("-", "_"), click.option(*declared, **facts))


def repeatable(*declared: str, what: str, **facts: Any) -> Option:
    """An option that may be given any number of times."""
    return option(*declared, multiple=True, help=f"{what} (repeatable).", **facts)


def bundled(bundle: str, build: Callable[..., object], *options: Option) -> Callable[[F], F]:
    """A decorator that adds options, and hands `build` of them all to the command as `bundle`."""

    def decorate(function: F) -> F:
        @wraps(function)
        def call(**kwargs: Any) -> Any:
            mine = {option.name: kwargs.pop(option.name) for option in options}
            return function(**kwargs, **{bundle: build(**mine)})

        decorated: F = call
        for option in reversed(options):  # each goes before those of the function so far
            decorated = option.add(decorated)
        return decorated

    return decorate


def named(context: click.Context, option: click.Parameter, value: Any) -> Any:
    """What was given must say something: `--release "$NAME"`, where no such variable is set, would be no selection."""
    values = value if isinstance(value, tuple) else (value,)
    source = context.get_parameter_source(option.name or "")
    is_given = source is not None and source is not ParameterSource.DEFAULT
    if is_given and not all(one.strip() for one in values):
        raise click.BadParameter("it is empty", context, option)
    return value


output_options = bundled(
    "output",
    Output,
    option("--json", "as_json", is_flag=True, help="Print one final JSON report on stdout."),
    option("-v", "--verbose", count=True, help="Print more; -vv prints everything."),
    option("-q", "--quiet", is_flag=True, help="Print nothing but errors."),
    option(
        "--log-format",
        envvar="STACKFERRY_LOG_FORMAT",
        type=click.Choice(["text", "json"]),
        default="text",
        help="Messages on stderr as lines of text, or as JSON: one event a line.",
    ),
    option(
        "--stats",
        envvar="STACKFERRY_STATS",
        callback=duration,
        default="30s",
        show_default=True,
        metavar="DURATION",
        help="Where stderr is no terminal: a line of progress every 30s, 5m, 1h; 0 is none.",
    ),
)


def _speed(rate: float | None, bulk_rate: float | None) -> Speed:
    """What the configuration file says for every place comes after what it says for one (its profile)."""
    context, of_file = click.get_current_context(), ParameterSource.DEFAULT_MAP
    of_all = {name for name in ("rate", "bulk_rate") if context.get_parameter_source(name) is of_file}
    return Speed(
        rate=None if "rate" in of_all else rate,
        bulk_rate=None if "bulk_rate" in of_all else bulk_rate,
        otherwise=Speed(
            rate=rate if "rate" in of_all else None, bulk_rate=bulk_rate if "bulk_rate" in of_all else None
        ),
    )


speed_options = bundled(
    "speed",
    _speed,
    option(
        "--rate",
        envvar="STACKFERRY_RATE",
        type=click.FloatRange(min=0),
        callback=finite,
        metavar="N",
        help="Reads and writes a second, each, at most; 0 is unlimited. By default as many as the service "
        "announces, or as its documentation grants.",
    ),
    option(
        "--bulk-rate",
        envvar="STACKFERRY_BULK_RATE",
        type=click.FloatRange(min=0),
        callback=finite,
        show_default="1",
        metavar="N",
        help="Bulk requests a second; 0 is unlimited.",
    ),
)

_VERSIONS = option(
    "--versions",
    type=click.Choice(["latest", "pinned", "all"]),
    default="pinned",
    show_default=True,
    help="Versions of an entry: the latest; also all that are published or in a release; or every one.",
)


def _selection_options(locale_flag: str) -> tuple[Option, ...]:
    """Which entries. `copy` and `import` map locales with --locale, so there it is --only-locale that selects."""
    return (
        repeatable(
            "--content-type",
            "types",
            metavar="UID",
            callback=named,
            shell_complete=from_snapshot("content_types"),
            what="Only entries of this type",
        ),
        repeatable(
            locale_flag,
            "only_locales",
            metavar="CODE",
            callback=named,
            shell_complete=from_snapshot("locales"),
            what="Only entries in this locale",
        ),
        option(
            "--query",
            metavar="JSON",
            callback=json_object,
            help='Only entries that meet this query of the service, such as \'{"tags": "demo"}\'.',
        ),
        option(
            "--limit",
            type=click.IntRange(min=1),
            metavar="N",
            help="At most N entries of each type, in the order of their uids.",
        ),
        option(
            "--release",
            default="",
            callback=named,
            metavar="NAME",
            help="Only this release (its name or uid): its items, and all that these refer to. An import into a "
            "target with content leaves what they refer to as it is, and makes what is missing of it.",
        ),
        option(
            "--with-references",
            default="0",
            show_default=True,
            metavar="DEPTH|all",
            callback=levels,
            help="Also the entries that the selected ones refer to, down to this number of levels. References that "
            "are cut off are gaps.",
        ),
    )


def _reading_options(locale_flag: str) -> tuple[Option, ...]:
    """What of the source to leave out."""
    no_assets = option("--no-assets", is_flag=True, help="Leave assets out.")
    return (*_selection_options(locale_flag), no_assets, KEEP_SECRETS, _MAX_ASSET_SIZE)


def _selected(
    types: tuple[str, ...],
    only_locales: tuple[str, ...],
    query: JsonObject | None,
    limit: int | None,
    release: str,
    with_references: int | None,
) -> dict[str, Any]:
    """The fields of a `Selection`."""
    from stackferry import exact_json

    return {
        "types": frozenset(types),
        "locales": frozenset(only_locales),
        "query": exact_json.dumps(query).decode() if query else "",
        "limit": limit or 0,
        "release": release,
        "with_references": with_references,
    }


def _selection(**selected: Any) -> Selection:
    from stackferry.providers.selection import Selection

    return Selection(**_selected(**selected))


def _reading(
    no_assets: bool, keep_secrets: bool, max_asset_size: int, versions: str = "pinned", **selected: Any
) -> ReadOptions:
    from stackferry.providers.source import ReadOptions

    return ReadOptions(
        versions=versions,
        assets=not no_assets,
        keep_secrets=keep_secrets,
        max_asset_size=max_asset_size,
        strict=True,
        **_selected(**selected),
    )


_MAX_ASSET_SIZE = option(
    "--max-asset-size",
    metavar="BYTES",
    default="0",
    callback=size,
    help="Keep no asset that is larger (500M, 2G); else none far above its announced size.",
)
KEEP_SECRETS = option("--keep-secrets", is_flag=True, help="Keep credentials of webhooks and extensions.")
selection_options = bundled("selection", _selection, *_selection_options("--only-locale"))
reading_options = bundled("reading", _reading, _VERSIONS, *_reading_options("--locale"))
narrowing_options = bundled("narrowing", _reading, *_reading_options("--only-locale"))


def _writing(
    publish: str,
    locales: dict[str, str],
    on_conflict: str | None = None,
    only: tuple[str, ...] = (),
    versions: str = "pinned",
    in_place: bool = False,
    mirror: bool = False,
    conflicts: str = "source",
) -> WriteOptions:
    from stackferry.io.clock import SystemClock
    from stackferry.providers.target import WriteOptions

    return WriteOptions(
        versions=versions,
        publish=publish,
        on_conflict=on_conflict or "",
        in_place=in_place,
        mirror=mirror,
        conflicts="" if conflicts == "source" else conflicts,
        locales=locales,
        only=frozenset(only),
        now=SystemClock().wall(),
    )


_PUBLISH = option(
    "--publish",
    type=click.Choice(["same", "none"]),
    default="same",
    show_default=True,
    help="Publish what the source has published, in the same versions; or nothing.",
)
_ON_CONFLICT = option(
    "--on-conflict",
    type=click.Choice(["update", "skip", "fail"]),
    help="What to do with objects that the target has already: write the differences, leave them, or stop. "
    "Without this option a target that holds content is refused.",
)
_CONFLICTS = option(
    "--conflicts",
    type=click.Choice(["source", "keep", "stop"]),
    default="source",
    show_default=True,
    help="Between branches of a stack, or environments of a space, what becomes of what was edited on both sides "
    "since they were equal: the source wins; the target's is kept; or stop before anything is written.",
)
_IN_PLACE = option(
    "--in-place",
    is_flag=True,
    help="Restore the snapshot where it comes from, over what is there now (--on-conflict update). What the whole "
    "stack has in common is restored with --only KIND.",
)
_MIRROR = option(
    "--mirror",
    is_flag=True,
    help="Make the target what the source is (--on-conflict update), and delete there what the source has not: "
    "entries and their languages, assets, releases and their items. Asks first, unless --yes is given.",
)
_LOCALES = repeatable(
    "--locale",
    "locales",
    metavar="SOURCE=TARGET",
    callback=pairs,
    shell_complete=from_snapshot("locales", "="),
    what="Code of a locale in the target",
)
_ONLY = repeatable(
    "--only",
    metavar="KIND",
    callback=named,
    shell_complete=from_snapshot("only"),
    what="Write objects of this kind only, as 'ls' names it; what they need must be in the target",
)
_WRITING = (_VERSIONS, _PUBLISH, _ON_CONFLICT, _CONFLICTS, _LOCALES, _ONLY)
writing_options = bundled("writing", _writing, *_WRITING, _MIRROR)
importing_options = bundled("writing", _writing, *_WRITING, _IN_PLACE, _MIRROR)
_COMPARE_PUBLISHED = option(
    "--publish",
    type=click.Choice(["same", "none"]),
    default="same",
    show_default=True,
    help="Compare also what is published, and in which versions; or not at all.",
)
comparing_options = bundled("comparing", _writing, _LOCALES, _COMPARE_PUBLISHED)

BRANCH = click.option(
    "--branch",
    default="",
    callback=named,
    metavar="NAME",
    help="The branch, where an export made by the vendor's own CLI holds several.",
)
STATE = click.option(
    "--state",
    type=DIRECTORY,
    metavar="PATH",
    help="Where the import's checkpoint lies; otherwise in the platform's state directory.",
)
IDENTITIES = click.option(
    "--identities",
    type=DIRECTORY,
    metavar="FILE",
    help="Where it is kept which object of the target is which of the source, for all imports between the two; "
    "otherwise beside the checkpoint of --state, or in the platform's state directory.",
)
PLAN = click.option(
    "--plan",
    type=DIRECTORY,
    metavar="FILE",
    help="Write nothing but this file: what would be done, object by object, as JSON lines.",
)
TRANSFORM = click.option(
    "--transform",
    "transforms",
    multiple=True,
    callback=named,
    metavar="NAME[:OPTION=VALUE;…]",
    help="Change each document, or leave it out: a transform that is shipped (anonymise, drop-field, prefix-title, "
    "rename-field), an entry point, or MODULE:FUNCTION (repeatable; docs/transforms.md).",
)
YES = click.option(
    "--yes",
    is_flag=True,
    help="Do not ask before writing into a target that holds content, nor before --mirror deletes something.",
)
