"""Importing into another project on the command line: mapping, dry run, import, again, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, CommandLine, CommandResult

from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.furnish import furnish
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stackferry.emulators.application import Answer, HttpRequest

TOKEN = "ado-invented-token"


class Shell:
    """A shell, a full place and an empty one whose things are partly called otherwise."""

    def __init__(self, origin: str, home: Path, target: Any, emulator: Emulator) -> None:
        host = origin.removeprefix("http://")
        self.home, self.target, self.emulator = home, target, emulator
        self.source = f"azure-devops+http://fabrikam@{host}/Old%20Web"
        self.place = f"azure-devops+http://contoso@{host}/New%20Web"
        self._shell = CommandLine(None, origin, home, TOKEN)  # type: ignore[arg-type]  # its emulator is not asked
        self.archive = home / "archive"

    def run(self, *words: object) -> CommandResult:
        return self._shell.run(*words)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    emulator = Emulator()
    generate(emulator, "fabrikam", "Old Web", token=TOKEN, seed=3, releases=8)
    target: Any = furnish(emulator, "contoso", "New Web", token=TOKEN, seed=5)
    for row in target.others["queues"]:
        row["name"] = row["name"].replace("Own pool", "Our pool")
    with serve(emulator) as origin:
        made = Shell(origin, tmp_path_factory.mktemp("recreated"), target, emulator)
        assert made.run("export", made.source, made.archive, *FAST).code == 0
        yield made


def test_from_a_mapping_to_a_second_run(shell: Shell) -> None:
    refused = shell.run("import", shell.archive, shell.place, *FAST)
    assert (refused.code, '"Own pool" = ""' in refused.err) == (2, True)
    file = shell.home / "map.toml"
    asked = shell.run("mapping", shell.place, shell.archive, "--write", file, "--json")
    assert asked.code == 3
    assert [row["name"] for row in asked.report["mapping"] if not row["target"]] == ["Own pool"]
    assert "# the target has Our pool" in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace('"Own pool" = ""', '"Own pool" = "Our pool"'), "utf-8")
    assert shell.run("mapping", shell.place, shell.archive, "--map", file).code == 0
    planned = shell.run("import", shell.archive, shell.place, "--map", file, "--dry-run", "--json")
    assert planned.report["plan"]["definitions"] == {"create": 4}
    assert shell.target.definitions == {}
    made = shell.run("import", shell.archive, shell.place, "--map", file, *FAST, "--json")
    assert made.code == 3
    assert made.report["objects"]["releases"] == len(shell.target.releases) > 5
    assert sum(made.report["requests"].values()) == sum(made.report["minimum"].values())
    again = shell.run("import", shell.archive, shell.place, "--map", file, *FAST, "--json")
    assert (again.code, again.report["requests"].get("write", 0)) == (3, 0)
    assert {**again.report["minimum"], "write": 0} == again.report["minimum"]
    assert sum(again.report["requests"].values()) == sum(again.report["minimum"].values())


def versions(shell: Shell, *words: object) -> dict[str, set[str]]:
    """The versions of the API that a copy names, by organization."""
    found: dict[str, set[str]] = {"fabrikam": set(), "contoso": set()}

    def note(request: HttpRequest, answer: Answer | None) -> None:
        if answer is None:
            named = next(name for name in found if name in request.path)
            found[named].add(dict(request.query).get("api-version", "").partition("-")[0])

    shell.emulator.watchers.append(note)
    try:
        done = shell.run(
            "copy", shell.source, shell.place, "--map", "queues:Own pool=Our pool", "--dry-run", *words
        )
    finally:
        shell.emulator.watchers.remove(note)
    assert done.code in (0, 3, 5), done.err
    return found


def test_a_copy_names_the_version_of_each_side(shell: Shell) -> None:
    assert versions(shell, "--api-version", "6.0") == {"fabrikam": {"6.0"}, "contoso": {"6.0"}}
    alone = versions(shell, "--api-version", "7.0", "--target-api-version", "5.1")
    assert alone == {"fabrikam": {"7.0"}, "contoso": {"5.1"}}
    text = shell.run("copy", "--help").out
    for flag in ("--api-version", "--vsrm-url"):
        assert {f" {flag} ", f" --source-{flag[2:]} ", f" --target-{flag[2:]} "} <= {
            f" {word} " for word in text.split()
        }


def test_a_copy_goes_to_the_release_host_of_each_side(shell: Shell) -> None:
    wrong = shell.place.replace("azure-devops+http://contoso@", "http://").replace(
        "/New%20Web", "/dev.azure.com"
    )
    words = ("copy", shell.source, shell.place, "--dry-run")
    for side, code in (("source", "fabrikam"), ("target", "contoso")):
        answered = shell.run(*words, f"--{side}-vsrm-url", wrong)
        assert answered.code == 2
        assert "did you mean the release host" in answered.err
        assert code in answered.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--map", "queues:=x"), "KIND:NAME=NAME"),
        (("--map", "quues:a=b"), "--map quues: it is one of queues"),
        (("--map", "missing.toml"), "cannot be read"),
        (("--import-without", "queues"), "a job needs the"),
        (("--import-without", "everything"), "it is one of the kinds"),
        (("--only", "deployments"), "makes definitions and releases"),
        (("--content-type", "page"), "--only definitions or --only releases"),
        (("--mirror",), "an import never deletes"),
        (("--publish", "none"), "--publish means nothing to Azure DevOps: nothing is published. --deploy"),
        (("--versions", "all"), "--versions means nothing to Azure DevOps"),
        (("--conflicts", "stop"), "--on-conflict says what becomes of a definition"),
    ],
)
def test_what_is_not_so_is_refused(shell: Shell, words: tuple[str, ...], message: str) -> None:
    answered = shell.run("import", shell.archive, shell.place, *words)
    assert answered.code == 2
    assert message in " ".join(answered.err.split())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('[queues]\n"a" = ', "bad:2: this is not TOML"),
        ('\nqueues = "a"', "bad:2: 'queues' is no table"),
        ('[queues]\n"b" = ""\na = true', "bad:3: [queues] 'a' is neither a name nor an id"),
        ("[1, 2]", "bad:1: this is not TOML"),
        ('{"queues":\n {"a": true}}', "bad:2: [queues] 'a' is neither a name nor an id"),
        ('{"nothing": {"a": "b"}}', "bad:1: [nothing] is no table of a mapping file"),
        (
            '[people]\na = "b"\n\n[queue]\n',
            "bad:4: [queue] is no table of a mapping file; did you mean [queues]?",
        ),
        ('[people]\na = "b"\n\n[queue]\nx = ""', "bad:4: [queue] is no table"),
        ('[people]\n[queues]\na = "b"', "bad:1: [people] is empty"),
        ("", "the mapping file is empty"),
        ("# [queues]", "the mapping file is empty"),
        ("{}", "the mapping file is empty"),
    ],
)
def test_a_mapping_file_that_is_none(shell: Shell, content: str, message: str) -> None:
    file = shell.home / "bad"
    file.write_text(content, "utf-8")
    answered = shell.run("import", shell.archive, shell.place, "--map", file)
    assert answered.code == 2
    assert message in " ".join(answered.err.split())
