"""How a transform is written."""

from __future__ import annotations

import pytest

from stackferry.errors import UsageError
from stackferry.transforms.grammar import Spec, check_options, listed, parse_spec


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("anonymise", Spec("anonymise", "", {})),
        ("anonymise:fields=email,author", Spec("anonymise", "", {"fields": "email,author"})),
        ("a.module:function", Spec("a.module", "function", {})),
        ("a.module:Class.method:a=1;b=x:y=z", Spec("a.module", "Class.method", {"a": "1", "b": "x:y=z"})),
        ("prefix-title:prefix=Test: ", Spec("prefix-title", "", {"prefix": "Test: "})),
        ("prefix-title:prefix=[T]\n", Spec("prefix-title", "", {"prefix": "[T]"})),
    ],
)
def test_what_is_written_and_what_it_says(text: str, spec: Spec) -> None:
    assert parse_spec(text) == spec


@pytest.mark.parametrize(
    "text", ["", " ", "1x", "a b", "x:=1", "x:a=", "x:a=1;a=2", "x:f:b", "x:/etc/f=1;;b"]
)
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--transform"):
        parse_spec(text)


def test_options_are_those_that_there_are() -> None:
    spec = parse_spec("drop-field:fields=a, b,,c;typo=1")
    assert listed(spec, "fields") == {"a", "b", "c"}
    with pytest.raises(UsageError, match="no option 'typo'; it has fields"):
        check_options(spec, ("fields",))
    with pytest.raises(UsageError, match="give from=… and to=…"):
        check_options(parse_spec("rename-field"), ("from", "to"), ("from", "to"))
