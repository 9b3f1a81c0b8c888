"""GET /livez, /readyz and /metrics: for whoever operates the service. They need no API key, but for
/metrics where the setting metrics_key asks for one.
"""

from fastapi import APIRouter, Response

from inkling.service.http.answers.state_schemas import Health
from inkling.service.http.routing.dependencies import Counters, Host, errors, example
from inkling.service.monitoring.metrics import CONTENT_TYPE

router = APIRouter(tags=["operation"])

_METRICS_EXAMPLE = 'inkling_requests_total{method="POST",route="/v1/suggestions",status="200"} 1.0\n'


@router.get(
    "/livez",
    response_model=Health,
    summary="Whether the process lives",
    responses={200: example({"status": "alive"}), **errors(500)},
)
async def live() -> Health:
    return Health(status="alive")


@router.get(
    "/readyz",
    response_model=Health,
    summary="Whether requests are taken; 503 while starting and stopping",
    responses={200: example({"status": "ready"}), **errors(500, 503)},
)
async def ready(host: Host) -> Health:
    host.check_ready()
    return Health(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    summary="Counters in Prometheus' text format",
    responses={200: example(_METRICS_EXAMPLE, "text/plain"), **errors(401, 500)},
)
async def metrics(counters: Counters) -> Response:
    return Response(counters.render(), media_type=CONTENT_TYPE)
