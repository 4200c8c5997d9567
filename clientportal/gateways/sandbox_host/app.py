"""The sandbox host's ASGI application: API, checkout page, test controls."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from clientportal.gateways.sandbox_host import keys, ledger, page
from clientportal.gateways.sandbox_host.behaviour import Behaviour
from clientportal.gateways.sandbox_host.ledger import Refused
from clientportal.gateways.sandbox_host.sender import Sender, is_ours, may_notify
from clientportal.gateways.sandbox_host.store import Row, Store

BODY_LIMIT = 20_000
_REFERENCE = re.compile(r"[A-Za-z0-9-]{4,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LOOKUPS = (("payment", "id"), ("charge", "charge_id"), ("reference", "reference"))
_TEXTS = {"description": 300, "company_name": 200, "payer_name": 200}


@dataclass
class Host:
    """One process of the foreign host: where its file lies, its secret, the addresses it may use.

    `public_url` is the origin that browsers and notifications may use besides loopback;
    `checkout_url` the address of this application as browsers reach it (default: as called).
    """

    store: Store
    secret: bytes
    public_url: str = ""
    checkout_url: str = ""
    clock: Callable[[], float] = time.time
    sender: Sender = field(init=False)

    def __post_init__(self) -> None:
        self.sender = Sender(self.store, self.secret, self.public_url, self.clock)
        self.store.prepare()

    async def deliver_forever(self) -> None:
        """Resume deliveries of an earlier process; for a lifespan task, ends on cancellation."""
        await self.sender.deliver_forever()

    async def create(self, request: Request, account: str) -> Response:
        fields = _charge_fields(await _json(request), self.public_url)
        fault, seconds = await asyncio.to_thread(
            ledger.take_fault, self.store, account, "", "create"
        )
        if fault == "error":
            raise Refused(503, "unavailable")
        charge, new = await asyncio.to_thread(
            ledger.create_charge, self.store, account, fields, self.clock()
        )
        if fault == "timeout":
            await asyncio.sleep(seconds)
        base = self.checkout_url or _called_as(request)
        body = {"id": charge["id"], "reference": charge["reference"]}
        url = f"{base}/pay/{charge['id']}"
        return JSONResponse(body | {"checkout_url": url}, 201 if new else 200)

    async def payments(self, request: Request, account: str) -> Response:
        await asyncio.to_thread(ledger.settle_due, self.store, self.clock())
        asked = {**request.path_params, **request.query_params}
        for name, column in _LOOKUPS:
            if name in asked:
                rows = await asyncio.to_thread(
                    self.store.all,
                    f"SELECT * FROM payments WHERE account = ? AND {column} = ? ORDER BY rowid",
                    account,
                    asked[name],
                )
                break
        else:
            raise Refused(422, "query")
        await self._fault(account, rows, asked)
        return JSONResponse({"payments": [ledger.payment_json(row) for row in rows]})

    async def _fault(self, account: str, rows: list[Row], asked: dict[str, str]) -> None:
        sql = "SELECT id FROM charges WHERE account = ? AND (id = ? OR reference = ?)"
        charge = rows[0]["charge_id"] if rows else None
        if charge is None:
            known = await asyncio.to_thread(
                self.store.one, sql, account, asked.get("charge"), asked.get("reference")
            )
            charge = known["id"] if known else None
        if charge is None:
            return
        fault, seconds = await asyncio.to_thread(
            ledger.take_fault, self.store, account, charge, "query"
        )
        if fault == "error":
            raise Refused(503, "unavailable")
        if fault == "timeout":
            await asyncio.sleep(seconds)

    async def refund(self, request: Request, account: str) -> Response:
        amount = (await _json(request)).get("amount_minor")
        key = request.headers.get("idempotency-key", "")
        if type(amount) is not int or not 1 <= len(key) <= 200:
            raise Refused(422, "refund")
        row = await asyncio.to_thread(
            ledger.refund,
            self.store,
            account,
            request.path_params["payment"],
            amount,
            key,
            self.clock(),
        )
        return JSONResponse(ledger.refund_json(row), 201)

    async def behave(self, request: Request, account: str) -> Response:
        charge = request.path_params.get("charge", "")
        values = await _json(request)
        behaviour = await asyncio.to_thread(
            ledger.set_behaviour, self.store, account, charge, values
        )
        return Response(behaviour.dump(), media_type="application/json")

    async def outcome(self, request: Request, account: str) -> Response:
        outcome = str((await _json(request)).get("outcome"))
        charge = request.path_params["charge"]
        payment = await asyncio.to_thread(
            ledger.decide, self.store, charge, outcome, self.clock(), account
        )
        return JSONResponse({"payment": ledger.payment_json(payment) if payment else None})

    async def show(self, request: Request) -> Response:
        """The checkout page; changes nothing."""
        await asyncio.to_thread(ledger.settle_due, self.store, self.clock())
        charge, payment = await asyncio.to_thread(self._charge, request.path_params["charge"])
        language = request.query_params.get("lang") or (charge["language"] if charge else "es")
        language = language if language in {"es", "en"} else "es"
        if charge is None:
            return _html(page.not_found(language), 404)
        return _html(page.checkout(charge, language, payment, self.clock()), 200, charge)

    async def pay(self, request: Request) -> Response:
        """What the payer chose; sends the browser back to the shop."""
        charge, _ = await asyncio.to_thread(self._charge, request.path_params["charge"])
        if charge is None:
            return _html(page.not_found("es"), 404)
        form = dict(await request.form())
        outcome = str(form.get("outcome", ""))
        try:
            account = charge["account"]
            values = page.switches(form, Behaviour.load(charge["behaviour"]))
            await asyncio.to_thread(ledger.set_behaviour, self.store, account, charge["id"], values)
            payment = await asyncio.to_thread(
                ledger.decide, self.store, charge["id"], outcome, self.clock(), account
            )
        except (Refused, ValueError):
            return _html(page.checkout(charge, charge["language"], None, self.clock()), 422, charge)
        finally:
            self.sender.wake()
        hint = "left" if outcome == "leave" else outcome
        return RedirectResponse(page.back_url(charge, hint, payment), 303, _headers(charge))

    def _charge(self, charge_id: str) -> tuple[Row | None, Row | None]:
        charge = self.store.one("SELECT * FROM charges WHERE id = ?", charge_id)
        payment = self.store.one(
            "SELECT * FROM payments WHERE charge_id = ? AND status <> 'declined'", charge_id
        )
        return charge, payment


def _called_as(request: Request) -> str:
    # base_url of the framework leaves out the path at which we are mounted
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


async def _json(request: Request) -> dict[str, object]:
    body = await request.body()
    try:
        values = await request.json() if len(body) <= BODY_LIMIT else None
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Refused(422, "body")
    return values


def _charge_fields(given: dict[str, object], public_url: str) -> dict[str, object]:
    amount, expires = given.get("amount_minor"), given.get("expires_at")
    return_url, notify_url = str(given.get("return_url")), str(given.get("notify_url"))
    checks = {
        "reference": bool(_REFERENCE.fullmatch(str(given.get("reference")))),
        "amount_minor": type(amount) is int and 0 < amount < 10**15,
        "currency": bool(_CURRENCY.fullmatch(str(given.get("currency")))),
        "return_url": is_ours(return_url, public_url),
        "notify_url": may_notify(notify_url, public_url),
    }
    try:
        at = datetime.fromisoformat(str(expires)) if expires else None
        checks["expires_at"] = at is None or at.tzinfo is not None
    except ValueError:
        raise Refused(422, "expires_at") from None
    for name, good in checks.items():
        if not good:
            raise Refused(422, name)
    texts = {name: str(given.get(name) or "")[:limit] for name, limit in _TEXTS.items()}
    return texts | {
        "reference": given["reference"],
        "amount_minor": amount,
        "currency": given["currency"],
        "language": "en" if given.get("language") == "en" else "es",
        "return_url": return_url,
        "notify_url": notify_url,
        "expires_at": at.timestamp() if at else None,
    }


def _headers(charge: Row | None) -> dict[str, str]:
    # Browsers apply form-action to the redirect after a POST, so the shop's origin must be named.
    shop = urlsplit(charge["return_url"]) if charge else None
    forms = f"'self' {shop.scheme}://{shop.netloc}" if shop else "'self'"
    return {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:;"
        f" form-action {forms}; frame-ancestors 'none'; base-uri 'none'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def _html(text: str, status: int, charge: Row | None = None) -> Response:
    return HTMLResponse(text, status, _headers(charge))


Endpoint: TypeAlias = Callable[[Request, str], Awaitable[Response]]


async def _authorised(endpoint: Endpoint, host: Host, request: Request) -> Response:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    account = keys.account_of(host.secret, key) if scheme.lower() == "bearer" else None
    try:
        if account is None:
            raise Refused(401, "key")
        return await endpoint(request, account)
    except Refused as refused:
        return JSONResponse({"error": refused.code}, refused.status)
    finally:
        host.sender.wake()


def build(host: Host) -> Starlette:
    """Give the ASGI application of a host; it can be mounted below any path or run alone."""

    def api(path: str, endpoint: Endpoint, method: str) -> Route:
        return Route(path, partial(_authorised, endpoint, host), methods=[method])

    async def style(_: Request) -> Response:
        return Response((page.FOLDER / "checkout.css").read_bytes(), media_type="text/css")

    async def health(_: Request) -> Response:
        return JSONResponse({"ok": True})

    app = Starlette(
        routes=[
            api("/v1/charges", host.create, "POST"),
            api("/v1/payments", host.payments, "GET"),
            api("/v1/payments/{payment}", host.payments, "GET"),
            api("/v1/payments/{payment}/refunds", host.refund, "POST"),
            api("/v1/test/behaviour", host.behave, "PUT"),
            api("/v1/test/charges/{charge}/behaviour", host.behave, "PUT"),
            api("/v1/test/charges/{charge}/outcome", host.outcome, "POST"),
            Route("/pay/{charge}", host.show, methods=["GET"]),
            Route("/pay/{charge}", host.pay, methods=["POST"]),
            Route("/checkout.css", style),
            Route("/healthz", health),
        ]
    )
    app.state.host = host
    return app
