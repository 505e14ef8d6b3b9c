"""Gaps that are new, gone or known; the file of those that are."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from command_line import SOURCE
from hypothesis import given
from hypothesis import strategies as st

from stackferry.errors import ExitCode, UsageError
from stackferry.library.nights.accepted import read_accepted, write_accepted
from stackferry.library.nights.catalogue import snapshots
from stackferry.library.nights.gaps import Accepted, judge

if TYPE_CHECKING:
    from pathlib import Path

    from night import NightWatch

    from stackferry.model import JsonObject

LOST: JsonObject = {"kind": "assets", "uid": "blt1", "reason": "no bytes"}
OTHER: JsonObject = {"kind": "assets", "uid": "blt2", "reason": "no bytes"}
ENTRY: JsonObject = {"kind": "entries", "uid": "blt1", "locale": "en-us", "reason": "refers to nothing"}


def test_gaps_are_compared_with_those_of_the_night_before() -> None:
    judged = judge([LOST, ENTRY], [LOST, OTHER], [])
    assert (judged.new, judged.gone, judged.open, judged.accepted) == ([ENTRY], [OTHER], [LOST, ENTRY], [])
    first = judge([LOST], None, [])
    assert (first.new, first.gone) == (None, None)


@pytest.mark.parametrize(
    ("says", "covered"),
    [
        ({"kind": "assets"}, [LOST, OTHER]),
        ({"kind": "assets", "uid": "blt2"}, [OTHER]),
        ({"uid": "blt1"}, [LOST, ENTRY]),
        ({"reason": "refers to nothing"}, [ENTRY]),
        ({"kind": "assets", "reason": "another reason"}, []),
        ({"kind": "assets", "locale": "en-us"}, []),
    ],
)
def test_an_entry_accepts_where_all_that_it_names_is_equal(
    says: dict[str, str], covered: list[JsonObject]
) -> None:
    assert judge([LOST, OTHER, ENTRY], None, [Accepted(says)]).accepted == covered


def test_an_entry_of_a_profile_accepts_there_alone() -> None:
    entry = Accepted({"kind": "assets"}, "production")
    assert judge([LOST], None, [entry], "production").accepted == [LOST]
    assert judge([LOST], None, [entry], "staging").accepted == []


def test_a_file_is_written_from_gaps_and_accepts_them(tmp_path: Path) -> None:
    file = tmp_path / "gaps.toml"
    assert write_accepted(file, [("production", LOST), ("production", ENTRY)]) == 2
    read = read_accepted(file)
    assert judge([LOST, ENTRY, OTHER], None, read, "production").open == [OTHER]
    assert [one.line for one in read] == [4, 10]


def test_writing_again_adds_what_is_new_and_leaves_the_rest(tmp_path: Path) -> None:
    file = tmp_path / "gaps.toml"
    file.write_text('# mine\n[[gap]]\nkind = "assets"\nuid = "blt1"\nnote = "since 2021"\n')
    assert write_accepted(file, [("production", LOST), ("production", OTHER)]) == 1
    assert file.read_text().startswith("# mine\n[[gap]]\n")
    assert 'note = "since 2021"' in file.read_text()
    assert judge([LOST, OTHER], None, read_accepted(file), "production").open == []
    before = file.read_text()
    assert write_accepted(file, [("production", LOST)]) == 0
    assert file.read_text() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[gap]\n", r"gaps.toml:1: this is not TOML"),
        ('[[gap]]\nkind = "a"\n\n[[gap]]\nkinds = "a"\n', r"gaps.toml:4: 'kinds' means nothing"),
        ("[[gap]]\nkind = 3\n", r"gaps.toml:1: kind must be a text"),
        ('[[gap]]\nnote = "all"\n', r"gaps.toml:1: this entry would accept every gap"),
        ('[gap]\nkind = "a"\n', r"gaps.toml: accepted gaps are tables"),
        ('[[gaps]]\nkind = "a"\n', r"gaps.toml: accepted gaps are tables"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "gaps.toml").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_accepted(tmp_path / "gaps.toml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gaps.toml cannot be read: No such file"):
        read_accepted(tmp_path / "gaps.toml")


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_text_survives_the_file(tmp_path_factory: Any, uid: str, reason: str) -> None:
    file = tmp_path_factory.mktemp("gaps") / "gaps.toml"
    gap: JsonObject = {"kind": "entries", "uid": uid, "reason": reason}
    write_accepted(file, [("production", gap)])
    assert [one["uid"] for one in tomllib.loads(file.read_text("utf-8"))["gap"]] == [uid]
    assert judge([gap], None, read_accepted(file), "production").open == []


def test_accepted_gaps_are_listed_and_what_is_new_turns_the_exit_code(watch: NightWatch) -> None:
    watch.add_gap("bltlost1")
    first = watch.night()
    assert (first.exit_code, len(first.gaps), first.new_gaps) == (ExitCode.GAPS, 1, None)
    file = watch.into / "gaps.toml"
    (listed,) = snapshots(watch.into).snapshots
    assert write_accepted(file, [("", gap) for gap in listed.gaps]) == 1
    accepted = read_accepted(file)

    second = watch.night(accepted=accepted)
    assert (second.exit_code, second.new_gaps, second.gone_gaps) == (ExitCode.COMPLETE, [], [])
    assert second.gaps == second.accepted == first.gaps

    watch.add_gap("bltlost2")
    third = watch.night(accepted=accepted)
    assert third.exit_code is ExitCode.GAPS
    assert [gap["uid"] for gap in third.new_gaps or ()] == ["bltlost2"]
    assert [gap["uid"] for gap in third.accepted] == ["bltlost1"]

    watch.remove_gap("bltlost1")
    report = watch.all_of(SOURCE, accepted=accepted)
    (fourth,) = report.stacks
    assert [gap["uid"] for gap in fourth.gone_gaps or ()] == ["bltlost1"]
    assert [one.says["uid"] for one in report.unused] == ["bltlost1"]
