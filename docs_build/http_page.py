"""The page of the HTTP API, from the service's own OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

from inkling.service.http.app import create_app
from inkling.service.settings import Settings

Schema = Mapping[str, Any]

_WIDTH = 118
_INTRODUCTION = """\
# HTTP API

The service describes itself at `/openapi.json`. A test compares this page with that description.

* Bodies are JSON in UTF-8. An unknown field gets a 422.
* Every failure has one shape: `{"error": {"type": "...", "message": "...", "param": "..."}}`.
  `type` is for programs, `message` for people. `param` names the field at fault, or is null.
* No error repeats any of the text that was sent.
* With `--api-keys`, every `/v1` route needs the header `Authorization: Bearer KEY`, and each a
  [scope](../guides/deploy.md#api-keys) of the key. A [token](../guides/deploy.md#tokens) stands in for a key.
* `Retry-After` says in seconds when to try again. It stands in a 429, and in a 503 where the service knows.
* `X-Request-ID` comes back in the answer. The service makes one where the request has none.
* `Server-Timing` tells the milliseconds of each phase of a suggestion.

"""


def http_page() -> str:
    """The page as Markdown: a section a route, then the fields of every body."""
    document = create_app(Settings()).openapi()
    lines = [_INTRODUCTION + "## Routes\n"]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            lines.extend(_route(method.upper(), path, operation))
    lines.append("## Bodies\n")
    for name, schema in document["components"]["schemas"].items():
        lines.extend(_body(name, schema))
    return "\n".join(lines)


def _route(method: str, path: str, operation: Schema) -> Iterator[str]:
    yield from (f"### {method} {path}", "", f"{operation['summary']}.", "")
    if "description" in operation:
        yield from (fill(" ".join(operation["description"].split()), _WIDTH), "")
    parameters = operation.get("parameters", [])
    if parameters:
        yield from ("| in the path | type | meaning |", "| --- | --- | --- |")
        for one in parameters:
            yield f"| `{one['name']}` | {_type(one['schema'])} | {one['description']} |"
        yield ""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if content:
        yield from (f"Request: {_type(content['schema'])}.", "")
        for example in content.get("examples", {}).values():
            yield from _sample(example["value"])
    yield from ("| status | answer |", "| --- | --- |")
    for status, response in operation["responses"].items():
        yield f"| {status} | {_answer(status, response)} |"
    yield ""
    succeeded = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
    examples = [one["value"] for one in succeeded.get("examples", {}).values()]
    for example in [succeeded["example"]] if "example" in succeeded else examples:
        yield from _sample(example)


def _answer(status: str, response: Schema) -> str:
    if status.startswith(("4", "5")):
        return " or ".join(f"`{kind}`" for kind in response["description"].split(" or "))
    contents = response.get("content", {})
    if not contents:
        return str(response["description"])
    kind, content = next(iter(contents.items()))
    return _type(content["schema"]) if "$ref" in content.get("schema", {}) else f"`{kind}`"


def _body(name: str, schema: Schema) -> Iterator[str]:
    yield from (f"### {name}", "")
    for paragraph in schema.get("description", "").split("\n\n"):
        yield from (fill(" ".join(paragraph.split()), _WIDTH), "")
    if "enum" in schema:
        yield from ("One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + ".", "")
        return
    required = schema.get("required", [])
    yield from ("| field | type | default | meaning |", "| --- | --- | --- | --- |")
    for field, given in schema["properties"].items():
        default = (
            "required"
            if field in required
            else f"`{json.dumps(given['default'])}`"
            if "default" in given
            else ""
        )
        yield f"| `{field}` | {_type(given)} | {default} | {given.get('description', '')} |"
    yield ""


def _type(schema: Schema) -> str:
    """A type in words, with its limits."""
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if schema["type"] == "array":
        return f"list of {_range(schema, 'Items')}{_type(schema['items'])}"
    if schema.get("format") == "date-time":
        return "date and time"
    if "pattern" in schema:
        return f"`{schema['pattern']}`"
    if schema["type"] == "string" and "maxLength" in schema:
        return f"string, {_range(schema, 'Length')}characters"
    if "minimum" in schema or "maximum" in schema:
        least, most = schema.get("minimum"), schema.get("maximum")
        if most is None:
            return f"{schema['type']}, at least {least:g}"
        return (
            f"{schema['type']}, at most {most:g}"
            if least is None
            else f"{schema['type']}, {least:g} to {most:,.15g}"
        )
    return str(schema["type"])


def _range(schema: Schema, what: str) -> str:
    least, most = schema.get(f"min{what}", 0), schema.get(f"max{what}")
    return "" if most is None else f"{least} to {most:,} "


def _sample(value: Any) -> Iterator[str]:
    yield from ("```json", json.dumps(value, indent=2, ensure_ascii=False), "```", "")
