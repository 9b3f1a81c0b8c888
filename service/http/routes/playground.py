"""GET /playground: a page for each editor that the widget knows; only where development asks for it."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import Response

from inkling.service.http.routes.compose_page import CONTENT_SECURITY_POLICY, file_of

# Some editors write style elements and HTML from strings; their frames are pages of their own.
_POLICY = (
    CONTENT_SECURITY_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
    .replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    .partition("; require-trusted-types-for")[0]
)


def playground(folder: Path) -> APIRouter:
    """The pages that `make playground` built into a folder."""
    router = APIRouter(prefix="/playground", include_in_schema=False)

    @router.get("/{name:path}")
    async def page(name: str) -> Response:
        return file_of(folder, name or "index.html", {"Content-Security-Policy": _POLICY})

    return router
