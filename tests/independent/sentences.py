"""What the tables of sentences share: a small stack for each row, and the table itself.

Written from the pages and from the project's research facts alone, without the emulator's code. A row is: the
sentence, in our words, with the page or the section of the facts (§); a request on a small stack; what must come back.
"""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from plain_api import TOKEN, Api
from stack_steps import content_type, create, create_workflow, environments, languages
from weird_types import block, blocks, field, group, html, reference, rich

from stackferry.emulators.contentstack import Emulator, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Made:
    """What every row finds in its stack."""

    def __init__(self, api: Api) -> None:
        languages(api, ("de-de", "en-us"), ("fr-fr", "en-us"))
        self.environments = environments(api, "live", "test")
        content_type(api, "other", field("body"))
        parts = block("part", field("words"), field("fixed", non_localizable=True))
        content_type(
            api,
            "note",
            field("body"),
            field("number", "number"),
            field("numbers", "number", multiple=True),
            reference("to", "note", "other"),
            field("pic", "file"),
            field("pics", "file", multiple=True),
            rich("rte", "note"),
            html("html"),
            blocks("parts", parts),
            group("rows", field("a"), field("fixed", non_localizable=True), multiple=True),
            group("one", field("a")),
        )
        self.note = create(api, "note", "N", body="b", number=7, numbers=[1, 4, 5])
        self.path = f"/content_types/note/entries/{self.note}"
        self.other = create(api, "other", "O")


class Sentences:
    """A table of sentences; its rows are the parameters of one test."""

    def __init__(self) -> None:
        self.rows: list[Any] = []

    def says(self, page: str, text: str) -> Callable[[Any], Any]:
        """Register a row."""

        def register(check: Any) -> Any:
            self.rows.append(pytest.param(check, id=f"{page.replace('§', 'section ')}: {text}"))
            return check

        return register


@contextmanager
def open_stacks() -> Iterator[Iterator[Api]]:
    """As many empty stacks as are asked for, on one emulator."""
    emulator = Emulator()
    with serve(emulator) as origin:
        opened = Api(origin, "")

        def stacks() -> Iterator[Api]:
            for number in itertools.count():
                key = f"blt_invented_{number}"
                emulator.add_stack(api_key=key, management_token=TOKEN, branches=("main", "dev"))
                yield opened.but(key=key)

        yield stacks()
        opened.close()
        assert emulator.defects == []


def refused(answer: tuple[int, Any], status: int = 422) -> dict[str, Any]:
    """The errors of a refusal, which has a message and a code."""
    assert answer[0] == status, answer
    assert answer[1]["error_message"]
    assert isinstance(answer[1]["error_code"], int)
    errors: dict[str, Any] = answer[1].get("errors", {})
    return errors


def entry(api: Api, made: Made, **query: Any) -> Any:
    return api.get(made.path, **query)["entry"]


def workflow(api: Api, **more: Any) -> list[str]:
    """Create a workflow of two stages; returns the uids of these."""
    return [stage["uid"] for stage in create_workflow(api, ("one", "two"), **more)["workflow_stages"]]


def item(uid: str, **more: Any) -> dict[str, Any]:
    return {
        "uid": uid,
        "version": 1,
        "locale": "en-us",
        "action": "publish",
        "content_type_uid": "note",
        **more,
    }
