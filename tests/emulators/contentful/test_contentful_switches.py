"""Every switch is tried both ways by a test, and tells what it stands for."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from stackferry.emulators.contentful import Switches, behaviour

TESTS = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("test_*.py"))


def test_every_switch_is_set_by_a_test() -> None:
    names = [field.name for field in fields(Switches)]
    assert [name for name in names if not re.search(rf"Switches\([^)]*\b{name}=", TESTS)] == []


def test_every_open_question_has_a_switch() -> None:
    """Numbers in brackets: the list of what is not proven of the service."""
    source = inspect.getsource(behaviour)
    assert {int(number) for number in re.findall(r'"""\[(\d+)\]', source)} == set(range(1, 25))


def test_every_switch_says_what_it_is() -> None:
    tree = ast.parse(inspect.getsource(behaviour))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Switches")
    pairs = [(one, later) for one, later in pairwise(body) if isinstance(one, ast.AnnAssign)]
    followed = [isinstance(later, ast.Expr) for _, later in pairs]
    assert len(followed) == len(fields(Switches))
    assert all(followed)
