"""Health, readiness and metrics for operators; reports of the content security policy."""

import hmac
import logging
from collections import deque
from functools import cache

import redis.asyncio as redis
import sqlalchemy as sa
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from clientportal import __version__
from clientportal.limits import Limiter, network_of
from clientportal.settings import settings
from clientportal.storage import migrations
from clientportal.storage.session import engine, run
from clientportal.web import forms, metrics
from clientportal.web.csp import REPORT_PATH

logger = logging.getLogger(__name__)

REPORTS_KEPT = 100
REPORT_BYTES = 10_000
_reports: deque[str] = deque(maxlen=REPORTS_KEPT)
# A page that breaks the policy sends a few at once; whoever goes on only fills the log.
_per_address = Limiter(rate=0.2, burst=20)


def routes() -> list[BaseRoute]:
    """Registered in every ENV; reading the reports only outside production."""
    found: list[BaseRoute] = [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics_page),
        Route(REPORT_PATH, take_report, methods=["POST"]),
    ]
    if not settings().is_production:
        found.append(Route(REPORT_PATH, show_reports, methods=["GET"]))
    return found


async def healthz(_request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok", "version": __version__})


async def readyz(_request: Request) -> Response:
    """The process can serve: database reachable and of this schema, Redis reachable."""
    checks = {"database": await _database_ready()}
    if settings().redis_url:
        checks["redis"] = await _redis_ready()
    ready = all(checks.values())
    return JSONResponse({"ready": ready, **checks}, status_code=200 if ready else 503)


async def _database_ready() -> bool:
    try:
        return await run(migrations.current, engine()) == await run(_expected_schema)
    except sa.exc.SQLAlchemyError:
        logger.warning("the database does not answer")
        return False


@cache
def _expected_schema() -> str | None:
    return migrations.head()


async def _redis_ready() -> bool:
    client = redis.Redis.from_url(settings().redis_url, socket_timeout=2)
    try:
        return await client.exists("clientportal") >= 0
    except (redis.RedisError, OSError):
        logger.warning("Redis does not answer")
        return False
    finally:
        await client.aclose()


async def metrics_page(request: Request) -> Response:
    """For a bearer of METRICS_TOKEN; without such a token, for this machine only."""
    expected = settings().metrics_token.get_secret_value()
    if expected:
        given = request.headers.get("authorization", "")
        allowed = hmac.compare_digest(given.encode(), f"Bearer {expected}".encode())
    else:
        peer = request.client.host if request.client else ""
        allowed = peer in {"127.0.0.1", "::1"} and "x-forwarded-for" not in request.headers
    if not allowed:
        return PlainTextResponse("not found", status_code=404)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def take_report(request: Request) -> Response:
    """A browser tells of something that the policy stopped; 429 beyond the address's rate."""
    if not _per_address.allows(network_of(forms.client_address(request))):
        return Response(status_code=429)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > REPORT_BYTES:
            return Response(status_code=413)
    metrics.REFUSED.labels("csp").inc()
    _reports.append(body.decode(errors="replace"))
    logger.warning("content security policy report", extra={"report": _reports[-1][:2_000]})
    return Response(status_code=204)


async def show_reports(_request: Request) -> Response:
    """The last reports, for tests."""
    return JSONResponse(list(_reports))
