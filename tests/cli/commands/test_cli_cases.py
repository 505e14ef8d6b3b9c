"""Small exports that went wrong once: served, exported, imported and verified by command, and imported as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from command_line import FAST, ROOT, TARGET, CommandLine, open_command_line

from stackferry.emulators.contentstack.seed.load import add_seeded_stack, read_seed

if TYPE_CHECKING:
    from pathlib import Path

CASES = ROOT / "../shared/cases"
BROKEN_RULES = ("rule-regex", "rule-mandatory", "rule-max")


def case(name: str) -> Path:
    if not (CASES / name).is_dir():
        pytest.skip(f"the small exports lie beside the project, in ../shared/cases; {name} is not there")
    return CASES / name


@pytest.mark.parametrize("name", [*BROKEN_RULES, "workflow-free-transitions", "role-of-a-folder"])
def test_a_case_makes_the_whole_way(tmp_path: Path, name: str) -> None:
    """Seeded, exported, imported, verified; and the export of the vendor's CLI imported as it is."""
    with open_command_line(tmp_path) as cli:
        stack = add_seeded_stack(
            cli.emulator, read_seed(case(name)), api_key="case", management_token=cli.token
        )
        snapshot = tmp_path / "snapshot"
        assert cli.run("export", cli.place("case"), snapshot, *FAST).code == 0
        # A workflow names a person, who is in no other team.
        told = [("workflows", "/admin_users/users/0")] if name.startswith("workflow") else []
        done = cli.run("import", snapshot, cli.place(TARGET), "--json", *FAST).report
        assert [(gap["kind"], gap["path"]) for gap in done["gaps"]] == told
        verified = cli.run("verify", snapshot, "--against", cli.place(TARGET), "--json", *FAST).report
        assert [(gap["kind"], gap["path"]) for gap in verified["gaps"]] == told
        assert verified["differences"] == []
        target = cli.emulator.stacks[TARGET]
        assert target.main.content_types["note"]["schema"] == stack.main.content_types["note"]["schema"]
        (entry,) = target.main.entries["note"].values()
        (own,) = stack.main.entries["note"].values()
        assert entry.documents["en-us"].latest.get("v") == own.documents["en-us"].latest.get("v")
        target = cli.emulator.add_stack(api_key="straight", management_token=cli.token)
        straight = cli.run("import", case(name), cli.place("straight"), "--json", *FAST).report
        assert [(gap["kind"], gap["path"]) for gap in straight["gaps"]] == told
        assert len(target.main.entries["note"]) == 1
        flows = [*target.workflows.values()]
        following = [stage["next_available_stages"] for flow in flows for stage in flow["workflow_stages"]]  # type: ignore[union-attr, index, call-overload]  # JSON
        assert following == ([["$all"]] * 2 if name.startswith("workflow") else [])


@pytest.mark.parametrize("name", BROKEN_RULES)
def test_a_dry_run_tells_that_rules_are_relaxed(cli: CommandLine, name: str) -> None:
    """For the time of the import, and restored: nothing is written meanwhile."""
    planned = cli.run("import", case(name), cli.place(TARGET), "--dry-run", "--json", *FAST).report
    assert planned["plan"]["content_types"] == {"create": 1, "relax": 1, "restore": 1}
    assert cli.writes == 0
