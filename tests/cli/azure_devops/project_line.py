"""Commands on a live project, as a user types them: PLACE is filled in, the credential is in the environment."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from command_line import CommandResult
from project_client import chain

from stackferry import exact_json
from stackferry.cli.app import app
from stackferry.emulators.azure_devops import Emulator, serve
from stackferry.emulators.azure_devops.seed.api import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stackferry.emulators.application import Answer, HttpRequest
    from stackferry.emulators.azure_devops import Project
    from stackferry.model import Json, JsonObject

TOKEN, ORGANIZATION, NAME = "ado-invented-token", "fabrikam", "My Web"


@dataclass
class Sent:
    """A request as it arrived: its method, the path after `_apis/release`, the query, the JSON body."""

    method: str
    path: str
    query: dict[str, str]
    body: Any


@dataclass
class ProjectLine:
    """A shell beside an emulated project."""

    emulator: Emulator
    project: Project
    origin: str
    token: str = TOKEN
    home: Path = Path("/nonexistent")  # of the configuration
    sent: list[Sent] = field(default_factory=list)

    @property
    def host(self) -> str:
        return self.origin.removeprefix("http://")

    @property
    def place(self) -> str:
        return f"azure-devops+http://{ORGANIZATION}@{self.host}/My%20Web"

    @property
    def old_place(self) -> str:
        """The same project under the addresses of the old cloud, which the emulator takes as a part of the path."""
        before = f"{ORGANIZATION}.vsrm.visualstudio.com"
        return f"azure-devops+http://defaultcollection@{self.host}/{before}/My%20Web"

    def run(self, name: str, *words: object, place: str = "", stdin: str | None = None) -> CommandResult:
        """A `release` command in this process, with no terminal; its name is `list`, and PLACE follows it."""
        return self.shell("release", name, place or self.place, *words, "--rate", "0", stdin=stdin)

    def shell(self, *words: object, stdin: str | None = None) -> CommandResult:
        """Any command."""
        environment = {
            "STACKFERRY_TARGET_TOKEN": self.token,
            "STACKFERRY_TOKEN": self.token,
            "XDG_CONFIG_HOME": str(self.home),
        }
        done = CliRunner().invoke(app, [str(word) for word in words], env=environment, input=stdin)
        return CommandResult(done.exit_code, done.stdout, done.stderr)

    def ok(self, name: str, *words: object, **more: Any) -> CommandResult:
        """A command that must succeed."""
        result = self.run(name, *words, **more)
        assert result.code == 0, (result.out, result.err)
        return result

    def answer(self, name: str, *words: object, **more: Any) -> Any:
        """The answer in the report of a command that must succeed."""
        return self.ok(name, *words, "--json", **more).report["answer"]

    def failed(self, code: int, name: str, *words: object, **more: Any) -> str:
        """What a command that must fail so says on stderr, on one line."""
        result = self.run(name, *words, **more)
        assert result.code == code, (result.code, result.out, result.err)
        return " ".join(result.err.split())

    def release(self, number: int) -> Any:
        """A release as the service holds it."""
        return self.project.releases[number]

    @property
    def api(self) -> Api:
        """The API as somebody else uses it, beside the commands."""
        return Api(self.emulator, ORGANIZATION, NAME, TOKEN)

    def definition(self, *stages: JsonObject, **more: Json) -> int:
        """A new definition; without stages one with Dev, and Prod after it."""
        rows: list[Json] = [*(stages or chain())]
        name = f"D{len(self.project.definitions) + 1}"
        made = self.api.post("release/definitions", {"name": name, "environments": rows, **more})
        return int(str(made["id"]))

    def made(self, definition: int, **more: Json) -> int:
        """A new release that somebody else has made."""
        made = self.api.post("release/releases", {"definitionId": definition, **more})
        return int(str(made["id"]))

    def stages(self, release: int) -> dict[str, str]:
        """The status of each stage, as the service holds it."""
        return {one["name"]: one["status"] for one in self.release(release)["environments"]}

    @property
    def writes(self) -> list[Sent]:
        return [one for one in self.sent if one.method != "GET"]

    def watch(self, request: HttpRequest, answer: Answer | None) -> None:
        if answer is None:
            body = exact_json.loads(request.body) if request.body.strip() else None
            path = request.path.partition("/_apis/")[2].removeprefix("release/")
            self.sent.append(Sent(request.method, path, dict(request.query), body))


@contextmanager
def open_project_line(**options: Any) -> Iterator[ProjectLine]:
    """A shell and an empty project."""
    emulator = Emulator(**options)
    project = emulator.add_project(ORGANIZATION, NAME, token=TOKEN)
    with serve(emulator) as origin:
        line = ProjectLine(emulator, project, origin)
        emulator.watchers.append(line.watch)
        yield line
    assert emulator.defects == []
