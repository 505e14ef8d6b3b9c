"""An editor who works in an emulated space through the API; and what the space holds then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from space_bench import SOURCE, TOKEN
from space_state import state_of
from workbench import RecordingTransport, run_async

if TYPE_CHECKING:
    from space_bench import SpaceBench

    from stackferry.emulators.contentful import Environment


def state(bench: SpaceBench, key: str = SOURCE) -> dict[tuple[str, str], Any]:
    return state_of(bench.emulator.spaces[key], history=False)


def edit(bench: SpaceBench, *edits: tuple[str, str, Any], key: str = SOURCE) -> None:
    """Requests of an editor; each names the version that its object has."""

    async def send() -> None:
        url = f"http://emulator.invented/spaces/{key}/environments/master"
        async with httpx.AsyncClient(transport=RecordingTransport(bench.emulator)) as client:
            for method, path, body in edits:
                version = _version(bench.emulator.spaces[key].master, path)
                headers = {"authorization": f"Bearer {TOKEN}", "x-contentful-version": str(version)}
                answer = await client.request(method, url + path, json=body, headers=headers)
                assert answer.status_code < 300, answer.text

    run_async(send)


def _version(environment: Environment, path: str) -> int:
    _, kind, uid, *_ = path.split("/")
    if uid in environment.tags and kind == "tags":
        found: Any = environment.tags[uid]
        return int(found["sys"]["version"])
    kinds = ("entries", "assets", "content_types")
    table = {name: getattr(environment, name) for name in kinds}.get(kind, {})
    return table[uid].version if uid in table else 0
