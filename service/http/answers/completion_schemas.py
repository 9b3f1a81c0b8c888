"""The bodies of /v1/completions: the text completions of OpenAI's API, as far as they are served here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

from inkling.models.sampling.writing import WritingEnd, WritingOptions
from inkling.models.search.suggestion import Sampling
from inkling.service.http.answers.schemas import (
    MAX_PREFIX,
    DeadlineMs,
    RequestBody,
    Seed,
    SessionId,
    Temperature,
    seed_of,
)

MAX_PROMPTS = 8
MAX_COMPLETIONS = 8
MAX_TOKENS = 512
MAX_STOPS = 4
MAX_STOP = 64
MAX_LOGPROBS = 5
_DEFAULT_TOKENS = 16


def _check_unicode(texts: Sequence[str]) -> None:
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        raise ValueError("must be valid Unicode, but holds a lone surrogate") from None


def _check_prompt(value: object) -> object:
    given = value if isinstance(value, list) else [value]
    if any(isinstance(one, int | list) for one in given):
        raise ValueError("must be text: lists of token numbers are not supported")
    prompts = [one for one in given if isinstance(one, str)]
    if not 0 < len(prompts) == len(given) <= MAX_PROMPTS:
        raise ValueError(f"must be a string or a list of 1 to {MAX_PROMPTS} strings")
    if any(len(one) > MAX_PREFIX for one in prompts):
        raise ValueError(f"must have at most {MAX_PREFIX} characters")
    _check_unicode(prompts)
    return value


def _check_stop(value: object) -> object:
    if value is None:
        return value
    given = value if isinstance(value, list) else [value]
    stops = [one for one in given if isinstance(one, str) and 0 < len(one) <= MAX_STOP]
    if not len(stops) == len(given) <= MAX_STOPS:
        raise ValueError(f"must be at most {MAX_STOPS} strings of 1 to {MAX_STOP} characters")
    _check_unicode(stops)
    return value


def _only(*neutral: object, why: str) -> Callable[[object], object]:
    """Lets through nothing but what asks for nothing."""

    def check(value: object) -> object:
        if value is not None and value not in neutral:
            raise ValueError(f"is not supported: {why}")
        return value

    return check


_NOT_HERE = "Not supported; there for clients that always send it."
_Prompt = Annotated[str, Field(max_length=MAX_PREFIX)]
_Stop = Annotated[str, Field(min_length=1, max_length=MAX_STOP)]


class StreamOptions(RequestBody):
    """How a stream is told."""

    include_usage: bool | None = Field(
        default=None, description="Whether a last chunk without choices tells the usage."
    )


class CompletionRequest(RequestBody):
    """Asks for texts that go on after a prompt, drawn token by token."""

    model: Annotated[str, Field(max_length=256)] | None = Field(
        default=None, description="The name of the model that serves, as GET /v1/models tells it."
    )
    prompt: Annotated[
        _Prompt | Annotated[list[_Prompt], Field(min_length=1, max_length=MAX_PROMPTS)],
        BeforeValidator(_check_prompt),
    ] = Field(description="The text to go on with, or several of them. The caret is at its end.")
    max_tokens: int | None = Field(
        default=_DEFAULT_TOKENS, ge=1, le=MAX_TOKENS, description="Tokens of each text, at most."
    )
    n: int | None = Field(default=1, ge=1, le=MAX_COMPLETIONS, description="Texts for each prompt.")
    temperature: Temperature | None = Field(
        default=1.0,
        description="Tokens are drawn from softmax(logits / temperature); 0 takes the most probable one.",
    )
    top_p: float | None = Field(
        default=1.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Only the most probable tokens that make up this share are drawn.",
    )
    seed: Seed = Field(
        default=None, description="Equal seeds give equal texts. A new one each time when missing."
    )
    stop: Annotated[
        _Stop | Annotated[list[_Stop], Field(max_length=MAX_STOPS)] | None, BeforeValidator(_check_stop)
    ] = Field(default=None, description="A text ends before the first of these strings.")
    logprobs: int | None = Field(
        default=None,
        ge=0,
        le=MAX_LOGPROBS,
        description="Tells ln P of each token, and of so many of the most probable ones in its place.",
    )
    stream: bool | None = Field(default=False, description="Whether to send each word as it is drawn.")
    stream_options: StreamOptions | None = None
    user: SessionId | None = Field(
        default=None, description="The writer, whose profile is used where there is one."
    )
    deadline_ms: DeadlineMs = None
    suffix: Annotated[str | None, AfterValidator(_only("", why="the model reads only what is before"))] = (
        Field(default=None, description=_NOT_HERE)
    )
    echo: Annotated[bool | None, AfterValidator(_only(False, why="put the prompt before the text"))] = Field(
        default=False, description=_NOT_HERE
    )
    best_of: Annotated[int | None, AfterValidator(_only(1, why="ask for n texts and choose"))] = Field(
        default=None, description=_NOT_HERE
    )
    presence_penalty: Annotated[float | None, AfterValidator(_only(0, why="use temperature or top_p"))] = (
        Field(default=0.0, description=_NOT_HERE)
    )
    frequency_penalty: Annotated[float | None, AfterValidator(_only(0, why="use temperature or top_p"))] = (
        Field(default=0.0, description=_NOT_HERE)
    )
    logit_bias: Annotated[
        dict[str, float] | None, AfterValidator(_only({}, why="use temperature or top_p"))
    ] = Field(default=None, description=_NOT_HERE)

    @property
    def prompts(self) -> Sequence[str]:
        """The prompts in their order."""
        return [self.prompt] if isinstance(self.prompt, str) else self.prompt

    @property
    def texts(self) -> int:
        """Texts for each prompt."""
        return 1 if self.n is None else self.n

    def to_options(self) -> WritingOptions:
        """How to write."""
        return WritingOptions(
            sampling=Sampling(
                1.0 if self.temperature is None else self.temperature,
                1.0 if self.top_p is None else self.top_p,
                seed_of(self.seed),
            ),
            max_tokens=_DEFAULT_TOKENS if self.max_tokens is None else self.max_tokens,
            texts=self.texts,
            stop=[self.stop] if isinstance(self.stop, str) else self.stop or [],
            logprobs=self.logprobs,
        )


class CompletionLogprobs(BaseModel):
    """The tokens of a text: an entry of each list for each token.

    A probability is the model's at temperature 1, among the tokens that could be drawn there. The first token
    is all that ends the word which the prompt has begun.
    """

    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]] = Field(
        description="The most probable tokens, filtered or not; `<end>` is the end of the message."
    )
    text_offset: list[int] = Field(description="Where each token begins in the prompt and the text together.")


class CompletionChoice(BaseModel):
    """A text; prompt number p has the indices from p x n on."""

    index: int = Field(ge=0)
    text: str
    finish_reason: WritingEnd | None = Field(
        description="Null while a streamed text goes on. `stop`: the model ended it, or a stop string came; "
        "`length`: it has `max_tokens` tokens; `content_filter`: no next word may be suggested."
    )
    logprobs: CompletionLogprobs | None


class CompletionUsage(BaseModel):
    """Tokens read and drawn; a prompt is counted once, whatever `n`."""

    prompt_tokens: int = Field(ge=0)
    completion_tokens: int = Field(ge=0)
    total_tokens: int = Field(ge=0)


class CompletionResponse(BaseModel):
    """Texts, or one chunk of a stream of them; only the last chunk of a stream may have `usage`."""

    id: str
    object: Literal["text_completion"] = "text_completion"
    created: int = Field(ge=0, description="Seconds since 1970.")
    model: str
    choices: list[CompletionChoice]
    usage: CompletionUsage | None = Field(default=None, exclude_if=lambda usage: usage is None)


COMPLETION_EXAMPLES: Mapping[str, Any] = {
    "plain": {
        "summary": "A text",
        "value": {
            "model": "inkling-en",
            "prompt": "Thank you for your",
            "max_tokens": 12,
            "temperature": 0.7,
            "stop": ["\n"],
            "logprobs": 1,
        },
    },
}

COMPLETION_RESPONSE_EXAMPLE: Mapping[str, Any] = {
    "id": "cmpl-4fJ0aV7b2Q",
    "object": "text_completion",
    "created": 1795161600,
    "model": "inkling-en",
    "choices": [
        {
            "index": 0,
            "text": " help.",
            "finish_reason": "stop",
            "logprobs": {
                "tokens": [" help", "."],
                "token_logprobs": [-1.9, -0.7],
                "top_logprobs": [{" time": -1.4}, {".": -0.7}],
                "text_offset": [18, 23],
            },
        },
    ],
    "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6},
}
