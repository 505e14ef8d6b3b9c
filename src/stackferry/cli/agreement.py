"""The questions before a mirror deletes something, and before a target that holds content is written to."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

import click

from stackferry.cli.output import asked
from stackferry.cli.summary import label
from stackferry.errors import UsageError
from stackferry.safe_names import display_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stackferry.drivers.run import Agree, Confirm
    from stackferry.library.connect import Endpoint
    from stackferry.providers.target import WriteOptions

_NAMED = 3  # objects that a question names
_NOBODY = (
    "--mirror deletes what the source has not, and there is no terminal to ask at: see with --dry-run what that is, "
    "then add --yes"
)


def confirmation(what: str, target: Endpoint, *, yes: bool) -> Confirm:
    """What asks the person at the terminal whether to write into a target that holds content.

    Where nobody sits there, or with `yes`, nothing is asked: --on-conflict said what to do with the content.
    """
    return _asking(lambda content: f"{target.place} holds {', '.join(content)}. {what}?", yes=yes)


def restore_question(names: Sequence[str], snapshot: object, target: Endpoint, *, yes: bool) -> Confirm:
    """What asks the person at the terminal whether single objects are to be written over what a place has."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    named = ", ".join(f"'{display_name(name, 60)}'" for name in names[:_NAMED])
    return _asking(lambda _: f"Restore {named}{more} from {snapshot} into {target.place}?", yes=yes)


def _asking(question: Callable[[Sequence[str]], str], *, yes: bool) -> Confirm:
    from stackferry.drivers.run import always_confirmed

    is_person = sys.stdin.isatty() and sys.stderr.isatty()
    return partial(_confirm, question) if is_person and not yes else always_confirmed


def _confirm(question: Callable[[Sequence[str]], str], content: Sequence[str]) -> bool:
    click.echo(err=True)  # below the progress bar
    return asked(question(content))


def agreement(writing: WriteOptions, target: Endpoint, *, yes: bool) -> Agree:
    """What asks whether a run may delete. Raises UsageError where a mirror would have to ask and nobody can answer."""
    from stackferry.drivers.run import always

    if yes:
        return always
    if writing.mirror and not sys.stdin.isatty():
        raise UsageError(_NOBODY)
    return partial(_ask, target)


def _ask(target: Endpoint, counts: Mapping[str, int]) -> bool:
    """Raises UsageError where nobody can be asked: an applied plan may mirror, too."""
    if not sys.stdin.isatty():
        raise UsageError(_NOBODY)
    named = ", ".join(f"{count:,} {label(kind, target.system.words)}" for kind, count in counts.items())
    click.echo(err=True)  # below the progress bar
    return asked(f"Delete what the source has not in {target.place} ({named})?")
