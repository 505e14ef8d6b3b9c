"""The documents: lines of at most 110 columns, links to files that exist, and names that the code has."""

from __future__ import annotations

import re

import pytest

from repository import ROOT
from stackferry.cli.reference import reference

COLUMNS = 110
PAGES = (
    "README.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "benchmarks/README.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/configuration.md",
    "docs/contentful.md",
    "docs/development.md",
    "docs/format.md",
    "docs/gaps.md",
    "docs/glossary.md",
    "docs/library.md",
    "docs/living-targets.md",
    "docs/looking.md",
    "docs/nights.md",
    "docs/performance.md",
    "docs/platforms.md",
    "docs/progress.md",
    "docs/reliability.md",
    "docs/transforms.md",
    "docs/vendor-exports.md",
    "sample_exports/README.md",
)
# A row of a table cannot be broken, and the README's commands are to be copied as one line.
UNBREAKABLE = ("| ", "python3 -m venv ")


@pytest.mark.parametrize("page", PAGES)
def test_a_line_is_at_most_110_columns_wide(page: str) -> None:
    lines = (ROOT / page).read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > COLUMNS and not line.startswith(UNBREAKABLE)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_relative_link_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (ROOT / page).read_text("utf-8"))
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_every_file_and_function_that_the_architecture_page_names_exists() -> None:
    source = ROOT / "src" / "stackferry"
    bases = (source, source / "providers" / "contentstack", ROOT)
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*(?:\.py|/)?)(?::(\w+))?`", page)
    paths = [(name, function) for name, function in named if "/" in name or name.endswith(".py")]
    assert len(paths) > 30
    missing = []
    for name, function in paths:
        found = next((base / name for base in bases if (base / name).exists()), None)
        if found is None or (
            function and not re.search(rf"(def|class) {function}\b", found.read_text("utf-8"))
        ):
            missing.append(f"{name}:{function}")
    assert missing == []


def test_the_page_of_commands_is_what_the_commands_say() -> None:
    """Write it anew: python -m stackferry.cli.reference > docs/cli.md"""
    is_current = (ROOT / "docs" / "cli.md").read_text("utf-8") == reference()
    assert is_current, "docs/cli.md is out of date: python -m stackferry.cli.reference > docs/cli.md"
