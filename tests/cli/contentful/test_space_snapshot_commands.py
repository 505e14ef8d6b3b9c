"""A space is exported, and looked into, as a user types it: export, show, ls, cat, verify."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from command_line import CommandResult
from every_kind_space import SPACE, fill_every_kind
from space_bench import TOKEN, make_space_bench
from workbench import memory_directory

from stackferry.cli.app import app
from stackferry.emulators.contentful import Access, serve

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from space_bench import SpaceBench


class Shell:
    """Commands in this process, beside an emulator on a socket."""

    def __init__(self, bench: SpaceBench, origin: str) -> None:
        self.bench, self.root = bench, bench.root
        self.place = f"contentful+http://{SPACE}@{origin.removeprefix('http://')}"

    def run(self, *words: object, token: str = TOKEN) -> CommandResult:
        environment = {"STACKFERRY_TOKEN": token, "XDG_CONFIG_HOME": "/nonexistent"}
        done = CliRunner().invoke(app, [*map(str, words)], env=environment)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    def ok(self, *words: object, code: int = 0) -> str:
        result = self.run(*words)
        assert result.code == code, result.err
        return result.out


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    with memory_directory() as root:
        bench = make_space_bench(root, fill_every_kind)
        with serve(bench.emulator) as origin:
            yield Shell(bench, origin)


@pytest.fixture(scope="module")
def snapshot(shell: Shell) -> Path:
    shell.ok(
        "export",
        f"{shell.place}/master",
        shell.root / "snapshot",
        "--versions",
        "all",
        "--editorial",
        "--rate",
        0,
    )
    return shell.root / "snapshot"


def test_show_prints_a_page(shell: Shell, snapshot: Path) -> None:
    page = shell.ok("show", snapshot)
    assert page.startswith(f"{shell.place}/master\n")
    assert "master locale en-US" in page
    for words in ("live bodies of entries", "entries in releases", "API keys", "scheduled actions"):
        assert words in page


def test_verify_finds_it_whole_and_sees_a_change(shell: Shell, snapshot: Path) -> None:
    shell.ok("verify", snapshot)
    file = snapshot / "tags.jsonl"
    content = file.read_bytes()
    try:
        file.write_bytes(content.replace(b"Farm", b"Barn"))
        assert shell.run("verify", snapshot).code == 6
    finally:
        file.write_bytes(content)


def test_ls_lists_kinds_and_objects(shell: Shell, snapshot: Path) -> None:
    kinds = dict(line.split("\t") for line in shell.ok("ls", snapshot).splitlines())
    assert (kinds["entries"], kinds["published_entries"], kinds["release_entries"]) == ("5", "2", "3")
    rows = [line.split("\t") for line in shell.ok("ls", snapshot, "entries").splitlines()]
    assert ["hen", "page", "6", "Hen"] in rows
    assert ["egg", "page", "5", "Egg, edited"] in rows
    assert ["hen", "1", "Hen, on sale"] in [
        line.split("\t") for line in shell.ok("ls", snapshot, "release_entries").splitlines()
    ]
    for kind in kinds:
        assert shell.ok("ls", snapshot, kind), kind


def test_cat_prints_one_object(shell: Shell, snapshot: Path) -> None:
    hen: Any = json.loads(shell.ok("cat", snapshot, "entries", "hen"))
    assert hen["fields"]["title"] == {"en-US": "Hen", "de": "Huhn"}
    for kind, name in (("locales", "de"), ("webhooks", "deploy"), ("releases", "campaign"), ("space", SPACE)):
        assert json.loads(shell.ok("cat", snapshot, kind, name))


def test_gaps_and_limits_are_in_the_report(shell: Shell) -> None:
    shell.bench.source.tokens["cf-invented-narrow"] = Access(
        "invented-user", refused={"webhook_definitions": 403}
    )
    shell.bench.source.refused["workflows"] = 404
    try:
        done = shell.run(
            "export",
            f"{shell.place}/master",
            shell.root / "part",
            "--json",
            "--rate",
            0,
            token="cf-invented-narrow",
        )
    finally:
        del shell.bench.source.refused["workflows"]
    report: Any = json.loads(done.out)
    assert done.code == 3
    assert [gap["kind"] for gap in report["gaps"]] == ["webhooks"]
    assert "workflows" in {limit["kind"] for limit in report["limits"]}
    assert report["requests"]["read"] <= 1.02 * report["minimum"]["read"]
    assert TOKEN not in done.out + done.err
    assert "cf-invented-narrow" not in done.out + done.err.replace("narrower", "")


def test_a_base_an_alias_and_a_query(shell: Shell, snapshot: Path) -> None:
    done = shell.ok(
        *("export", f"{shell.place}/live", shell.root / "second", "--base", snapshot, "--versions", "all"),
        *("--editorial", "--json", "--rate", 0),
    )
    report: Any = json.loads(done)
    assert report["base"]["files"] == 4
    assert report["requests"]["asset"] == 0
    query = '{"sys.id": "hen"}'
    shell.ok("export", f"{shell.place}/master", shell.root / "few", "--query", query, "--rate", 0, code=3)
    assert [line.split("\t")[0] for line in shell.ok("ls", shell.root / "few", "entries").splitlines()] == [
        "hen"
    ]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("export", "contentful://@eu/master", "X"), "SPACE@REGION_OR_HOST"),
        (("export", "{place}/nowhere", "X"), "has no environment or alias 'nowhere'"),
        (("export", "{place}/master", "X", "--query", '{"fields.a": 1}'), "give --content-type"),
        (("export", "{place}/master", "X", "--limit", "0"), "0"),
    ],
)
def test_what_cannot_be_is_a_usage_error_and_leaves_nothing(
    shell: Shell, words: tuple[str, ...], message: str
) -> None:
    typed = [word.replace("{place}", shell.place).replace("X", str(shell.root / "no")) for word in words]
    done = shell.run(*typed, "--rate", 0)
    assert done.code == 2, done.err
    assert message in done.err
    assert not (shell.root / "no").exists()
