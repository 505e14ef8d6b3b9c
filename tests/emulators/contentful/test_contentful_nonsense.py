"""Whatever a client sends, it is answered: no request is a defect of the emulator."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from sampling import sampled
from stackferry import exact_json
from stackferry.emulators.application import HttpRequest
from stackferry.emulators.contentful import Emulator, Switches
from stackferry.emulators.contentful.routes import ROUTES
from stackferry.emulators.contentful.seed.generator import generate

if TYPE_CHECKING:
    from stackferry.emulators.contentful import Space

REQUESTS = 1_500
VALUES: list[Any] = [
    *(None, 0, 1, -1, 1.5, True, "", "x", "en-US", [], {}, [None], [{}], {"sys": None}, {"sys": {"id": 1}}),
    *({"sys": {"type": "Link", "linkType": "Entry", "id": "page-0001"}}, {"*": ["en-US"]}, {"en-US": None}),
]
KEYS = [
    *(
        "sys",
        "fields",
        "metadata",
        "name",
        "title",
        "entities",
        "items",
        "action",
        "add",
        "remove",
        "steps",
        "body",
    ),
    *(
        "appliesTo",
        "assignedTo",
        "upload",
        "entity",
        "environment",
        "scheduledFor",
        "datetime",
        "displayField",
    ),
    *(
        "controls",
        "sidebar",
        "file",
        "tags",
        "concepts",
        "prefLabel",
        "broader",
        "related",
        "topConcepts",
        "url",
    ),
    *(
        "headers",
        "code",
        "fallbackCode",
        "extension",
        "parameters",
        "expiresAt",
        "roles",
        "email",
        "op",
        "path",
    ),
    *("value", "stepId", "workflowDefinition", "*", "en-US", "id", "type", "linkType", "validations"),
]
PARAMETERS = [
    *(
        "limit",
        "skip",
        "order",
        "select",
        "sys.id[in]",
        "query",
        "content_type",
        "cursor",
        "pageNext",
        "next",
    ),
    *("fields.title", "fields.title[match]", "sys.updatedAt[gte]", "environment.sys.id", "links_to_entry"),
    *("mimetype_group", "sys.schemaVersion", "title[match]", "entities.sys.id[in]", "entities.sys.linkType"),
    *("uniqueBy", "metadata.tags[exists]", "sys.version[nonsense]"),
]
WORDS = [
    "0",
    "1",
    "x",
    "",
    "sys.id",
    "-sys.updatedAt",
    "true",
    "page",
    "2025-01-01",
    "master",
    "Entry",
    "MTp4",
]


def value(chance: Random, depth: int = 0) -> Any:
    if depth > 3 or chance.random() < 0.5:
        return chance.choice(VALUES)
    if chance.random() < 0.3:
        return [value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(chance.randint(0, 5))}


def names(space: Space) -> dict[str, list[str]]:
    """What the variable parts of paths may be."""
    master, home = space.master, space.organization
    return {
        "{space}": ["gen"],
        "{organization}": [home.id],
        "{environment}": ["master", "live", "nothing"],
        "{entry}": [*master.entries, "new"],
        "{asset}": [*master.assets],
        "{content_type}": [*master.content_types],
        "{release}": [*master.releases],
        "{action}": [*master.release_actions],
        "{scoped}": [*master.entries],
        "{parent}": [*master.entries, *master.content_types],
        "{locale}": [*master.locales, "en-US"],
        "{tag}": [*master.tags],
        "{concept}": [*home.concepts, *home.concept_schemes],
        "{definition}": [*master.workflow_definitions],
        "{workflow}": [*master.workflows],
        "{task}": [*master.tasks],
        "{comment}": [*master.comments],
        "{webhook}": [*space.webhooks],
        "{role}": [*space.roles],
        "{scheduled}": [*space.scheduled_actions],
        "{app}": ["own-app"],
        "{extension}": ["map"],
    }


def request(chance: Random, known: dict[str, list[str]]) -> HttpRequest:
    rare = chance.random() < 0.1
    route = chance.choice([one for one in ROUTES if rare or one.method != "DELETE"])
    path = "/".join(
        chance.choice(known.get(part, ["x"])) if "{" in part else part for part in route.pattern.split("/")
    )
    headers = {
        "authorization": "Bearer t",
        "x-contentful-content-type": chance.choice(["page", "person", "", "x"]),
    }
    if chance.random() < 0.7:
        headers["x-contentful-version"] = chance.choice(["0", "1", "2", "3", "4", "x"])
    query = [(chance.choice(PARAMETERS), chance.choice(WORDS)) for _ in range(chance.randint(0, 2))]
    body = b"{" if rare else exact_json.dumps(value(chance))
    return HttpRequest(
        method=route.method,
        path=path,
        origin="http://emulator.invented",
        query=query if route.method == "GET" else [],
        headers=headers,
        body=body,
    )


@pytest.mark.parametrize("seed", sampled(range(60), 3))
def test_no_request_is_a_defect(seed: int) -> None:
    chance = Random(seed)
    emulator = Emulator(switches=Switches(bulk_operations=True))
    known = names(generate(emulator, key="gen", token="t", seed=seed))
    statuses: Counter[int] = Counter()
    for _ in range(REQUESTS):
        sent = request(chance, known)
        if (sent.method, sent.path) != ("DELETE", "/spaces/gen"):
            statuses[emulator.handle(sent).status] += 1
    assert set(statuses) <= {200, 201, 204, 400, 403, 404, 409, 413, 422, 429}
    assert statuses[200] > 50


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/spaces/gen/users", "fields.title"),
        ("/spaces/gen/environments/master/releases", "limit"),
        ("/spaces/gen/environments/master/entries", "skip"),
    ],
)
def test_what_was_a_defect_once(path: str, query: str) -> None:
    emulator = Emulator()
    generate(emulator, key="gen", token="t")
    for word in WORDS:
        sent = HttpRequest(
            method="GET", path=path, query=[(query, word)], headers={"authorization": "Bearer t"}
        )
        assert emulator.handle(sent).status in (200, 400)
    body = exact_json.dumps({"name": "x", "fields": [], "displayField": [[{}]]})
    sent = HttpRequest(
        method="POST",
        path="/spaces/gen/environments/master/content_types",
        headers={"authorization": "Bearer t"},
        body=body,
    )
    assert emulator.handle(sent).status == 422
