"""What goes with the stage of an entry arrives with it (§13, §17): a comment, a due date, whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from round_trip_bench import open_bench
from stack_steps import FAR, content_type, create, create_workflow
from test_round_trips import equal_in_silence

if TYPE_CHECKING:
    from plain_api import Api

SOMEBODY = {"uid": "blt00000000000000c1", "name": "Somebody", "email": "somebody@example.invalid"}


def in_stages(api: Api, *, assigned: bool = False) -> None:
    """Entries of one stage: two of them due at the same time, one without anything, one for a role."""
    content_type(api, "note")
    rules = [{"module": "branch", "branches": ["main"], "acl": {"read": True}}]
    role = api.post("/roles", {"role": {"name": "R", "description": "d", "rules": rules}})["role"]["uid"]
    stage = create_workflow(api, ("one", "two"))["workflow_stages"][0]["uid"]
    due, turn = {"comment": "words", "due_date": FAR}, {"assigned_by_roles": [{"uid": role, "name": "R"}]}
    people: dict[str, Any] = {"assigned_to": [SOMEBODY]} if assigned else {}
    for title, details in (("A", due), ("B", due), ("C", {}), ("D", {**due, **turn, **people})):
        path = f"/content_types/note/entries/{create(api, 'note', title)}/workflow"
        body = {"workflow": {"workflow_stage": {"uid": stage, "notify": False, **details}}}
        api.post(path, body, locale="en-us")


def test_comment_due_date_and_role_go_with_the_stage() -> None:
    with open_bench(in_stages) as bench:
        bench.move()
        equal_in_silence(bench)
        assert bench.cli.emulator.count("bulk") == 3


def test_who_is_in_another_team_is_told() -> None:
    with open_bench(lambda api: in_stages(api, assigned=True)) as bench:
        bench.move()
        (gap,) = bench.gaps
        assert SOMEBODY["uid"] in gap
        assert "who is unknown here" in gap
        assert bench.found == []
        assert (bench.codes["import"], bench.codes["verify"]) == (3, 0), bench.summary()


@pytest.mark.parametrize("key", ["comment", "due_date", "assigned_by_roles"])
def test_verify_sees_what_somebody_changes(key: str) -> None:
    with open_bench(in_stages) as bench:
        bench.move()
        entries = bench.cli.emulator.stacks[bench.target.key].main.entries["note"].values()
        (changed,) = (one for one in entries if "assigned_by_roles" in one.documents["en-us"].workflow)
        del changed.documents["en-us"].workflow[key]
        bench.run("verify", bench.snapshot, "--against", bench.cli.place(bench.target.key))
        assert bench.codes["verify"] == 5, bench.summary()
