"""Kinds that are plain records: webhooks, roles, keys, apps, taxonomy, workflows, tasks, comments, ui config."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from space_client import SPACE, link, open_space, symbol

from stackferry.emulators.contentful import Switches

if TYPE_CHECKING:
    from collections.abc import Iterator

    from space_client import SpaceClient

HOME = f"/spaces/{SPACE}"
TAXONOMY = "/organizations/invented-organization/taxonomy"


@pytest.fixture
def space() -> Iterator[SpaceClient]:
    with open_space() as opened:
        yield opened


def page(space: SpaceClient) -> None:
    space.content_type("page", symbol())
    space.entry("page", "home", title="Home")


# Webhooks


def test_secrets_of_webhooks_never_come_back(space: SpaceClient) -> None:
    path = f"{HOME}/webhook_definitions/hook"
    secret = {"key": "x-token", "value": "hidden", "secret": True}
    body = {
        "name": "Hook",
        "url": "https://hook.invalid/",
        "headers": [secret],
        "httpBasicPassword": "hidden",
    }
    made = space.ok("PUT", path, {**body, "httpBasicUsername": "user"})
    assert "hidden" not in str(made)
    assert made["httpBasicUsername"] == "user"
    kept = {
        "name": "Renamed",
        "url": "https://hook.invalid/",
        "headers": [{"key": "x-token", "secret": True}],
    }
    assert space.refused("PUT", path, kept).status == 409
    space.ok("PUT", path, kept, 1)
    stored = space.space.webhooks["hook"]
    assert stored["headers"] == [secret]
    assert stored["httpBasicPassword"] == "hidden"


@pytest.mark.parametrize("wrong", [{"name": ""}, {"url": ""}, {"url": "ftp://hook.invalid/"}])
def test_a_webhook_has_a_name_and_an_address(space: SpaceClient, wrong: dict[str, str]) -> None:
    body = {"name": "Hook", "url": "https://hook.invalid/", **wrong}
    assert space.refused("PUT", f"{HOME}/webhook_definitions/hook", body).status == 422


def test_the_signing_secret_is_told_in_part(space: SpaceClient) -> None:
    path = f"{HOME}/webhook_settings/signing_secret"
    assert space.refused("GET", path).status == 404
    assert space.refused("PUT", path, {"value": "short"}).status == 422
    assert space.ok("PUT", path, {"value": "x" * 60 + "last"})["redactedValue"] == "last"
    space.ok("DELETE", path)
    assert space.refused("GET", path).status == 404


# Roles, keys, members, and quotas of the plan


@pytest.mark.parametrize(("allowed", "status"), [(True, 201), (False, 404)])
def test_a_role_is_made_by_put_or_not(allowed: bool, status: int) -> None:
    with open_space(Switches(role_put=allowed)) as space:
        body = {"name": "Author", "policies": [], "permissions": {}}
        assert space.send("PUT", f"{HOME}/roles/author", body).status_code == status
        made = space.ok("POST", f"{HOME}/roles", {**body, "name": "Editor"})
        changed = space.ok("PUT", f"{HOME}/roles/{made['sys']['id']}", {**body, "name": "Writer"}, 1)
        assert changed["name"] == "Writer"
        assert space.refused("POST", f"{HOME}/roles", {**body, "name": "Writer"}).names == ["taken"]


def test_a_quota_of_the_plan_answers_403(space: SpaceClient) -> None:
    full = {"roles": 0, "webhooks": 0, "content_types": 0, "environments": 1, "locales": 1}
    space.emulator.limits = replace(space.emulator.limits, **full)
    hook = {"name": "Hook", "url": "https://hook.invalid/"}
    for method, path, body in (
        ("POST", f"{HOME}/roles", {"name": "Author"}),
        ("PUT", f"{HOME}/webhook_definitions/hook", hook),
        ("PUT", "/content_types/page", {"name": "Page", "fields": []}),
        ("PUT", f"{HOME}/environments/next", {"name": "next"}),
        ("POST", "/locales", {"name": "German", "code": "de"}),
    ):
        refusal = space.refused(method, path, body)
        assert (refusal.status, refusal.id) == (403, "AccessDenied")


def test_the_token_of_an_api_key_is_the_services(space: SpaceClient) -> None:
    body = {"name": "Website", "environments": [link("Environment", "master")], "accessToken": "mine"}
    made = space.ok("POST", f"{HOME}/api_keys", body)
    assert made["accessToken"] not in ("", "mine")
    preview = space.get(f"{HOME}/preview_api_keys/{made['preview_api_key']['sys']['id']}")
    assert preview["accessToken"] != made["accessToken"]
    kept = space.ok("PUT", f"{HOME}/api_keys/{made['sys']['id']}", {**body, "name": "Site"}, 1)
    assert kept["accessToken"] == made["accessToken"]
    wrong = {**body, "environments": [link("Environment", "nowhere")]}
    assert space.refused("POST", f"{HOME}/api_keys", wrong).status == 422


# Extensions and apps


@pytest.mark.parametrize("source", [{}, {"src": "https://x.invalid", "srcdoc": "<p>"}])
def test_an_extension_has_one_source(space: SpaceClient, source: dict[str, str]) -> None:
    body = {"extension": {"name": "Map", "fieldTypes": [], **source}}
    assert space.refused("PUT", "/extensions/map", body).status == 422


def test_an_app_needs_its_definition_and_the_terms_of_the_marketplace(space: SpaceClient) -> None:
    definitions = space.space.organization.app_definitions
    for uid, marketplace in (("own", False), ("market", True)):
        sys: Any = {"type": "AppDefinition", "id": uid}
        definitions[uid] = {"name": uid, "marketplace": marketplace, "sys": sys}
    assert space.refused("PUT", "/app_installations/unknown", {}).status == 404
    made = space.ok("PUT", "/app_installations/own", {"parameters": {"a": 1}})
    assert made["sys"]["appDefinition"] == link("AppDefinition", "own")
    assert not {"id", "version"} & set(made["sys"])
    assert space.ok("PUT", "/app_installations/own", {"parameters": {"a": 2}})["parameters"] == {"a": 2}
    assert space.refused("PUT", "/app_installations/market", {}).status == 403
    terms = "i-accept-end-user-license-agreement,i-accept-marketplace-terms-of-service"
    assert space.refused("PUT", "/app_installations/market", {}, x_contentful_marketplace=terms).status == 403
    accepted = f"{terms},i-accept-privacy-policy"
    space.ok("PUT", "/app_installations/market", {}, x_contentful_marketplace=accepted)
    assert len(space.get("/app_installations")["items"]) == 2
    space.ok("DELETE", "/app_installations/own")
    listed = space.get("/organizations/invented-organization/app_definitions")["items"]
    assert [row["name"] for row in listed] == ["own", "market"]


def test_ui_config_is_one_object_with_a_version(space: SpaceClient) -> None:
    found = space.get("/ui_config")
    view = {"id": "all", "title": "All", "views": []}
    assert space.refused("PUT", "/ui_config", {**found, "entryListViews": [view]}, 9).status == 409
    changed = space.ok("PUT", "/ui_config", {**found, "entryListViews": [view]}, found["sys"]["version"])
    assert space.get("/ui_config")["entryListViews"] == changed["entryListViews"] == [view]


# Taxonomy


def concept(space: SpaceClient, uid: str, version: int | None = None, **facts: Any) -> Any:
    return space.ok("PUT", f"{TAXONOMY}/concepts/{uid}", {"prefLabel": {"en-US": uid}, **facts}, version)


def to(*ids: str) -> list[dict[str, Any]]:
    return [link("TaxonomyConcept", uid) for uid in ids]


def test_a_broader_concept_comes_first_and_leads_in_no_circle(space: SpaceClient) -> None:
    path, label = f"{TAXONOMY}/concepts", {"prefLabel": {"en-US": "x"}}
    refusal = space.refused("PUT", f"{path}/b", {**label, "broader": to("a")})
    assert (refusal.status, refusal.id) == (422, "UnresolvedLinks")
    concept(space, "a")
    assert concept(space, "b", broader=to("a"))["broader"] == to("a")
    assert space.refused("PUT", f"{path}/a", {**label, "broader": to("b")}, 1).names == ["cycle"]
    assert space.refused("PUT", f"{path}/a", label).status == 409


@pytest.mark.parametrize(("switch", "status"), [("checked", 422), ("free", 201)])
def test_related_concepts_must_exist_or_may_come_later(switch: Any, status: int) -> None:
    with open_space(Switches(taxonomy_links=switch)) as space:
        body = {"prefLabel": {"en-US": "x"}, "related": to("later")}
        assert space.send("PUT", f"{TAXONOMY}/concepts/x", body).status_code == status
        concept(space, "later", related=[])
        concept(space, "x", 1 if switch == "free" else None, related=to("later"))
        concept(space, "later", 1, related=to("x"))  # a circle of related ones is none


def test_memberships_lie_in_the_scheme(space: SpaceClient) -> None:
    concept(space, "a", conceptSchemes=[link("TaxonomyConceptScheme", "ignored")])
    concept(space, "b")
    path, label = f"{TAXONOMY}/concept-schemes", {"prefLabel": {"en-US": "x"}}
    assert space.refused("PUT", f"{path}/s", {**label, "topConcepts": to("a")}).status == 422
    assert space.refused("PUT", f"{path}/s", {**label, "concepts": to("nothing")}).status == 422
    made = space.ok("PUT", f"{path}/s", {**label, "concepts": to("a", "b"), "topConcepts": to("a")})
    assert made["totalConcepts"] == 2
    assert space.get(f"{TAXONOMY}/concepts/a")["conceptSchemes"] == [link("TaxonomyConceptScheme", "s")]
    assert space.refused("DELETE", f"{TAXONOMY}/concepts/a").status == 409
    space.ok("DELETE", f"{TAXONOMY}/concepts/a", version=1)
    assert space.get(f"{path}/s")["concepts"] == to("b")


def test_pages_of_concepts_are_urls(space: SpaceClient) -> None:
    for uid in "abc":
        concept(space, uid)
    answer = space.get(f"{TAXONOMY}/concepts?limit=2")
    assert answer["pages"]["next"].startswith(f"{TAXONOMY}/concepts?")
    last = space.get(answer["pages"]["next"])
    assert [row["sys"]["id"] for row in last["items"]] == ["c"]
    assert "next" not in last["pages"]


# Workflows


def workflow(space: SpaceClient, *steps: dict[str, Any]) -> tuple[Any, Any]:
    applies = {"type": "Link", "linkType": "Entry", "validations": [{"linkContentType": ["page"]}]}
    made = {"name": "Review", "steps": [*steps], "appliesTo": [applies]}
    definition = space.ok("POST", "/workflow_definitions", made)
    named = link("WorkflowDefinition", definition["sys"]["id"])
    body = {"entity": link("Entry", "home"), "workflowDefinition": named}
    return definition, space.ok("POST", "/workflows", body)


def test_the_ids_of_steps_are_the_services(space: SpaceClient) -> None:
    page(space)
    definition, started = workflow(space, {"name": "One", "id": "mine"}, {"name": "Two"})
    one, two = (step["id"] for step in definition["steps"])
    assert "mine" not in (one, two)
    assert (started["stepId"], started["sys"]["entity"]) == (one, link("Entry", "home"))
    path = f"/workflows/{started['sys']['id']}"
    assert space.ok("PUT", path, {"stepId": two}, 1)["stepId"] == two
    assert space.refused("PUT", path, {"stepId": "nothing"}, 2).status == 422
    again = {"entity": link("Entry", "home"), "workflowDefinition": started["sys"]["workflowDefinition"]}
    assert space.refused("POST", "/workflows", again).names == ["unique"]
    space.ok("PUT", f"{path}/complete", version=2)
    assert space.get("/workflows")["items"] == []
    space.ok("POST", "/workflows", again)
    kept = {**definition, "steps": [*definition["steps"], {"name": "Three"}]}
    changed = space.ok("PUT", f"/workflow_definitions/{definition['sys']['id']}", kept, 1)
    assert [step["id"] for step in changed["steps"]][:2] == [one, two]


def test_definitions_have_limits(space: SpaceClient) -> None:
    for steps in ([], [{"name": "x"}] * 21):
        assert (
            space.refused("POST", "/workflow_definitions", {"name": "Review", "steps": steps}).status == 422
        )
    for number in range(20):
        space.ok("POST", "/workflow_definitions", {"name": f"Review {number}", "steps": [{"name": "One"}]})
    assert (
        space.refused("POST", "/workflow_definitions", {"name": "More", "steps": [{"name": "One"}]}).status
        == 403
    )
    unknown = {"type": "Link", "linkType": "Entry", "validations": [{"linkContentType": ["nothing"]}]}
    body = {"name": "Review", "steps": [{"name": "One"}], "appliesTo": [unknown]}
    space.space.master.workflow_definitions.clear()
    assert space.refused("POST", "/workflow_definitions", body).status == 422


@pytest.mark.parametrize("action", ["publish", "edit"])
def test_a_step_may_forbid_to_publish_or_to_edit(space: SpaceClient, action: str) -> None:
    page(space)
    rule = {"actors": "all", "action": action, "effect": "deny"}
    permission = {"type": "entity_permission", "configuration": rule}
    _, started = workflow(space, {"name": "Review", "permissions": [permission]})
    attempts = {
        "publish": lambda: space.send("PUT", "/entries/home/published", version=1),
        "edit": lambda: space.send("PUT", "/entries/home", {"fields": {}}, 1),
    }
    assert attempts[action]().status_code == 403
    space.ok("DELETE", f"/workflows/{started['sys']['id']}", version=1)
    assert attempts[action]().status_code == 200


# Tasks and comments


def test_a_task_is_assigned_to_a_member(space: SpaceClient) -> None:
    page(space)
    path = "/entries/home/tasks"
    task = {"body": "Look", "assignedTo": link("User", "invented-user"), "status": "active"}
    for wrong in ({"body": ""}, {"assignedTo": link("User", "stranger")}, {"status": "done"}):
        assert space.refused("POST", path, {**task, **wrong}).status == 422
    made = space.ok("POST", path, task)
    assert made["sys"]["parentEntity"] == link("Entry", "home")
    one = f"{path}/{made['sys']['id']}"
    assert space.ok("PUT", one, {**task, "status": "resolved"}, 1)["status"] == "resolved"
    assert space.refused("DELETE", one, version=1).status == 409
    space.ok("DELETE", one, version=2)
    assert space.get(path)["items"] == []
    assert space.refused("GET", "/entries/nothing/tasks").status == 404


@pytest.mark.parametrize(("blocks", "status"), [(True, 403), (False, 200)])
def test_an_open_task_may_block_publishing(blocks: bool, status: int) -> None:
    with open_space(Switches(tasks_block=blocks)) as space:
        page(space)
        task = {"body": "Look", "assignedTo": link("User", "invented-user"), "status": "active"}
        made = space.ok("POST", "/entries/home/tasks", task)
        assert space.send("PUT", "/entries/home/published", version=1).status_code == status
        space.ok("PUT", f"/entries/home/tasks/{made['sys']['id']}", {**task, "status": "resolved"}, 1)
        space.publish("/entries/home")


def test_comments_are_plain_or_rich_and_may_answer_each_other(space: SpaceClient) -> None:
    page(space)
    path = "/entries/home/comments"
    first = space.ok("POST", path, {"body": "Nice"})
    answer = space.ok("POST", path, {"body": "Thanks"}, x_contentful_parent_id=first["sys"]["id"])
    assert (first["sys"]["parent"], answer["sys"]["parent"]) == (None, link("Comment", first["sys"]["id"]))
    run = {"nodeType": "text", "value": "Rich", "marks": [], "data": {}}
    paragraph = {"nodeType": "paragraph", "data": {}, "content": [run]}
    document = {"nodeType": "document", "data": {}, "content": [paragraph]}
    space.ok("POST", path, {"body": document}, x_contentful_comment_body_format="rich-text")
    assert [row["body"] for row in space.get(path)["items"]] == ["Nice", "Thanks", "Rich"]
    shown = space.ok("GET", path, x_contentful_comment_body_format="rich-text")["items"]
    assert shown[2]["body"] == document
    assert shown[0]["body"]["content"][0]["content"][0]["value"] == "Nice"
    one = f"{path}/{first['sys']['id']}"
    assert space.ok("PUT", one, {"body": "Nicer", "status": "resolved"}, 1)["status"] == "resolved"
    space.ok("DELETE", one, version=2)


def test_content_types_and_workflows_have_comments_too(space: SpaceClient) -> None:
    page(space)
    path, field = "/content_types/page/comments", "fields.title"
    made = space.ok("POST", path, {"body": "x"}, x_contentful_parent_entity_reference=field)
    assert made["sys"]["parentEntity"]["sys"] == {**link("ContentType", "page")["sys"], "ref": "fields.title"}
    _, started = workflow(space, {"name": "One"})
    uid = started["sys"]["id"]
    space.ok("POST", f"/workflows/{uid}/versions/1/comments", {"body": "x" * 512})
    assert space.refused("POST", f"/workflows/{uid}/versions/1/comments", {"body": "x" * 513}).status == 422
    assert len(space.get(f"/workflows/{uid}/comments")["items"]) == 1
    assert space.get("/entries/home/comments")["items"] == []


def test_records_that_can_be_read_alone(space: SpaceClient) -> None:
    sys: Any = {"type": "EnvironmentTemplate", "id": "t", "version": 1}
    space.space.organization.environment_templates["t"] = {"name": "Template", "sys": sys}
    assert len(space.get("/organizations/invented-organization/environment_templates")["items"]) == 1
    assert space.get("/organizations/invented-organization/environment_templates/t")["name"] == "Template"
    space.space.master.put("templates", {"sys": {"type": "EnvironmentTemplateInstallation", "id": "t"}})
    assert space.ids("/template_installations") == ["t"]
