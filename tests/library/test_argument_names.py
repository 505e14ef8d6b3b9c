"""A message names flags, as most readers type them; a program is told by a note what it writes instead."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from typing import TYPE_CHECKING

import pytest
from command_line import FILLED, SOURCE, TARGET, TOKEN

import stackferry
from repository import ROOT
from stackferry import Policy, ReadOptions, Selection, Speed, WriteOptions, sync
from stackferry.library.words.argument_names import arguments

if TYPE_CHECKING:
    from command_line import CommandLine

UNLIMITED = Speed(rate=0, bulk_rate=0)
CLASSES = {"WriteOptions": WriteOptions, "ReadOptions": ReadOptions, "Selection": Selection, "Policy": Policy}
# Flags in texts that are no argument of an operation: of live commands, of other tools, or of the command line alone.
ELSEWHERE = frozenset(
    {
        *("--help", "--json", "--dry-run", "--config", "--yes", "--html", "--against", "--to", "--all"),
        *("--accept", "--write-gaps", "--branch", "--add", "--draft", "--artifact", "--phase", "--include"),
        *("--keep", "--every", "--deleted", "--log"),
    }
)


def test_a_refusal_notes_the_argument(emulated: CommandLine) -> None:
    """In an argument that the library itself refuses, and in what the target makes impossible."""
    snapshot = emulated.home / "snapshot"
    sync.export(emulated.place(SOURCE), snapshot, token=TOKEN, speed=UNLIMITED)
    options = WriteOptions(mirror=True, on_conflict="skip")
    with pytest.raises(stackferry.UsageError, match="--on-conflict skip") as refused:
        sync.import_(snapshot, emulated.place(TARGET), token=TOKEN, options=options)
    assert "--on-conflict: on_conflict of WriteOptions" in refused.value.__notes__[0]
    assert "--mirror: mirror of WriteOptions" in refused.value.__notes__[0]
    with pytest.raises(stackferry.UsageError, match="already holds content") as full:
        sync.import_(snapshot, emulated.place(FILLED), token=TOKEN, speed=UNLIMITED)
    assert full.value.__notes__ == ["from Python, --on-conflict: on_conflict of WriteOptions"]


def test_a_policy_that_keeps_nothing_notes_its_fields(emulated: CommandLine) -> None:
    with pytest.raises(stackferry.UsageError, match="--keep-last") as refused:
        stackferry.forget(emulated.home, Policy())
    assert "--keep-last: last of Policy" in refused.value.__notes__[0]


def test_a_person_at_a_terminal_is_not_told(emulated: CommandLine) -> None:
    done = emulated.run("forget", emulated.home)
    assert (done.code, done.err.startswith("Error: nothing says which snapshots to keep")) == (2, True)
    assert "from Python" not in done.err


def test_every_argument_is_there() -> None:
    """A field of a class, an argument of some function, or a function."""
    functions = [getattr(stackferry, name) for name in stackferry.__all__]
    parameters = {
        name for one in functions if inspect.isfunction(one) for name in inspect.signature(one).parameters
    }
    for flag, said in arguments().items():
        if named := re.fullmatch(r"the argument (\w+)", said):
            assert named[1] in parameters, flag
        elif called := re.fullmatch(r"the function (\w+)", said):
            assert hasattr(stackferry, called[1]), flag
        elif "the system's" not in said and "settings" not in said:
            field, owners = said.split(" of ")
            for owner in owners.split(" or "):
                names = {one.name for one in fields(CLASSES[owner])}
                assert field.removesuffix("=False") in names, (flag, owner)


def test_every_flag_that_a_message_names_has_one() -> None:
    """Below the command line; docstrings and help texts count as well, which asks for more than is needed."""
    source = ROOT / "src" / "stackferry"
    named = {
        flag
        for folder in ("library", "drivers", "providers/contentstack", "providers/contentful", "io")
        for path in (source / folder).rglob("*.py")
        if "api" not in path.parts
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", path.read_text("utf-8"))
    }
    assert named - arguments().keys() - ELSEWHERE == set()
