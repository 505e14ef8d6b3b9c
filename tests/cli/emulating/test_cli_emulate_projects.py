"""`stackferry emulate` with projects of Azure DevOps, beside stacks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from command_line import FAST
from test_cli_emulate_spaces import emulated, host_of

if TYPE_CHECKING:
    from command_line import CommandLine

TOKEN = "emulated-token"


def test_projects_are_served_beside_stacks(cli: CommandLine) -> None:
    empty, full = "azure-devops:fabrikam/My Web", "azure-devops:contoso/Full:3"
    target = "azure-devops:contoso/Target:4"
    with emulated(
        cli, 4, "--empty", target, "--empty", empty, "--generated", full, "--empty", "new"
    ) as places:
        schemes = [place.partition("+")[0] for place in places]
        assert schemes == ["azure-devops", "azure-devops", "contentstack", "azure-devops"]
        assert places[1].endswith("/My%20Web")
        base = f"http://{host_of(places[0])}"
        with httpx.Client(base_url=base, auth=("", TOKEN)) as http:
            assert http.get("/fabrikam/My%20Web/_apis/release/releases").json()["count"] == 0
            assert http.get("/contoso/Full/_apis/release/definitions").json()["count"] == 4
            queues = http.get("/contoso/Target/_apis/distributedtask/queues").json()["value"]
            assert [row["name"] for row in queues] == ["Azure Pipelines", "Own pool"]
        stack = httpx.get(f"{base}/v3/locales", headers={"api_key": "new", "authorization": TOKEN})
        assert stack.status_code == 200


@pytest.mark.parametrize(
    "word", ["azure-devops:fabrikam", "azure-devops:a/b/c", "azure-devops:/b", "azure-devops:a/b:x"]
)
def test_a_place_that_is_no_project_is_refused(cli: CommandLine, word: str) -> None:
    result = cli.run("emulate", "--empty", word)
    assert result.code == 2
    assert "ORGANIZATION/PROJECT" in result.err or "a number" in result.err
    assert cli.run("emulate", "--generated", word).code == 2


def test_archives_are_served_under_their_own_names(cli: CommandLine) -> None:
    with emulated(cli, 1, "--generated", "azure-devops:fabrikam/My Web:3") as (place,):
        made = replace(cli, token=TOKEN).run(
            "export", place, cli.home / "archive", *FAST, "--definition", "1"
        )
        assert made.code == 0, made.err
    count = len((cli.home / "archive" / "releases.jsonl").read_text().splitlines())
    with emulated(cli, 2, cli.home / "archive", cli.home / "archive") as places:
        assert [place.rpartition("/")[2] for place in places] == ["My%20Web", "My%20Web-2"]
        with httpx.Client(base_url=f"http://{host_of(places[0])}", auth=("", TOKEN)) as http:
            answer = http.get("/fabrikam/My%20Web-2/_apis/release/releases").json()
            assert answer["count"] == min(count, 50)
