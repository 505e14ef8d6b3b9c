"""Every error of the page "Timeline releases", line by line: it is met, and told in words of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from contentful_clients import (
    BLIND,
    NARROW,
    STRANGER,
    Clients,
    filled_space,
    link,
    made,
    play,
    release,
    timeline,
)
from releases_page import Line, errors
from space_client import TOKEN

from stackferry.emulators.contentful import Limits, Switches
from stackferry.errors import Refused, StackferryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from space_client import SpaceClient

ONE = link("Entry", "one")
BOTH_SHAPES = {"release_shapes": "both"}


class Met(NamedTuple):
    """How an error is met, and what its message must name; `switch`: how the service behaves there."""

    work: Callable[[Clients, Any], Awaitable[Any]]
    names: tuple[str, ...]
    switches: dict[str, Any] = {}  # noqa: RUF012 - a tuple's default is never changed
    limits: dict[str, Any] = {}  # noqa: RUF012 - as above
    token: str = TOKEN
    environment: str = "master"


def without(**gone: Any) -> dict[str, Any]:
    """A link to the first entry with other parts; None leaves one out."""
    sys = {name: value for name, value in {**ONE["sys"], **gone}.items() if value is not None}
    return {"sys": sys}


def create(*entities: dict[str, Any], names: tuple[str, ...], **more: Any) -> Met:
    return Met(lambda clients, _: clients.releases.create(release=timeline("New", *entities)), names, **more)


def listed(names: tuple[str, ...], filters: dict[str, Any] | None = None, **more: Any) -> Met:
    return Met(lambda clients, _: clients.releases.get_all(**(filters or {})), names, **more)


def update(*entities: dict[str, Any], names: tuple[str, ...], version: int | None = 1, **more: Any) -> Met:
    body = timeline("Spring", *entities)
    return Met(
        lambda clients, spring: clients.releases.update(release_id=spring, release=body, version=version),
        names,
        **more,
    )


def on(
    name: str, names: tuple[str, ...], *, uid: str = "", facts: dict[str, Any] | None = None, **more: Any
) -> Met:
    """A method on the release, or on another one."""
    return Met(
        lambda clients, spring: getattr(clients.releases, name)(release_id=uid or spring, **(facts or {})),
        names,
        **more,
    )


def after(first: str, second: Met, facts: dict[str, Any] | None = None) -> Met:
    """What is met once another method has answered."""

    async def work(clients: Clients, spring: str) -> None:
        await getattr(clients.releases, first)(release_id=spring, **(facts or {}))
        await second.work(clients, spring)

    return second._replace(work=work)


def many() -> list[dict[str, Any]]:
    return [link("Entry", f"e{number}") for number in range(201)]


async def _unpublishable(clients: Clients, spring: str) -> None:
    """Publish a release whose entry is not valid."""
    clients.space.entry("page", "bad", near=link("Entry", "nothing"))
    uid = made(clients.space, timeline("Poor", link("Entry", "bad")))["sys"]["id"]
    del spring
    await clients.releases.publish(release_id=uid, version=1)


async def _action_of_another(clients: Clients, spring: str) -> None:
    await clients.actions.get(release_id=spring, action_id="nothing")


V1, SLOW = {"version": 1}, {"job_requests": 99}
TYPE_422 = {"entity_type_status": 422}
SPACE = ("there is no space 'inventedspace'", "check the place and the token")
ENVIRONMENT = ("there is no environment 'nowhere' in space inventedspace", "check the place")
GONE = ("there is no release 'gone' in environment 'master'", "`release list` shows those that there are")
NO_ENTRY = ("entry nothing does not exist", "leave it out, or make it first")
UNREADABLE = ("entry one does not exist, or this token may not read it", "leave it out, or make it first")
TWICE = ("twice", "name each entity once")
NO_ID = ("an item has no id", "name the id of each entity")
OTHER_TYPE = ("the linkType is neither Entry nor Asset", "a release holds entries and assets only")
TOO_MANY = ("more entities than a release can, which are 200", "make several releases of them")
NOT_MADE, NOT_CHANGED = "the release was not created", "release {spring} was not changed"
NOT_VALIDATED, NOT_PUBLISHED = "release {spring} was not validated", "release {spring} was not published"

MET: dict[Line, Met] = {
    Line("create", 400, "ThelinkType property is missing"): create(
        without(linkType=None),
        names=(NOT_MADE, "the linkType is missing", "name the linkType, Entry or Asset"),
    ),
    Line("create", 400, "The linkType property is not Entry or Asset"): create(
        without(linkType="Tag"), names=(NOT_MADE, *OTHER_TYPE)
    ),
    Line("create", 400, "The environment is not found"): create(
        names=(NOT_MADE, *ENVIRONMENT), environment="nowhere"
    ),
    Line("create", 404, "The current user doesn’t have access to the space"): create(
        names=(NOT_MADE, *SPACE), token=STRANGER
    ),
    Line("create", 404, "The current user doesn’t have access to the provided entry"): create(
        ONE, names=(NOT_MADE, *UNREADABLE), token=NARROW
    ),
    Line("create", 404, "The entity doesn’t exist"): create(
        link("Entry", "nothing"), names=(NOT_MADE, *NO_ENTRY)
    ),
    Line("create", 422, "The provided entity IDs are not unique"): create(ONE, ONE, names=(NOT_MADE, *TWICE)),
    Line("create", 422, "The provided entity ID is undefined"): create(
        without(id=None), names=(NOT_MADE, *NO_ID)
    ),
    Line("create", 422, "The provided entityType is not Entry or Asset"): create(
        without(linkType="Tag"), names=(NOT_MADE, *OTHER_TYPE), switches=TYPE_422
    ),
    Line("create", 422, "The limit of entities in the release is exceeded"): create(
        *many(), names=(NOT_MADE, *TOO_MANY)
    ),
    Line("list", 400, "The environment is not found"): listed(
        ("the releases cannot be listed", *ENVIRONMENT), environment="nowhere"
    ),
    Line("list", 400, "The linkType property is missing when using the entities.sys.id[in] filter"): listed(
        ("the releases cannot be listed", "the linkType is missing", "name the linkType"),
        {"entities_in": ["one"]},
    ),
    Line("list", 400, "The linkType property is not Entry or Asset"): listed(
        ("the releases cannot be listed", *OTHER_TYPE), {"entities_link_type": "Tag"}
    ),
    Line("list", 404, "The current user doesn’t have access to an included entry"): listed(
        ("this token may not read an entry that one of the releases holds", "use a token that may"),
        token=NARROW,
    ),
    Line("list", 404, "The current user doesn’t have access to space"): listed(SPACE, token=STRANGER),
    Line("get", 404, "The sys.id is not found"): on(
        "get", ("release gone cannot be read", *GONE), uid="gone"
    ),
    Line("get", 404, "Current user doesn’t have access to space"): on("get", SPACE, token=STRANGER),
    Line("update", 400, "The version header is not provided"): update(
        ONE,
        names=(NOT_CHANGED, "no version was sent", "read the release, and send the version that it has"),
        version=None,
    ),
    Line("update", 404, "The sys.id is not found"): on(
        "update", GONE, uid="gone", facts={"release": timeline("A"), "version": 1}
    ),
    Line("update", 404, "Current user doesn’t have access to space"): update(names=SPACE, token=STRANGER),
    Line("update", 404, "Current user doesn’t have access to provided entity"): update(
        ONE, names=(NOT_CHANGED, *UNREADABLE), token=NARROW
    ),
    Line("update", 404, "Entity does not exist"): update(
        link("Entry", "nothing"), names=(NOT_CHANGED, *NO_ENTRY)
    ),
    Line("update", 422, "The provided entity IDs are not unique"): update(
        ONE, ONE, names=(NOT_CHANGED, *TWICE)
    ),
    Line("update", 422, "The provided entity ID is undefined"): update(
        without(id=None), names=(NOT_CHANGED, *NO_ID)
    ),
    Line("update", 422, "The provided entityType is not Entry or Asset"): update(
        without(linkType="Tag"), names=(NOT_CHANGED, *OTHER_TYPE), switches=TYPE_422
    ),
    Line("update", 422, "The limit of entities in the release is exceeded"): update(
        *many(), names=(NOT_CHANGED, *TOO_MANY)
    ),
    Line("delete", 404, "The sys.id is not found"): on(
        "delete",
        ("release gone was not deleted", "only the user who made a release, or an admin"),
        uid="gone",
    ),
    Line("validate", 404, "The sys.id is not found"): on(
        "validate", ("release gone was not validated", *GONE), uid="gone"
    ),
    Line("validate", 404, "The current user doesn’t have access to releases"): on(
        "validate",
        ("{spring} was not validated", "no access to releases", "use a token that has"),
        token=BLIND,
    ),
    Line("validate", 429, "The current user doesn’t have access to entries"): on(
        "validate", (NOT_VALIDATED, "this token has no access to its entries", "use a token"), token=NARROW
    ),
    Line("validate", 429, "The validation action is not publish or unpublish"): on(
        "validate",
        (NOT_VALIDATED, "the action that it is to be validated for is neither", "name one of these"),
        facts={"action": "archive"},
    ),
    Line("validate", 429, "The publish limit has been exceeded"): on(
        "validate",
        (NOT_VALIDATED, "as many actions are under way as the space allows", "wait until some have ended"),
        limits={"release_actions": 0},
    ),
    Line("validate", 429, "A release validation is already in progress"): after(
        "validate",
        on(
            "validate",
            (NOT_VALIDATED, "a validation of it is in progress already", "wait until"),
            switches=SLOW,
        ),
    ),
    Line("publish", 404, "The sys.id is not found"): on(
        "publish", ("release gone was not published", *GONE), uid="gone", facts=V1
    ),
    Line("publish", 404, "The current user doesn’t have access to releases"): on(
        "publish",
        ("{spring} was not published", "no access to releases", "use a token that has"),
        facts=V1,
        token=BLIND,
    ),
    Line("publish", 404, "The version header is not provided"): on(
        "publish",
        (NOT_PUBLISHED, "no version was sent", "send the version that it has"),
        facts={"version": None},
    ),
    Line("publish", 429, "The publish limit has been exceeded"): on(
        "publish",
        (NOT_PUBLISHED, "as many actions are under way as the space allows", "wait until some have ended"),
        facts=V1,
        limits={"release_actions": 0},
    ),
    Line("publish", 429, "An action is already created or in progress and that limit is exceeded"): after(
        "validate",
        on(
            "publish",
            (NOT_PUBLISHED, "an action of it is created or in progress already", "wait until that has ended"),
            facts=V1,
            switches=SLOW,
        ),
    ),
    Line("publish", 429, "Validation errors occur"): Met(
        _unpublishable, ("was not published", "it has validation errors: entry bad: ", "mend what is named")
    ),
    Line("archive", 400, "The release is already archived"): after(
        "archive",
        on("archive", ("release {spring} was not archived", "it is archived already"), facts={"version": 2}),
        V1,
    ),
    Line("archive", 409, "Incorrect release version passed in the X-Contentful-Version header"): on(
        "archive",
        ("release {spring} was not archived", "changed since version 9 was read", "look at it"),
        facts={"version": 9},
    ),
    Line(
        "actions", 400, "sys.status[in] and sys.status[nin] are present at the same time in the request"
    ): Met(
        lambda clients, _: clients.actions.get_all(status_in=["failed"], status_nin=["created"]),
        ("the actions of releases cannot be listed", "cannot be used at the same time", "give one of them"),
    ),
    Line("action", 404, "The release is not found"): Met(
        lambda clients, _: clients.actions.get(release_id="gone", action_id="nothing"),
        ("action nothing of release gone cannot be read", *GONE),
    ),
    Line("action", 404, "The release action is not found"): Met(
        _action_of_another,
        ("of release {spring}", "this release has no action 'nothing'", "`release actions` shows"),
    ),
}


def test_the_table_holds_every_error_of_the_page() -> None:
    """Line by line, in the page's order, no more and no less."""
    assert list(MET) == errors()


def _open(space: SpaceClient) -> str:
    """A release that holds an entry; its id."""
    return str(made(space, timeline("Spring", ONE))["sys"]["id"])


@pytest.mark.parametrize("line", MET, ids=lambda line: f"{line.operation} {line.status} {line.when}")
def test_each_error_of_the_page_is_told_in_words_of_its_own(line: Line) -> None:
    """It names what was not done, why, and what to do next, before the service's own words; the status is kept."""
    met = MET[line]
    with filled_space(Switches(**{**BOTH_SHAPES, **met.switches}), Limits(**met.limits)) as space:
        spring = _open(space)
        said: list[StackferryError] = []

        async def work(clients: Clients) -> None:
            with pytest.raises((Refused, UsageError)) as raised:
                await met.work(clients, spring)
            said.append(raised.value)

        play(space, work, token=met.token, environment=met.environment)
    for name in met.names:
        assert name.format(spring=spring) in str(said[0])
    assert isinstance(said[0], UsageError) is (met.names[-2:] in (SPACE, ENVIRONMENT))
    if isinstance(said[0], Refused):
        assert said[0].status == line.status


def test_no_two_errors_of_an_operation_share_their_words() -> None:
    """What differs on the page differs in the messages, but for what the service itself cannot tell apart."""
    told: dict[tuple[str, int, tuple[str, ...]], list[str]] = {}
    for line, met in MET.items():
        told.setdefault((line.operation, line.status, met.names[-2:]), []).append(line.when)
    shared = [sorted(when) for when in told.values() if len(when) > 1]
    assert shared == []


def test_a_launch_release_is_told_in_the_same_words() -> None:
    """Both generations come through the same calls."""

    async def work(clients: Clients) -> None:
        with pytest.raises(Refused, match="entry nothing does not exist"):
            await clients.releases.create(release=release("Launch", link("Entry", "nothing")))

    with filled_space() as space:
        play(space, work)


@pytest.mark.parametrize("status", [404, 422])
def test_an_entity_that_is_not_there_is_named_whatever_the_status(status: Any) -> None:
    """The page says 404, the vendor's own tests 422."""

    async def work(clients: Clients) -> None:
        with pytest.raises(
            Refused, match=r"asset nothing does not exist.*leave it out, or make it first"
        ) as raised:
            await clients.releases.create(release=timeline("New", link("Asset", "nothing")))
        assert raised.value.status == status

    with filled_space(Switches(release_shapes="both", missing_entity=status)) as space:
        play(space, work)


def test_a_title_that_is_not_taken_is_told_as_that() -> None:
    """No line of the page says so; it is none of the items that lacks something."""

    async def work(clients: Clients) -> None:
        with pytest.raises(
            Refused, match="the service does not take its title; give it one that is not empty"
        ):
            await clients.releases.create(release={**timeline("New", ONE), "title": ""})

    with filled_space(Switches(release_shapes="both")) as space:
        play(space, work)
