"""What people give that is wrong, and what services answer that is odd: a clear sentence and the right exit code."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from command_line import FAST, ROOT, CommandLine, CommandResult

from stackferry.emulators.azure_devops import Access, Emulator, Fault, serve
from stackferry.emulators.azure_devops.seed.furnish import furnish
from stackferry.emulators.azure_devops.seed.generator import generate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TOKEN, NAME = "ado-invented-token", "My Web"
LONG = "n" * 10_000
HOSTILE = ("..", "=cmd()|' /C calc'!A0", "<script>alert(1)</script>", LONG)


class Bad:
    """A shell, a full project, one that is empty, and an archive of the first."""

    def __init__(self, origin: str, home: Path, emulator: Emulator) -> None:
        self.emulator, self.home = emulator, home
        self.host = origin.removeprefix("http://")
        self._shell = CommandLine(None, origin, home, TOKEN)  # type: ignore[arg-type]  # its emulator is not asked
        self.project = generate(emulator, "fabrikam", NAME, token=TOKEN, seed=3, releases=9)
        furnish(emulator, "contoso", "New Web", token=TOKEN, seed=6)
        emulator.add_project("fabrikam", "Other Web", token=TOKEN)
        self.archive = home / "archive"
        assert self.export("archive").code == 0
        (home / "tables.toml").write_text('[quues]\n"Own pool" = "Default"\n')
        (home / "list.json").write_text("[1]")
        (home / "number.toml").write_text("queues = 3\n")

    def place(self, project: str = "My%20Web", organization: str = "fabrikam") -> str:
        return f"azure-devops+http://{organization}@{self.host}/{project}"

    def run(self, *words: object) -> CommandResult:
        return self._shell.run(*words)

    def export(self, name: str, *more: object) -> CommandResult:
        return self.run("export", self.place(), self.home / name, *FAST, *more)

    def filled(self, word: str) -> str:
        names = {"home": self.home, "archive": self.archive, "place": self.place(), "host": self.host}
        projects = {"other": self.place("Other%20Web"), "unknown": self.place("Unknown")}
        new, page = self.place("New%20Web", "contoso"), ROOT / "sample_exports" / "harbour-guide"
        return word.format(**names, **projects, new=new, page=page)

    def raw(self) -> Any:
        return self.project.releases


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bad]:
    emulator = Emulator()
    with serve(emulator) as origin:
        yield Bad(origin, tmp_path_factory.mktemp("bad"), emulator)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            "export {place} {home}/1 --vsrm-url http://{host}/dev.azure.com",
            2,
            "did you mean the release host",
        ),
        (
            "export {place} {home}/19 --vsrm-url http://127.0.0.1:9",
            1,
            "no answer from http://127.0.0.1:9: GET",
        ),
        ("export {unknown} {home}/2", 2, "TF200016: The following project does not exist: Unknown"),
        ("export {place} {home}/3 --base {page}", 2, "is a snapshot of another place"),
        ("import {page} {new}", 2, "is a snapshot of contentstack"),
        ("verify {page} --against {place}", 2, "is of Contentstack, and"),
        ("diff {page} {archive}", 2, "of Azure DevOps: two of one system are compared"),
        ("evidence {page}", 2, "evidence is about deployments"),
        ("release show {other} 1", 1, "Release with ID 1 does not exist"),
        ("cat {archive} releases 99999", 2, "99999"),
        ("export {place} {home}/4 --definition 99999", 2, "no definition of this name or id"),
        (
            "export {place} {home}/11 --definition Nope",
            2,
            "--definition Nope: the project has no definition of this name or id\n",
        ),
        ("export {place} {home}/17 --definition Nigthly", 2, "name or id; did you mean 'Nightly'?"),
        ("export {place} {home}/18 --definition nightly", 0, "Exported"),
        ("cat {archive} definitions 3 --version 99", 2, "it holds 1\n"),
        ("evidence {archive} --csv -", 2, "'-' is no name of a file"),
        (
            "export {place} {home}/12 --definition Nope --path Web",
            2,
            "no definition of this name or id in the folder that is asked for",
        ),
        ("export {place} {home}/7 --path Unheard", 2, "the project has no folder of this path"),
        ("export {place} {home}/8 --stage Unheard", 2, "no definition has a stage of this name"),
        ("export {place} {home}/15 --stage produ", 2, "did you mean 'Prod' or"),
        ("export {place} {home}/9 --tag unheard", 2, "no release that is asked for has this tag"),
        ("export {place} {home}/10 --stage prod", 0, "Exported"),
        ("export {place} {home}/16 --stage Live", 0, "Exported"),  # of a definition that was deleted
        ("copy {place} {new} --import-without everything", 2, "it is one of the kinds"),
        ("evidence {archive} --definition Unheard", 2, "Unheard"),
        ("import {archive} {new} --map {home}/tables.toml", 2, "[quues] is no table of a mapping file"),
        ("import {archive} {new} --map {home}/number.toml", 2, "'queues' is no table"),
        ("import {archive} {new} --map queues:Own", 2, "--map"),
        ("export {place} {home}/5 --status activ", 2, "it is one of draft, active, abandoned"),
        ("export {place} {home}/6 --since tomorrow", 2, "is no time"),
        (
            "export {place} {home}/14 --since 2026-02-01 --until 2026-01-31T23:00:00Z",
            2,
            "nothing lies between them",
        ),
        ("import {archive} {new} --map {home}/list.json", 2, "a mapping file has tables of names"),
        ("release list {place} --status activ", 2, "activ"),
    ],
)
def test_what_is_wrong_is_told(bad: Bad, words: str, code: int, said: str) -> None:
    more = FAST if words.split()[0] in ("export", "import") else ()
    answered = bad.run(*(bad.filled(word) for word in words.split()), *more)
    assert said in answered.err
    assert answered.code == code, answered.err
    assert "Traceback" not in answered.err


def test_an_unknown_stage_is_told_before_releases_are_read(bad: Bad) -> None:
    """Old deployments may name one that no definition has today, so their list is read, and no release."""
    mark = len(bad.emulator.log)
    refused = bad.run("export", bad.place(), bad.home / "unheard", "--stage", "produ", *FAST)
    assert (refused.code, "did you mean 'Prod'" in refused.err) == (2, True)
    assert not [line for line in map(str, bad.emulator.log[mark:]) if "release/releases" in line]
    assert not (bad.home / "unheard").exists()


@pytest.mark.parametrize("body", [b"", b"<html>nginx</html>"], ids=["bare", "page"])
@pytest.mark.parametrize(
    "words", ["export {place} {home}/13", "release list {place}", "mapping {place} {archive}"]
)
def test_a_server_that_knows_no_releases_is_told_at_once(bad: Bad, words: str, body: bytes) -> None:
    """A wrong host, or a path that lacks a part, answers 404 in words of its own, or in none."""
    headers = (("content-type", "text/html"),) if body else ()
    bad.emulator.faults.add(Fault(status=404, body=body, headers=headers, times=99))
    before = len(bad.emulator.log)
    try:
        answered = bad.run(*(bad.filled(word) for word in words.split()))
    finally:
        bad.emulator.faults.clear()
    assert answered.code == 2
    for hint in ("did you mean the release host", "--vsrm-url", "check the path before the project, as /tfs"):
        assert hint in answered.err
    assert len(bad.emulator.log) == before + 1


def test_a_token_without_the_scope_of_releases_is_told_at_once(bad: Bad) -> None:
    home = bad.emulator.organizations["fabrikam"]
    whole = home.tokens[TOKEN]
    home.tokens[TOKEN] = Access(home.user, frozenset({"vso.build"}))
    before = len(bad.emulator.log)
    try:
        answered = bad.export("without scope")
    finally:
        home.tokens[TOKEN] = whole
    assert answered.code == 4
    assert "vso.release" in answered.err
    assert len(bad.emulator.log) == before + 1


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [(403, 4, "check the scopes of the token"), (404, 1, "this host does not serve users and groups")],
)
def test_people_who_cannot_be_asked_for_are_not_nobody(bad: Bad, status: int, code: int, said: str) -> None:
    """A mapping of people that are there would be asked for; and nothing was known of them."""
    bad.emulator.faults.add(Fault(path="/identities", status=status, times=99))
    try:
        answered = bad.run("import", bad.archive, bad.filled("{new}"), *FAST, "--dry-run")
        without = bad.run(
            "import", bad.archive, bad.filled("{new}"), *FAST, "--dry-run", "--import-without", "people"
        )
    finally:
        bad.emulator.faults.clear()
    assert answered.code == code
    assert said in answered.err
    assert "[people]" not in answered.err
    assert without.code == 3


def test_times_without_a_zone_and_enums_in_any_form_are_read(bad: Bad) -> None:
    one: Any = bad.raw()[max(bad.raw())]
    before = deepcopy(one)
    one["modifiedOn"] = "2026-07-01T10:00:00.1234567"
    one["createdOn"] = one["createdOn"].removesuffix("Z")
    one["status"] = {"draft": 1, "active": "ACTIVE", "abandoned": 4}[one["status"]]
    for stage in one["environments"]:
        stage["status"] = {"succeeded": 4, "rejected": "REJECTED"}.get(stage["status"], stage["status"])
    try:
        assert bad.export("odd").code == 0
        assert bad.export("odd again", "--base", bad.home / "odd").code == 0
        row = json.loads((bad.home / "odd" / "releases.jsonl").read_text().splitlines()[-1])
        assert (row["status"], row["modifiedOn"]) == (one["status"], one["modifiedOn"])
        assert bad.run("show", bad.home / "odd").code == 0
        assert bad.run("evidence", bad.home / "odd").code == 0
        assert bad.run("verify", bad.home / "odd again", "--against", bad.place(), *FAST[:2]).code == 0
        assert bad.run("diff", bad.home / "odd", bad.home / "odd again").code == 0
    finally:
        one.clear()
        one.update(before)


@pytest.mark.parametrize("name", HOSTILE, ids=["dots", "formula", "script", "long"])
def test_hostile_names_are_words(bad: Bad, name: str) -> None:
    one: Any = next(row for row in bad.raw().values() if row["environments"][0]["deploySteps"])
    before = one["name"], one["environments"][0]["name"]
    one["name"], one["environments"][0]["name"] = name, name
    folder = bad.home / f"hostile {HOSTILE.index(name)}"
    try:
        assert bad.export(folder.name).code == 0
        assert bad.run("verify", folder, "--against", bad.place(), *FAST[:2]).code == 0
    finally:
        one["name"], one["environments"][0]["name"] = before
    assert f'"name": {json.dumps(name)}' in bad.run("cat", folder, "releases", one["id"]).out
    changed = bad.run("diff", bad.archive, folder, "--json")
    assert changed.code == 5
    paths = {row["path"] for row in changed.report["differences"] if row["kind"] == "releases"}
    assert paths == {"/name", f"/environments/{name.replace('/', '~1')}/name"}
    report = bad.home / f"evidence {HOSTILE.index(name)}"
    made = bad.run("evidence", folder, "--csv", f"{report}.csv", "--html", f"{report}.html", "--json")
    assert any(row["release"] == name for row in made.report["rows"])
    assert "<script>alert" not in report.with_suffix(".html").read_text()
    assert not [line for line in report.with_suffix(".csv").read_text().splitlines() if line.startswith("=")]


def test_two_releases_of_one_name_are_two(bad: Bad) -> None:
    rows: Any = [*bad.raw().values()]
    one, other = [row for row in rows if row["releaseDefinition"]["id"] == 1][:2]
    before, other["name"] = other["name"], one["name"]
    try:
        assert bad.export("twins").code == 0
    finally:
        other["name"] = before
    found = bad.run("cat", bad.home / "twins", "releases", one["name"])
    assert found.code == 2
    assert all(str(row["id"]) in found.err for row in (one, other))
    rows = bad.run("evidence", bad.home / "twins", "--json").report["rows"]
    deployed = {row["id"] for row in (one, other) if row["environments"][0]["deploySteps"]}
    assert deployed <= {row["release_id"] for row in rows if row["release"] == one["name"]}


def test_releases_of_a_deleted_definition_stay_whole(bad: Bad) -> None:
    held = bad.project.definitions[1]
    held.deleted_at = bad.emulator.time()
    try:
        made = bad.export("orphans", "--json")
        assert made.report["objects"]["releases"] == len(bad.raw())
        grown = bad.export("orphans grown", "--base", bad.archive)
        assert bad.run("verify", bad.home / "orphans").code == 0
        rows = bad.run("evidence", bad.home / "orphans", "--json")
    finally:
        held.deleted_at = None
    assert (made.code, grown.code, rows.code) == (0, 0, 0)
    vanished = json.loads((bad.home / "orphans grown" / "manifest.json").read_text())["vanished"]
    assert [(row["kind"], row["uid"]) for row in vanished] == [("definitions", "1")]
    told = bad.run("diff", bad.archive, bad.home / "orphans grown").out
    assert told.startswith("vanished: definitions 1 ")


@pytest.mark.parametrize(
    "words",
    [
        "import {archive} {new}",
        "import {archive} {new} --dry-run",
        "mapping {new} {archive}",
        "verify {archive} --against {new}",
        "diff {archive} {new}",
    ],
)
def test_a_mapping_of_unknown_names_is_refused_before_the_target_is_read(bad: Bad, words: str) -> None:
    file = bad.home / "unknown.toml"
    file.write_text('[queues]\n"own pol" = "Default"\n[people]\n"nobody at all" = "ana"\n', "utf-8")
    before = len(bad.emulator.log)
    answered = bad.run(*(bad.filled(word) for word in words.split()), "--map", file)
    assert answered.code == 2
    assert "queues:own pol: did you mean 'Own pool'" in answered.err
    assert "people:nobody at all" in answered.err
    assert len(bad.emulator.log) == before


def test_a_copy_of_a_stage_that_is_not_there_is_no_option(bad: Bad) -> None:
    answered = bad.run("copy", bad.place(), bad.filled("{new}"), "--stage", "Unheard")
    assert answered.code == 2
    assert "No such option" in answered.err


def test_a_mapping_to_what_the_target_has_not_names_it(bad: Bad) -> None:
    answered = bad.run("import", bad.archive, bad.filled("{new}"), "--map", "queues:Own pool=Own pools")
    assert answered.code == 2
    told = " ".join(answered.err.split())
    assert "queue 'Own pool', by --map 'Own pools' of the target, which has 'Own pool'" in told
