"""GET /, /static and /inkling.js: the compose page, which loads nothing from elsewhere, and the widget."""

import re
from collections.abc import Mapping
from mimetypes import guess_type
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.routing.dependencies import errors, example

_FILE_NAME = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9]+)+")
STATIC = Path(__file__).resolve().parent.parent.parent / "static"

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)

router = APIRouter(tags=["page"])


@router.get(
    "/",
    response_class=Response,
    summary="The compose page",
    responses={200: example("<!doctype html>", "text/html"), **errors(404, 500)},
)
async def page() -> Response:
    index = STATIC / "index.html"
    if not index.is_file():
        raise ApiError(404, "not_found", "this installation has no compose page")
    return Response(
        index.read_bytes(),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Cross-Origin-Opener-Policy": "same-origin",
        },
    )


@router.get(
    "/inkling.js",
    response_class=Response,
    summary="The widget, for any page",
    responses={200: example("/* JavaScript */", "text/javascript"), **errors(404, 500)},
)
async def widget() -> Response:
    """A classic script; other origins may load it, with an integrity hash too."""
    anywhere = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    return file_of(STATIC, "inkling.js", anywhere)


@router.get("/static/{name}", include_in_schema=False)
async def page_file(name: str) -> Response:
    return file_of(STATIC, name)


def file_of(folder: Path, name: str, headers: Mapping[str, str] | None = None) -> Response:
    """A file directly in a folder. Raises ApiError where there is none of this name."""
    path = folder / name
    if not _FILE_NAME.fullmatch(name) or not path.is_file():
        raise ApiError(404, "not_found", "there is nothing at this path")
    # Read at once: a file that stays open while a slow client reads it is a handle that others lack.
    kind, _ = guess_type(name)
    # A browser may keep it, but asks each time whether it changed.
    return Response(
        path.read_bytes(),
        media_type=kind or "text/plain",
        headers={"Cache-Control": "no-cache", **(headers or {})},
    )
