"""One attempt at one request, over httpx, which only this package imports.

Promises: an answer is complete or an `AttemptError`; credentials go to the origins that the system declares and
nowhere else; no exception that leaves here holds a header, an address with a signature, or a frame of the libraries
below, in whose local variables credentials lie. Nothing is sent twice.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, aclosing
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urljoin

import httpx

from stackferry import __version__
from stackferry.core.answer_rules import AnswerRules, FailureKind
from stackferry.core.retry import AttemptError
from stackferry.errors import BadAddress, BadAnswer, NotSignedIn
from stackferry.io.http.attempt_errors import (
    CONNECTION_ERRORS,
    attempt_error,
    connection_failure,
    error_text,
    timed_out,
    unsent,
)
from stackferry.io.http.bodies import (
    AnswerBody,
    BodyBroken,
    BodyTooBig,
    Upload,
    WholeBody,
    closes,
    upload_of,
)
from stackferry.io.http.held_answers import HeldAnswers
from stackferry.io.http.local_hosts import is_local_host
from stackferry.io.redaction import call_name, redact_text, shortened
from stackferry.model import Budget, Request, Response, Secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Self

    from stackferry.core.rate_limit import Departure
    from stackferry.io.clock import Clock
    from stackferry.io.http.connections import ConnectionPool
    from stackferry.io.http.session import ExchangeLimits

MAX_REDIRECTS = 5
USER_AGENT = f"stackferry/{__version__}"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITHOUT_BODY = frozenset({204, 205})  # they end with their headers, whatever type these name (RFC 9110)


class _SendWatch:
    """Learns from httpcore's trace when the bytes of a request really go out."""

    def __init__(self, departure: Departure, clock: Clock) -> None:
        self._departure = departure
        self._clock = clock
        self.connecting = False

    async def __call__(self, event: str, _info: object) -> None:
        if event == "connection.connect_tcp.started":
            self.connecting = True
            self._departure.hold()
        elif event == "http11.send_request_headers.started":
            self.connecting = False
            self._departure.mark_sent(self._clock.monotonic())
            self._departure.hold()  # a service may count a request when it has all of it
        elif event == "http11.send_request_body.complete":
            self._departure.mark_sent(self._clock.monotonic())
        elif event == "http11.receive_response_headers.complete":  # by now the service has counted it
            self._departure.answer_began(self._clock.monotonic())


class Sender:
    """Sends a `Request` once and answers with a `Response` or a `ResponseStream`.

    `origins` are those of the place, by the names that requests use; its own has the empty name.
    """

    def __init__(
        self,
        origins: Mapping[str, str],
        headers: Mapping[str, Secret | str],
        *,
        pool: ConnectionPool,
        clock: Clock,
        limits: ExchangeLimits,
        rules: AnswerRules,
    ) -> None:
        self._origins = {name: httpx.URL(origin) for name, origin in origins.items()}
        # An emulator's files lie on this machine as well.
        self._is_local = any(is_local_host(url.host) for url in self._origins.values())
        self._headers = dict(headers)
        self._pool = pool
        # No timeout for a free connection: waiting for one is not the service's silence.
        self._timeout = httpx.Timeout(limits.silence, connect=limits.connect, pool=None).as_dict()
        self._clock = clock
        self._limits = limits
        self._rules = rules
        self._held = HeldAnswers(clock)

    def replace_headers(self, headers: Mapping[str, str]) -> None:
        """Send these headers from now on, in place of those of the same names."""
        self._headers.update(headers)

    async def send(self, request: Request, departure: Departure) -> Response:
        """One attempt. Raises AttemptError for anything but a complete answer."""
        watch = _SendWatch(departure, self._clock)
        async with AsyncExitStack() as stack:
            upload = upload_of(request)
            if upload is not None:
                await stack.enter_async_context(aclosing(upload))
            return await self._sent(request, upload, watch)

    async def _sent(self, request: Request, upload: Upload | None, watch: _SendWatch) -> Response:
        size = upload.length if upload else len(request.body or b"")
        with self._clock.deadline(self._limits.deadline + size / self._limits.slowest) as allowed:
            try:
                with self._pool.client(request.origin) as client:
                    built = self._built(request, upload, watch, self._target(request))
                    answer = await client.send(built, stream=True)
                    async with aclosing(answer):
                        return await self._whole(request, answer)
            except CONNECTION_ERRORS as error:
                failure = connection_failure(request, error)
        if allowed.cancelled_caught:
            failure = timed_out(request)
        failure = unsent(failure) if watch.connecting else failure
        raise failure  # outside of the handler: no context, so no frame of the libraries stays reachable

    def _built(
        self, request: Request, upload: Upload | None, watch: _SendWatch, target: httpx.URL
    ) -> httpx.Request:
        # The digest of a file is that of its own bytes; a delivery network might keep a packed form as another file.
        coding = "identity" if request.budget is Budget.ASSET else "gzip"
        headers = [("accept", "*/*"), ("accept-encoding", coding), ("user-agent", USER_AGENT)]
        if upload is not None:  # httpx adds neither of these to a stream
            headers.insert(0, ("host", target.netloc.decode("ascii")))
            headers += [("content-type", upload.media_type), ("content-length", str(upload.length))]
        elif request.body is not None:
            headers.append(("content-type", request.media_type))
        if self._is_declared(target):
            headers += [*self._own_headers(request), *request.headers]
        built = httpx.Request(
            request.method,
            target,
            headers=headers,
            content=request.body if upload is None else None,
            stream=upload,
            extensions={"trace": watch, "timeout": self._timeout},
        )
        if request.body is not None and upload is None:
            built.stream = WholeBody(request.body)
        return built

    def _own_headers(self, request: Request) -> Iterator[tuple[str, str]]:
        """The headers of every request, which may hold a credential, but for those that this one has."""
        given = {name.lower() for name, _ in request.headers}
        for name, value in self._headers.items():
            if name.lower() not in given:
                yield name, value.reveal() if isinstance(value, Secret) else value

    def _target(self, request: Request) -> httpx.URL:
        if request.origin not in self._origins:
            raise ValueError(f"the system declares no origin {request.origin!r}")
        origin = str(self._origins[request.origin])
        query = urlencode(request.params, quote_via=quote)  # the library would change the order
        address = f"{request.path}?{query}" if query else request.path
        if request.signature is not None:
            address += f"{'&' if '?' in address else '?'}{request.signature.reveal()}"
        # Content holds addresses of files with a scheme, without one ("//host/…"), or as paths of the service.
        if request.budget is Budget.ASSET and not (address.startswith("/") and address[1:2] != "/"):
            return httpx.URL(urljoin(origin, address))
        if request.path.startswith("/"):
            return httpx.URL(origin.rstrip("/") + address)
        raise ValueError(f"the path of an API call begins with a slash: {redact_text(request.path)}")

    def _is_declared(self, url: httpx.URL) -> bool:
        """Whether an address lies on an origin of the place, and so is sent the credential."""
        return any(
            (url.scheme, url.host, _port(url)) == (origin.scheme, origin.host, _port(origin))
            for origin in self._origins.values()
        )

    async def _whole(self, request: Request, answer: httpx.Response) -> Response:
        """The complete answer. Raises AttemptError for a redirect, a web page, and a damaged or too large body."""
        if answer.status_code in _REDIRECTS:
            target = shortened(answer.headers.get("location", "nowhere"))
            reason = f"it was redirected to {target}, and credentials do not follow"
            failure = attempt_error(FailureKind.UNUSABLE, request, reason)
            raise self._sign_in(request, _response(answer)) or failure
        content = await self._content(request, answer)
        response = _response(answer, content)
        if _is_web_page(answer):
            reason = "the answer is a web page, not JSON: a proxy or a sign-in page is in the way"
            raise self._sign_in(request, response) or attempt_error(FailureKind.GARBLED, request, reason)
        if content.count(b"{") > self._limits.objects:
            reason = f"the answer is too large: it holds more than {self._limits.objects} objects"
            raise attempt_error(FailureKind.UNUSABLE, request, f"{reason}; ask for fewer rows a page")
        if not _is_json(answer) or closes(content) or (not content and _is_framed(answer)):
            return response
        reason = "the answer was cut short: its JSON does not end"
        raise attempt_error(FailureKind.GARBLED, request, reason)

    async def _content(self, request: Request, answer: httpx.Response) -> bytearray:
        """All bytes of an answer. Raises AttemptError where they are damaged or too many."""
        content = bytearray()
        try:
            with self._held.one() as has_come:
                async with aclosing(AnswerBody(answer, max_size=self._limits.body)) as body:
                    async for piece in body:
                        content += piece
                        await has_come(len(piece))
        except BodyBroken as error:
            kind, reason = FailureKind.GARBLED, f"the answer was cut short or damaged: {error}"
        except BodyTooBig as error:
            kind = FailureKind.UNUSABLE
            reason = f"the answer is too large: {error}; ask for fewer rows a page"
        else:
            return content
        raise attempt_error(kind, request, reason)

    def _sign_in(self, request: Request, response: Response) -> AttemptError | None:
        """The error of an answer that the system takes for a sign-in page."""
        problem = redact_text(self._rules.sign_in_problem(response))
        if not problem:
            return None
        return AttemptError(FailureKind.SIGN_IN, problem, NotSignedIn(f"{call_name(request)}: {problem}"))

    async def open(self, request: Request, departure: Departure) -> ResponseStream:
        """Open a download. Redirects are followed, without credentials outside of the declared origins."""
        watch = _SendWatch(departure, self._clock)
        failure = timed_out(request)
        with self._clock.deadline(self._limits.deadline):
            try:
                return await self._follow(request, watch)
            except CONNECTION_ERRORS as error:
                failure = connection_failure(request, error)
            except (httpx.InvalidURL, ValueError):
                # Content can hold any address, and the resolver of host names refuses some.
                failure = _bad_address(request, "its address cannot be used")
        raise failure

    async def _follow(self, request: Request, watch: _SendWatch) -> ResponseStream:
        url, previous_scheme = self._target(request), ""
        for _ in range(MAX_REDIRECTS + 1):
            self._check_address(request, url, previous_scheme)
            previous_scheme = url.scheme
            # The bytes are read after this returns; a client of the pool would be free again by then.
            answer = await self._pool.overflow.send(self._built(request, None, watch, url), stream=True)
            is_redirect = answer.status_code in _REDIRECTS
            # Only a host that got the credential can ask for a better one.
            if self._is_declared(url) and (is_redirect or _is_web_page(answer)):
                failure = self._sign_in(request, _response(answer))
                if failure is not None:
                    await answer.aclose()
                    raise failure
            if not is_redirect:
                return await self._stream(request, answer)
            await answer.aclose()
            url = httpx.URL(urljoin(str(url), answer.headers.get("location", "")))
        reason = f"it was redirected more than {MAX_REDIRECTS} times"
        raise _bad_address(request, reason)

    def _check_address(self, request: Request, url: httpx.URL, previous_scheme: str) -> None:
        """Raises AttemptError for an address that is not to be read."""
        if url.scheme not in ("https", "http") or (previous_scheme, url.scheme) == ("https", "http"):
            reason = f"its address is not safe to follow: {shortened(str(url))}"
            raise _bad_address(request, reason)
        if not self._is_declared(url) and is_local_host(url.host) and not self._is_local:
            reason = (
                f"its address is of this machine or its own network, and was not read: {shortened(str(url))}"
            )
            raise _bad_address(request, reason)

    async def _stream(self, request: Request, answer: httpx.Response) -> ResponseStream:
        try:
            stream = ResponseStream(request, answer, self._clock, self._limits)
        except BodyBroken as error:
            failure = attempt_error(FailureKind.GARBLED, request, str(error))
        else:
            if self._rules.failure_kind(request, _response(answer)) is not None:
                await stream.aclose()  # it will be requested again: free the connection
            return stream
        await answer.aclose()
        raise failure


class ResponseStream:
    """A download under way: `status`, `headers`, and the bytes by iteration, once.

    Iterating raises BadAnswer when the body is cut short, damaged or stalls; start again then. A body without a length
    or chunks ends with its connection: whether it is complete only its format can show.
    """

    def __init__(
        self, request: Request, answer: httpx.Response, clock: Clock, limits: ExchangeLimits
    ) -> None:
        self.status = answer.status_code
        self.headers: Mapping[str, str] = dict(answer.headers.items())
        self._body = AnswerBody(answer, max_size=None)
        self._request = request
        self._clock = clock
        self._limits = limits
        self._began = clock.monotonic()
        self._received = 0

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece = await anext(self._body)
        except BodyBroken as error:
            reason = str(error)
        except CONNECTION_ERRORS as error:
            reason = error_text(error)
        else:
            self._received += len(piece)
            allowed = self._limits.deadline + self._received / self._limits.slowest
            if self._clock.monotonic() - self._began <= allowed:
                return piece
            reason = f"only {self._received} bytes came in {allowed:.0f} s"
        raise BadAnswer(f"{call_name(self._request)}: the download was cut short: {reason}")

    async def aclose(self) -> None:
        await self._body.aclose()


def _is_json(answer: httpx.Response) -> bool:
    return answer.is_success and "json" in answer.headers.get("content-type", "")


def _is_web_page(answer: httpx.Response) -> bool:
    return answer.is_success and answer.headers.get("content-type", "").lower().startswith("text/html")


def _response(answer: httpx.Response, content: bytes | bytearray = b"") -> Response:
    return Response(answer.status_code, dict(answer.headers.items()), bytes(content))


def _is_framed(answer: httpx.Response) -> bool:
    """Whether a length, chunks or the status mark the end of the body; if not, it ends with the connection."""
    is_marked = "content-length" in answer.headers or "transfer-encoding" in answer.headers
    return is_marked or answer.status_code in _WITHOUT_BODY


def _bad_address(request: Request, reason: str) -> AttemptError:
    return AttemptError(FailureKind.UNUSABLE, reason, BadAddress(f"{call_name(request)}: {reason}"))


def _port(url: httpx.URL) -> int | None:
    return url.port or {"https": 443, "http": 80}.get(url.scheme)
