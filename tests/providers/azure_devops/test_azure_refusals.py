"""What refusals and sign-in pages mean, in whichever of their shapes they come."""

from __future__ import annotations

import json

import pytest

from stackferry.errors import (
    AccessError,
    Forbidden,
    NoSuchPlace,
    NotOffered,
    NotSignedIn,
    Refused,
    StackferryError,
)
from stackferry.model import Request, Response
from stackferry.providers.azure_devops.refusals import refusal, sign_in_problem

READ = Request(method="GET", path="/fabrikam/Web/_apis/release/releases/7")
PAGE = b"<html><title>Sign in to your account</title></html>"
REASON = {"x-tfs-serviceerror": "The%20Personal%20Access%20Token%20used%20has%20expired."}


def refused(status: int, body: object = None, **headers: str) -> StackferryError:
    return refusal(READ, Response(status, headers, b"" if body is None else json.dumps(body).encode()))


@pytest.mark.parametrize(
    "response",
    [
        Response(203, REASON, PAGE),
        Response(203, {}, b""),
        Response(
            302, {"location": "https://spsprodweu4.vssps.visualstudio.com/_signin?realm=dev.azure.com"}, b""
        ),
        Response(302, {**REASON, "location": "https://elsewhere.example"}, b""),
        Response(200, {}, PAGE),
        Response(200, REASON, b""),
    ],
)
def test_a_page_that_asks_to_sign_in_is_one(response: Response) -> None:
    assert "asks to sign in" in sign_in_problem(response)


@pytest.mark.parametrize(
    "response",
    [
        Response(200, {}, b"<html>The proxy is out of order</html>"),
        Response(307, {"location": "https://vsrm.dev.azure.com/other/Web"}, b""),
    ],
)
def test_any_other_page_or_redirect_is_none(response: Response) -> None:
    assert sign_in_problem(response) == ""


def test_the_reason_is_told_in_words() -> None:
    assert "The Personal Access Token used has expired." in sign_in_problem(Response(203, REASON, PAGE))
    error = refused(
        401, {"message": "TF400813: The user is not authorized to access this resource."}, activityid="1-2"
    )
    assert isinstance(error, NotSignedIn)
    assert "TF400813" in str(error)
    assert "1-2" in str(error), "support asks for it"
    assert isinstance(refused(401), AccessError)


@pytest.mark.parametrize(
    ("status", "key", "message", "kind"),
    [
        (403, "AccessDeniedException", "VS402904: Access denied", Forbidden),
        (404, "ReleaseNotFoundException", "VS402910: Release 7 does not exist", NotOffered),
        (
            404,
            "ProjectDoesNotExistWithNameException",
            "TF200016: The following project does not exist",
            NoSuchPlace,
        ),
        (400, "VssInvalidPreviewVersionException", "The -preview flag must be supplied", Refused),
    ],
)
def test_a_refusal_keeps_the_words_of_the_service(status: int, key: str, message: str, kind: type) -> None:
    error = refused(status, {"typeKey": key, "message": message})
    assert type(error) is kind
    assert message in str(error)
    assert "release host" not in str(error)


@pytest.mark.parametrize("body", [None, {"typeKey": "HttpException", "message": "no controller"}])
def test_a_404_of_a_host_without_releases_says_which_one_is_meant(body: object) -> None:
    assert "did you mean the release host" in str(refused(404, body))


def test_the_same_refusal_has_the_same_words_each_time() -> None:
    """It may become part of an archive, and the same project gives the same bytes."""
    one, other = (refused(403, {"message": "no"}, activityid=activity) for activity in ("1", "2"))
    assert str(one) == str(other)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b'{"message": 7}', b'{"message": "\\ud800"}'])
def test_nothing_that_a_broken_server_sends_raises(body: bytes) -> None:
    assert isinstance(refusal(READ, Response(400, {}, body)), Refused)
