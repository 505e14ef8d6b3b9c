"""The recipes of docs/nights.md that run by a schedule: cron, systemd, GitHub Actions."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from command_line import SOURCE, TARGET
from recipe import FOLDER, PAGE, commands, configure, run

if TYPE_CHECKING:
    from command_line import CommandLine

    from stackferry.model import JsonObject


def test_the_commands_at_the_top_of_the_page_run_as_they_are(cli: CommandLine) -> None:
    configure(cli, production=cli.place(SOURCE))
    for line in PAGE.partition("```\n")[2].partition("```")[0].splitlines():
        run(cli, "sh", "-c", line.replace("/backups", str(cli.home / "b")))


def test_the_script_for_cron_is_silent_unless_a_person_should_look(cli: CommandLine) -> None:
    configure(cli, production=cli.place(SOURCE), nobody=cli.place("blt_nobody"))
    into = cli.home / "my backups"  # names may hold blanks
    script = FOLDER / "nightly.sh"
    silent = run(cli, "sh", script, into, "production")
    assert (silent.stdout, silent.stderr) == ("", "")
    branch = cli.emulator.stacks[SOURCE].main
    branch.put_asset({"uid": "bltlost", "filename": "a.txt", "title": "a", "_version": 1})
    told = run(cli, "sh", script, into, "production", code=3)
    assert told.stdout.startswith("stackferry: something is missing that was not known")
    run(cli, "stackferry", "snapshots", into, "--write-gaps", into / "gaps.toml")
    assert run(cli, "sh", script, into, "production").stdout == ""
    failed = run(cli, "sh", script, into, "nobody", code=4)
    assert failed.stdout == "stackferry: the backup failed with exit code 4\n"
    assert "The api key is not valid" in failed.stderr


def test_the_line_for_cron_is_one_that_cron_takes() -> None:
    (line,) = [line for line in commands("cron") if not line.startswith("#")]
    assert re.match(r"\d+ \d+ \* \* \*  /usr/local/bin/nightly.sh /backups production$", line)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_units_are_what_systemd_takes(cli: CommandLine) -> None:
    done = run(cli, "systemd-analyze", "verify", "--man=no", *sorted(FOLDER.glob("stackferry-backup.*")))
    assert [line for line in done.stderr.splitlines() if "stackferry" in line] == []
    timer = (FOLDER / "stackferry-backup.timer").read_text()
    when = re.findall(r"OnCalendar=(.*)", timer)[0]
    assert "Next elapse" in run(cli, "systemd-analyze", "calendar", when).stdout


def test_the_commands_of_the_service_run_as_they_are(cli: CommandLine) -> None:
    configure(cli, production=cli.place(SOURCE))
    unit = (FOLDER / "stackferry-backup.service").read_text()
    for line in re.findall(r"^ExecStart=(.*)", unit, re.MULTILINE):
        run(cli, "sh", "-c", line.replace("/var/lib/stackferry", str(cli.home / "b")))
    assert (cli.home / "b" / "production" / "latest").is_symlink()


def steps() -> list[str]:
    """The commands of the workflow's steps, one text a step."""
    found, inside = list[str](), False
    for line in (FOLDER / "backup.yml").read_text().splitlines():
        if match := re.match(r" {8}run: (.*)", line):
            inside = match[1] == "|"
            found.append("" if inside else match[1])
        elif inside and line.startswith(" " * 10):
            found[-1] += f"{line.strip()}\n"
        else:
            inside = False
    return found


def test_the_workflow_is_yaml_with_these_steps() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    workflow: dict[Any, Any] = yaml.safe_load((FOLDER / "backup.yml").read_text())
    assert [step["run"] for step in workflow["jobs"]["backup"]["steps"] if "run" in step] == steps()
    assert workflow[True]["schedule"][0]["cron"].count(" ") == 4  # `on` is true in YAML 1.1


def test_the_steps_of_the_workflow_run_as_they_are(cli: CommandLine) -> None:
    """Two nights; the second one with a gap, which is a warning."""
    install, *work = steps()
    assert (install, len(work)) == ("pip install stackferry", 3)
    for night in range(2):
        # As GitHub runs a step: https://docs.github.com/actions, "jobs.<job_id>.steps[*].shell".
        variables = {"PLACE": cli.place(SOURCE)}
        done = [run(cli, "bash", "-e", "-c", step, variables=variables) for step in work]
        assert ("::warning::" in done[0].stdout) == bool(night)
        lost: JsonObject = {"uid": "bltlost", "filename": "a", "title": "a", "_version": 1}
        cli.emulator.stacks[SOURCE].main.put_asset(lost)
    run(cli, "tar", "--extract", "--gzip", "--file", "snapshot.tar.gz", "--one-top-level=out")
    (folder,) = (cli.home / "out").iterdir()
    run(cli, "stackferry", "verify", folder / "latest")


def test_an_organization_moves_as_the_page_says(cli: CommandLine) -> None:
    old, new = cli.place(SOURCE), cli.place(TARGET)
    configure(cli, **{"old-shop": old, "new-shop": new})
    script = "\n".join(commands("Moving an organization between regions"))
    script = (
        script.replace("old-shop old-blog", "old-shop").replace("shop blog", "shop").replace("/backups", "b")
    )
    fast = {f"STACKFERRY_{name}_RATE": "0" for name in ("IMPORT", "IMPORT_BULK", "VERIFY")}
    run(cli, "sh", "-ec", script, variables=fast)
    entries = [len(cli.emulator.stacks[key].main.entries["page"]) for key in (SOURCE, TARGET)]
    assert entries[0] == entries[1] > 0
