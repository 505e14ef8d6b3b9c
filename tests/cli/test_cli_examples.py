"""Every command's help ends with examples, and each of them is taken by the command that it calls."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from stackferry.cli.app import app
from stackferry.cli.examples import examples_of
from stackferry.cli.reference import HelpPage, pages

PAGES = {page.title: page for page in pages()}


def scheme_of(page: HelpPage) -> str:
    return str(getattr(page.command, "scheme", ""))


def path_of(page: HelpPage) -> str:
    return page.context.command_path.partition(" ")[2]


@pytest.mark.parametrize("title", PAGES)
def test_a_help_page_ends_with_examples(title: str) -> None:
    found = examples_of(path_of(PAGES[title]), scheme_of(PAGES[title]))
    assert found
    shown = PAGES[title].text()
    assert all(f"\n  {example}\n" in f"{shown}\n" for example in found)


EXAMPLES = sorted(
    {example for page in PAGES.values() for example in examples_of(path_of(page), scheme_of(page))}
)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_taken(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As far as it can be without a service: its command, its options, their values."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")
    typed = re.sub(r".*<\((.*)\)| > .*", r"\1", example)
    program, *words = shlex.split(typed)
    assert program == "stackferry"
    context, name = click.Context(app, info_name=program, **app.context_settings), ""
    command: click.Command = app
    while isinstance(command, click.Group):
        if name:
            context = click.Context(command, info_name=name, parent=context)
        found, inner, words = command.resolve_command(context, words)
        assert found
        assert inner
        name, command = found, inner
    with command.make_context(name, words, parent=context) as made:
        assert made.params
