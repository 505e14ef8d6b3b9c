"""The `release` commands on a project with a wrong place, a wrong token, or a service that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from project_client import asked, stage
from project_line import NAME, ORGANIZATION, ProjectLine, open_project_line
from test_secrets import CANARY, HARM, SIGNATURE, everything_logged

from sampling import rotated
from stackferry.emulators.azure_devops import Access, Fault, Switches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Words = tuple[str, ...]
READS: list[Words] = [
    ("list",),
    ("show", "1"),
    ("show", "1", "--snapshot-revision", "1"),
    ("logs", "1"),
    ("task-log", "1", "Dev", "Copy"),
    ("approvals",),
    ("tag", "1"),
]
WRITES: list[Words] = [
    ("create", "1"),
    ("status", "1", "abandoned"),
    ("keep", "1"),
    ("stage", "1", "Hand", "start"),
    ("tag", "1", "x"),
    ("tag", "1", "--remove", "x"),
    ("approve", "{approval}"),
    ("reject", "{approval}"),
]


def name(words: object) -> str:
    return " ".join(words[:1]) if isinstance(words, tuple) else str(words)


@pytest.fixture
def line() -> Iterator[ProjectLine]:
    """A release that was deployed to Dev, waits before Prod, and has a stage that is started by hand."""
    with open_project_line() as opened:
        fill(opened)
        yield opened


def fill(line: ProjectLine) -> None:
    home = line.emulator.organizations[ORGANIZATION]
    home.tokens[CANARY] = Access(home.user)
    home.tokens["pat-invented-reader"] = Access(home.user, frozenset({"vso.release"}))
    people = asked(line.emulator, "Ana")
    line.definition(
        stage("Dev"), stage("Prod", after="Dev", preDeployApprovals=people), stage("Hand", by_hand=True)
    )
    line.made(1)
    line.api.get("release/releasesettings")
    line.token = CANARY


def typed(line: ProjectLine, words: Words, *more: str, place: str = "") -> Any:
    """A command; an approval is one that is pending."""
    pending = line.api.rows("release/approvals")
    command, *rest = (word.format(approval=pending[0]["id"] if pending else 1) for word in words)
    return line.run(command, *rest, *more, place=place)


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
def test_a_project_that_is_not_there_is_a_usage_error(line: ProjectLine, words: Words) -> None:
    result = typed(line, words, place=line.place.replace("My%20Web", "Moon"))
    assert (result.code, "TF200016" in result.err) == (2, True), result
    assert set(line.project.releases) == {1}


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
@pytest.mark.parametrize("status", [203, 302, 401])
def test_a_bad_token_is_an_access_error(words: Words, status: Any) -> None:
    """Exit 4 within one request, with the reason in words; one that may only read does not write."""
    with open_project_line(switches=Switches(auth_failure=status)) as line:
        fill(line)
        before = len(line.emulator.log)
        line.token = "ado-unknown"
        result = typed(line, words)
        assert (result.code, "sign in" in result.err) == (4, True), result
        assert len(line.emulator.log) == before + 1
        line.token = "pat-invented-reader"
        assert typed(line, words).code == (4 if words in WRITES else 0)


@pytest.mark.parametrize("words", [*READS, *WRITES], ids=name)
def test_a_refusal_never_passes_for_success(line: ProjectLine, words: Words) -> None:
    """What the service refuses in words that nobody knows ends a command with a code, and its words are shown."""
    for status, code in ((400, 1), (401, 4), (403, 4), (409, 1), (422, 1)):
        body = b'{"message": "an invented refusal", "typeKey": "UnheardOfReleaseException"}'
        as_json = (("content-type", "application/json"),)
        fault = Fault(status=status, body=body, headers=as_json, carried_out=False, times=99)
        line.emulator.faults.add(fault)
        result = typed(line, words)
        line.emulator.faults.clear()
        assert result.code == code, (status, result)
        assert words[0] == "logs" or words[0] == "task-log" or "an invented refusal" in result.err
    assert line.release(1)["status"] == "active"


@pytest.mark.parametrize(("words", "share"), rotated([*READS, *WRITES], range(3)), ids=name)
def test_the_canary_is_nowhere(line: ProjectLine, words: Words, share: int, tmp_path: Path) -> None:
    """I8: requests fail in every way; at -vvv nothing said or logged holds a secret, and no file."""
    places = ([(harm, 0) for harm in HARM] + [("422", 1), ("malformed", 1)])[share::3]
    more = ("-o", str(tmp_path / "log")) if words[0] == "logs" else ()
    with everything_logged() as log:
        for number, (harm, after) in enumerate(places):
            facts = {field: getattr(HARM[harm], field) for field in Fault.__slots__}
            line.emulator.faults.add(Fault(**{**facts, "after": after}))
            result = typed(line, words, *more, "-vvv", *["--json"][: number % 2])
            line.emulator.faults.clear()
            shown = result.out + result.err + log.getvalue()
            assert [secret for secret in (CANARY, SIGNATURE) if secret in shown] == []
    assert log.getvalue()
    assert all(CANARY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_commands_of_other_systems_are_told(line: ProjectLine) -> None:
    """The same names mean what they meant elsewhere; what this system lacks is a usage error that says so."""
    said = line.failed(2, "publish", "1")
    assert "Azure DevOps has no command 'release publish'; it has " in said
    assert all(word in said for word in ("approvals", "keep", "stage", "task-log"))
    assert (
        "Azure DevOps has no commands of 'entry'; it has those of release"
        in line.shell("entry", "get", line.place).err
    )
    assert line.shell("bulk", "status", line.place, "1").code == 2
    for place in ("contentstack+http://key@127.0.0.1:1/main", "contentful+http://key@127.0.0.1:1/master"):
        for command in ("keep", "stage", "logs", "approvals"):
            refused = line.run(command, "1", place=place)
            assert (refused.code, f"has no command 'release {command}'" in refused.err) == (2, True)


def test_a_profile_reaches_the_project(line: ProjectLine, tmp_path: Path) -> None:
    """Its version of the API, and its token; an option on the command line comes before it."""
    (tmp_path / "stackferry").mkdir()
    (tmp_path / "token").write_text(line.token, "utf-8")
    (tmp_path / "stackferry/config.toml").write_text(
        f'[profiles.shop]\nplace = "{line.place}"\ntoken_file = "{tmp_path / "token"}"\n'
        'settings = { api_version = "5.1" }\n',
        "utf-8",
    )
    line.home = tmp_path
    line.ok("show", "1", place="shop")
    assert line.sent[-1].query["api-version"] == "5.1"
    line.ok("show", "1", "--api-version", "6.0", place="shop")
    assert line.sent[-1].query["api-version"] == "6.0"
    assert NAME in line.ok("list", "--json", place="shop").report["place"].replace("%20", " ")
