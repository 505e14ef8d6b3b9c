"""What a shell suggests: names from the configuration file and from the snapshot on the command line.

A file that cannot be read suggests nothing: a shell that completes shows no errors.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stackferry.errors import StackferryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import click
    from click.shell_completion import CompletionItem

    Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def profiles(incomplete: str, *, or_path: bool) -> list[CompletionItem]:
    """The profiles whose names begin so; and, with `or_path`, directories."""
    from click.shell_completion import CompletionItem

    from stackferry.io.profiles import read_configuration

    try:
        names = read_configuration().names
    except StackferryError:
        names = []
    directories = [CompletionItem(incomplete, type="dir")] if or_path else []
    return [*_items(names, incomplete), *directories]


def place_after_words(
    context: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Completes words that a place follows: click cannot tell when the place's turn has come, so always."""
    del context, param
    return profiles(incomplete, or_path=False)


def from_snapshot(what: str, ending: str = "") -> Complete:
    """Completes names of the snapshot, `ending` follows each: kinds, those that an import can be asked for ("only"),
    content types, locales or environments.

    Where there is no snapshot, kinds to ask for are those of the system of a place, or of every system.
    """

    def complete(context: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        del param
        words = _arguments(context)
        snapshot = next((path for path in map(Path, words) if path.is_dir()), None)
        try:
            names = _names(snapshot, what) if snapshot is not None else _of_systems(words, what)
        except (StackferryError, OSError):
            return []
        return _items([f"{name}{ending}" for name in names], incomplete)

    return complete


def _arguments(context: click.Context) -> list[str]:
    # Where the last option has no value yet, click leaves the arguments unnamed.
    given = [context.params.get(name) for name in ("snapshot", "a", "source", "target")]
    return [str(word) for word in (*given, *context.args) if isinstance(word, str | Path)]


def _names(path: Path, what: str) -> Iterable[str]:
    from stackferry.io.storage.snapshot import Snapshot
    from stackferry.library.state import system_of_snapshot
    from stackferry.model import Stream

    snapshot = Snapshot(path)
    kinds = dict.fromkeys(stream.kind for stream, _ in snapshot.stream_files())
    if what == "kinds":
        return kinds
    system = system_of_snapshot(snapshot)
    if what == "only":
        return [kind for kind in kinds if kind in system.selectable_kinds]
    rows = snapshot.objects(Stream(what))
    return [
        system.view(what, row).title if what == "environments" else system.view(what, row).uid for row in rows
    ]


def _of_systems(words: Iterable[str], what: str) -> Iterable[str]:
    """Kinds to ask for, of the system of a place among the words; else of every system."""
    from stackferry.cli.live.meant_system import scheme_of
    from stackferry.providers.registry import packages, system_of

    if what != "only":
        return []
    schemes = [scheme for word in words if (scheme := scheme_of(word)) in packages()]
    return dict.fromkeys(
        kind for scheme in schemes[:1] or packages() for kind in system_of(scheme).selectable_kinds
    )


def _items(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
