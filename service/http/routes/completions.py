"""POST /v1/completions: texts that go on after a prompt, in the shape of OpenAI's API."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from inkling.models.sampling.writing import WrittenPart
from inkling.service.engine.client.engine_client import EngineClient
from inkling.service.engine.errors import EngineError
from inkling.service.engine.failure import describe_failure
from inkling.service.engine.job import WritingAnswer, WritingJob
from inkling.service.http.access.caller import AccessScope
from inkling.service.http.answers.completion_schemas import (
    COMPLETION_EXAMPLES,
    COMPLETION_RESPONSE_EXAMPLE,
    CompletionChoice,
    CompletionLogprobs,
    CompletionRequest,
    CompletionResponse,
    CompletionUsage,
)
from inkling.service.http.answers.error_answers import ApiError, from_engine
from inkling.service.http.routes.models import check_model
from inkling.service.http.routing.connection import ClientLeftError, answer_while_connected
from inkling.service.http.routing.dependencies import (
    check_host,
    errors,
    example,
    flow_of,
    host_of,
    metrics_of,
    user_key,
    work_limits_of,
)
from inkling.service.http.routing.direct import DirectRoute
from inkling.service.http.routing.event_stream import EventStream
from inkling.service.http.routing.needs import needs
from inkling.service.http.routing.work_limits import Reservation, WorkLimits

_log = logging.getLogger("inkling.server")

router = APIRouter(tags=["completions"], route_class=DirectRoute, dependencies=[needs(AccessScope.SUGGEST)])


@router.post(
    "/v1/completions",
    response_model=CompletionResponse,
    summary="Go on with a text, in the shape of OpenAI's API",
    responses={
        200: {
            "content": {
                **example(COMPLETION_RESPONSE_EXAMPLE)["content"],
                "text/event-stream": {
                    "example": "data: {...}\n\ndata: [DONE]\n\n",
                },
            }
        },
        **errors(400, 401, 403, 404, 413, 422, 429, 500, 503),
    },
)
async def complete(
    body: Annotated[CompletionRequest, Body(openapi_examples=dict(COMPLETION_EXAMPLES))],
    request: Request,
) -> Response:
    """The texts are drawn from the model's distribution. They hold nothing that suggestions may not hold.
    With `stream` they come as server-sent events of the same shape, word by word; `[DONE]` is the last.
    """
    began = time.monotonic()
    host, metrics = host_of(request), metrics_of(request)
    check_model(host, body.model)
    user = None
    if body.user is not None and host.uses_profiles:
        check_host(request)
        user = user_key(request, body.user)
    deadline = None if body.deadline_ms is None else began + body.deadline_ms / 1000
    options = body.to_options()
    flow = flow_of(request, None)
    jobs = [WritingJob(prompt, options, user, flow) for prompt in body.prompts]
    answering = _Answering(host.engine, host.model.name, jobs, deadline, work_limits_of(request))
    try:
        if not body.stream:
            answer = await answer_while_connected(answering.whole(), request.receive)
            return Response(answer.model_dump_json(), media_type="application/json")
        told = body.stream_options is not None and bool(body.stream_options.include_usage)
        chunks = answering.chunks(include_usage=told)
        # What is refused at once is refused by its status.
        first = await answer_while_connected(anext(chunks), request.receive)
    except ClientLeftError:
        metrics.count_disconnect()
        raise ApiError(499, "client_left", "the client left before the answer") from None
    return EventStream(_preceded(first, chunks), metrics.count_disconnect)


class _Answering:
    """The answer to one request, prompt after prompt."""

    def __init__(
        self,
        engine: EngineClient,
        model: str,
        jobs: Sequence[WritingJob],
        deadline: float | None,
        limits: WorkLimits,
    ) -> None:
        self._engine, self._model, self._jobs = engine, model, jobs
        self._deadline, self._limits = deadline, limits
        self._id, self._created = "cmpl-" + secrets.token_urlsafe(12), int(time.time())
        self._prompt_tokens = self._drawn_tokens = 0

    async def whole(self) -> CompletionResponse:
        """All texts."""
        choices: list[CompletionChoice] = []
        async with self._reserved() as work:
            for number, job in enumerate(self._jobs):
                work.begin(self._engine.predict(job))
                answer = await self._engine.write(job, self._deadline)
                work.done(answer.work)
                self._count(answer)
                self._model = answer.model
                first = number * job.writing.texts
                choices += [
                    _choice(part, job, first + part.number, len(job.prefix)) for part in answer.written.texts
                ]
        return self._response(choices, self._usage())

    async def chunks(self, *, include_usage: bool) -> AsyncGenerator[str, None]:
        """The texts bit by bit, each bit as JSON, and [DONE]. A failure between two bits is a bit too."""
        begun = False
        try:
            async with self._reserved() as work:
                for number, job in enumerate(self._jobs):
                    offsets = [len(job.prefix)] * job.writing.texts
                    work.begin(self._engine.predict(job))
                    async with aclosing(_parts(self._engine, job, self._deadline)) as parts:
                        async for part in parts:
                            if isinstance(part, WritingAnswer):
                                work.done(part.work)
                                self._count(part)
                                continue
                            begun = True
                            index = number * job.writing.texts + part.number
                            offset = offsets[part.number]
                            offsets[part.number] += len(part.text)
                            yield self._response([_choice(part, job, index, offset)]).model_dump_json()
        except EngineError as error:
            if not begun:
                raise
            failure = from_engine(error)
            yield bytes(failure.response().body).decode()
            if failure.status == 500:
                _log.error("a completion failed after its first words: %s", describe_failure(error))
            return
        if include_usage:
            yield self._response([], self._usage()).model_dump_json()
        yield "[DONE]"

    def _reserved(self) -> AbstractAsyncContextManager[Reservation]:
        """Work for all prompts."""
        return self._limits.reserved(self._jobs[0].flow, sum(map(self._engine.predict, self._jobs)))

    def _count(self, answer: WritingAnswer) -> None:
        self._prompt_tokens += answer.prompt_tokens
        self._drawn_tokens += answer.written.drawn_tokens

    def _usage(self) -> CompletionUsage:
        return CompletionUsage(
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._drawn_tokens,
            total_tokens=self._prompt_tokens + self._drawn_tokens,
        )

    def _response(
        self, choices: list[CompletionChoice], usage: CompletionUsage | None = None
    ) -> CompletionResponse:
        return CompletionResponse(
            id=self._id, created=self._created, model=self._model, choices=choices, usage=usage
        )


def _choice(part: WrittenPart, job: WritingJob, index: int, offset: int) -> CompletionChoice:
    """A text or a part of one, which begins at `offset` of prompt and text together."""
    logprobs = None
    if job.writing.logprobs is not None:
        offsets = []
        for token in part.tokens:
            offsets.append(offset)
            offset += len(token.text)
        logprobs = CompletionLogprobs(
            tokens=[token.text for token in part.tokens],
            token_logprobs=[token.log_prob for token in part.tokens],
            top_logprobs=[_by_name(token.likely) for token in part.tokens],
            text_offset=offsets,
        )
    return CompletionChoice(index=index, text=part.text, finish_reason=part.end, logprobs=logprobs)


def _by_name(likely: Sequence[tuple[str, float]]) -> dict[str, float]:
    """The log-probabilities by the names of tokens; of two with one name the more probable."""
    named: dict[str, float] = {}
    for name, log_prob in likely:
        named.setdefault(name, log_prob)
    return named


async def _parts(
    engine: EngineClient, job: WritingJob, deadline: float | None
) -> AsyncGenerator[WrittenPart | WritingAnswer, None]:
    """The parts of the texts as they come, then the answer. Closing this ends the work."""
    heard: asyncio.Queue[WrittenPart | None] = asyncio.Queue()
    work = asyncio.create_task(engine.write(job, deadline, heard.put_nowait))
    work.add_done_callback(lambda _: heard.put_nowait(None))
    try:
        while (part := await heard.get()) is not None:
            yield part
        yield await work
    finally:
        if not work.done():
            work.cancel()
            await asyncio.wait([work])


async def _preceded(first: str, rest: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    async with aclosing(rest):
        yield first
        async for one in rest:
            yield one
