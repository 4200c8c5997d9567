"""The matrix of the plain HTTP routes, files included."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from clientportal.gateways.sandbox import SIGNATURE_HEADER
from clientportal.gateways.sandbox_host import keys
from clientportal.settings import settings
from tests.support.canary import (
    ALFA,
    BETA,
    INTERNAL,
    LUZ,
    MINE,
    OTHER,
    PUBLIC,
    canaries_in,
)
from tests.support.matrix import EVERY_STAFF, PAYER, READERS, WRITERS
from tests.support.readable import readable
from tests.support.served import Served
from tests.support.tenants import document_file, picture

ADMINS = frozenset({"admin"})
EVERYBODY = frozenset(
    {
        "nobody",
        "stranger",
        "foreign_customer",
        "customer",
        "viewer",
        "agent",
        "admin",
        "foreign_admin",
    }
)
# Each matrix member works for one company; a customer for none.
STAFF_HOMES = (f"/staff/{ALFA}/today", f"/staff/{BETA}/today", "/")
NEIGHBOURS = READERS | {"stranger"}  # the company itself is no secret to its customers

EVERYTHING = PUBLIC + INTERNAL + MINE + OTHER
FILES = "message_file"

Ask = Callable[[Served, httpx.Client], httpx.Response]
Good = Callable[[httpx.Response], bool]


@dataclass(frozen=True, slots=True)
class RouteRow:
    """How to call a route with the rightful tenant's objects, and who may.

    `good` judges the answer of those who may. `writes`: it changes rows for them. `leaves`: tables
    that a call may write for anybody (a request for a code looks the same for every address).
    `before`: what the rightful does first. `shows`: the scopes of canaries that whoever knows the
    address may see, whoever they are: its secret decides, not the cookie.
    """

    ask: Ask
    may: frozenset[str]
    good: Good = lambda answer: answer.status_code == 200
    writes: bool = False
    leaves: frozenset[str] = frozenset()
    before: Callable[[Served], str] | None = None
    shows: str = ""


def _post(path: str, **fields: str) -> Ask:
    return lambda served, client: client.post(path.format(w=served.world), data=_of(served, fields))


def _of(served: Served, fields: dict[str, str]) -> dict[str, str]:
    return {name: value.format(w=served.world) for name, value in fields.items()}


def _get(path: str) -> Ask:
    return lambda served, client: client.get(path.format(w=served.world))


def _unsigned(provider: str, place: str) -> Ask:
    path = f"/webhooks/{provider}{place.format(company_slug=ALFA)}"
    return lambda _served, client: client.post(path, content=b"{}")


def _goes_to(start: str) -> Good:
    """A redirect to a page, without an error."""

    def judge(answer: httpx.Response) -> bool:
        target = answer.headers.get("location", "")
        return answer.status_code == 303 and target.startswith(start) and "error=" not in target

    return judge


def _refused_with(code: str) -> Good:
    def judge(answer: httpx.Response) -> bool:
        return answer.status_code == 303 and f"error={code}" in answer.headers["location"]

    return judge


def _upload_csv(served: Served, client: httpx.Client) -> httpx.Response:
    content = document_file("matrix", served.world.today)
    return client.post(
        f"/imports/{ALFA}",
        data={"kind": "documents"},
        files={"file": ("matrix.csv", content, "text/csv")},
    )


def _upload_logo(served: Served, client: httpx.Client) -> httpx.Response:
    return client.post(
        f"/files/logos/{ALFA}", files={"logo": ("logo.png", picture("matrix"), "image/png")}
    )


def _logo(served: Served, client: httpx.Client) -> httpx.Response:
    row = served.before["company", served.world.alfa.id]
    return client.get(f"/files/logos/{ALFA}/{row['logo_sha256']}")


def _is_file(kind: str, *, tells: bool = True) -> Good:
    """A file of that kind; unless it has no words of the tenant, they can be read in it."""
    return lambda answer: (
        answer.status_code == 200
        and answer.headers["content-type"].startswith(kind)
        and (not tells or bool(canaries_in(readable(answer.content), PUBLIC + MINE)))
    )


def _mail(end: str = "") -> Ask:
    """The newest mail to the rightful customer that has a file."""

    def ask(served: Served, client: httpx.Client) -> httpx.Response:
        files = {row["message_id"] for (table, _), row in served.before.items() if table == FILES}
        mine = [
            number
            for (table, number), row in served.before.items()
            if table == "message" and number in files and row["to_norm"] == LUZ
        ]
        return client.get(f"/outbox/{max(map(int, mine))}{end}")

    return ask


def _begin(served: Served) -> str:
    """Begin a payment as the rightful; the address of the charge at the gateway."""
    fields = {
        "space": served.world.mine.space,
        "method": "sandbox",
        "document": str(served.world.mine.invoice),
    }
    with served.client("customer") as client:
        answer = client.post("/pay/start", data=fields)
    return str(answer.headers["location"])


def _notify(signed_as: str) -> Ask:
    """A notification to the rightful company's address, signed with a company's secret."""

    def ask(served: Served, client: httpx.Client) -> httpx.Response:
        payment = {"id": "matrix", "reference": served.world.mine.reference}
        event = {
            "id": "matrix",
            "type": "payment.updated",
            "data": {"charge": "matrix", "payment": payment},
        }
        body = json.dumps(event).encode()
        secret = keys.signing_secret(settings().secret(), signed_as)
        headers = {SIGNATURE_HEADER: keys.signature(secret, int(time.time()), body)}
        return client.post(f"/webhooks/sandbox/{ALFA}", content=body, headers=headers)

    return ask


ROWS: dict[str, RouteRow] = {
    "GET /healthz": RouteRow(_get("/healthz"), EVERYBODY),
    "GET /readyz": RouteRow(_get("/readyz"), EVERYBODY),
    # Reachable from this machine alone; the visitors of the matrix come through a proxy.
    "GET /metrics": RouteRow(_get("/metrics"), frozenset()),
    "POST /csp-report": RouteRow(
        lambda _served, client: client.post("/csp-report", content=b"{}"),
        EVERYBODY,
        good=lambda answer: answer.status_code == 204,
    ),
    "GET /csp-report": RouteRow(_get("/csp-report"), EVERYBODY),
    "GET /offline": RouteRow(_get("/offline"), EVERYBODY),
    "GET /offline-worker.js": RouteRow(_get("/offline-worker.js"), EVERYBODY),
    "POST /auth/password": RouteRow(
        _post("/auth/password", email=LUZ, password="not her password"),
        EVERYBODY,
        good=_refused_with("sign_in_failed"),
    ),
    "POST /auth/code": RouteRow(
        _post("/auth/code", email="nobody-has-this@elsewhere.example"),
        EVERYBODY,
        good=lambda answer: answer.status_code == 303,
        leaves=frozenset({"sign_in_code"}),
    ),
    "POST /auth/verify": RouteRow(
        _post("/auth/verify", email=LUZ, code="000000"),
        EVERYBODY,
        good=_refused_with("code_wrong"),
    ),
    "POST /auth/sign-out": RouteRow(
        _post("/auth/sign-out"),
        EVERYBODY,
        good=_goes_to("/"),
        leaves=frozenset({"change"}),
    ),
    "POST /auth/sign-out-everywhere": RouteRow(
        _post("/auth/sign-out-everywhere"),
        EVERYBODY,
        good=_goes_to("/"),
        leaves=frozenset({"change"}),
    ),
    "POST /auth/set-up": RouteRow(
        _post(
            "/auth/set-up",
            slug="gamma",
            company_name="Gamma",
            currency="COP",
            time_zone="America/Bogota",
            country="CO",
            email="owner@gamma.example",
            name="Owner",
            password="grapa verde 4718",
        ),
        EVERYBODY,
        good=_refused_with("already_set_up"),
    ),
    # They only lead to a page, which checks who asks; nobody is sent to sign in.
    **{
        f"GET {path}{end}": RouteRow(
            _get(path.format(company_slug=ALFA) + end), EVERYBODY - {"nobody"}, good=good
        )
        for path, good in (
            ("/staff", lambda answer: answer.headers["location"] in STAFF_HOMES),
            ("/staff/{company_slug}", _goes_to(f"/staff/{ALFA}/today")),
        )
        for end in ("", "/")
    },
    "POST /pay/start": RouteRow(
        _post("/pay/start", space="{w.mine.space}", method="sandbox", document="{w.mine.invoice}"),
        PAYER,
        good=lambda answer: answer.status_code == 303 and "/sandbox" in answer.headers["location"],
        writes=True,
    ),
    "POST /pay/again": RouteRow(
        _post("/pay/again", space="{w.mine.space}", reference="{w.mine.reference}"),
        PAYER,
        good=lambda answer: "/documents?choose=" in answer.headers["location"],
        writes=True,
    ),
    "GET /files/exports/staff/{company_slug}/documents.{extension}": RouteRow(
        _get(f"/files/exports/staff/{ALFA}/documents.csv"),
        EVERY_STAFF,
        good=_is_file("text/csv"),
    ),
    "GET /files/exports/staff/{company_slug}/accounts.{extension}": RouteRow(
        _get(f"/files/exports/staff/{ALFA}/accounts.csv"), EVERY_STAFF, good=_is_file("text/csv")
    ),
    "GET /files/exports/staff/{company_slug}/contacts.{extension}": RouteRow(
        _get(f"/files/exports/staff/{ALFA}/contacts.csv"), EVERY_STAFF, good=_is_file("text/csv")
    ),
    "GET /files/exports/staff/{company_slug}/interactions.{extension}": RouteRow(
        _get(f"/files/exports/staff/{ALFA}/interactions.csv"),
        EVERY_STAFF,
        good=_is_file("text/csv"),
    ),
    "GET /files/exports/staff/{company_slug}/receivables.{extension}": RouteRow(
        _get(f"/files/exports/staff/{ALFA}/receivables.csv"),
        EVERY_STAFF,
        good=_is_file("text/csv"),
    ),
    "GET /files/exports/staff/{company_slug}/templates.{extension}": RouteRow(
        _get(f"/files/exports/staff/{ALFA}/templates.csv"), EVERY_STAFF, good=_is_file("text/csv")
    ),
    "GET /files/exports/portal/{space}/documents.{extension}": RouteRow(
        _get("/files/exports/portal/{w.mine.space}/documents.csv"),
        PAYER,
        good=_is_file("text/csv"),
    ),
    "GET /files/statements/staff/{company_slug}/{account_id:int}.{extension}": RouteRow(
        _get(f"/files/statements/staff/{ALFA}/{{w.mine.account}}.pdf"),
        EVERY_STAFF,
        good=_is_file("application/pdf"),
    ),
    "GET /files/statements/staff/{company_slug}/{account_id:int}.{extension}#csv": RouteRow(
        _get(f"/files/statements/staff/{ALFA}/{{w.mine.account}}.csv"),
        EVERY_STAFF,
        good=_is_file("text/csv"),
    ),
    "GET /files/statements/portal/{space}/{account_id:int}.{extension}": RouteRow(
        _get("/files/statements/portal/{w.mine.space}/{w.mine.account}.pdf"),
        PAYER,
        good=_is_file("application/pdf"),
    ),
    "GET /files/statements/portal/{space}/{account_id:int}.{extension}#csv": RouteRow(
        _get("/files/statements/portal/{w.mine.space}/{w.mine.account}.csv"),
        PAYER,
        good=_is_file("text/csv"),
    ),
    "POST /imports/{company_slug}": RouteRow(
        _upload_csv, WRITERS, good=_goes_to(f"/staff/{ALFA}/imports?run="), writes=True
    ),
    "GET /files/imports/{company_slug}/{run_id:int}.csv": RouteRow(
        _get(f"/files/imports/{ALFA}/{{w.mine.document_run}}.csv"),
        WRITERS,
        good=_is_file("text/csv"),
    ),
    "GET /files/imports/{company_slug}/sample-{kind}.csv": RouteRow(
        _get(f"/files/imports/{ALFA}/sample-documents.csv"),
        WRITERS,
        good=_is_file("text/csv", tells=False),
    ),
    "GET /files/documents.zip": RouteRow(
        _get("/files/documents.zip?ids={w.mine.invoice}"),
        READERS,
        good=_is_file("application/zip"),
    ),
    "GET /files/documents.zip#draft": RouteRow(
        _get("/files/documents.zip?ids={w.mine.invoice},{w.mine.draft}"),
        EVERY_STAFF,
        good=_is_file("application/zip"),
    ),
    "GET /files/documents.pdf": RouteRow(
        _get("/files/documents.pdf?ids={w.mine.invoice}"),
        READERS,
        good=_is_file("application/pdf"),
    ),
    "GET /files/documents/{document_id:int}.pdf": RouteRow(
        _get("/files/documents/{w.mine.invoice}.pdf"), READERS, good=_is_file("application/pdf")
    ),
    "GET /files/documents/{document_id:int}.pdf#draft": RouteRow(
        _get("/files/documents/{w.mine.draft}.pdf"), EVERY_STAFF, good=_is_file("application/pdf")
    ),
    "GET /files/documents/{document_id:int}.xml": RouteRow(
        _get("/files/documents/{w.mine.invoice}.xml"), READERS, good=_is_file("application/xml")
    ),
    "GET /files/documents/{document_id:int}.xml#draft": RouteRow(
        _get("/files/documents/{w.mine.draft}.xml"), frozenset()
    ),
    "GET /files/documents/{document_id:int}/qr.svg": RouteRow(
        _get("/files/documents/{w.mine.partly_paid}/qr.svg"),
        READERS,
        good=_is_file("image/svg+xml", tells=False),
    ),
    # Its code is none of the tax authority's: there is nothing to draw, for anybody.
    "GET /files/documents/{document_id:int}/qr.svg#without": RouteRow(
        _get("/files/documents/{w.mine.invoice}/qr.svg"), frozenset()
    ),
    # The token decides, not the cookie.
    **{
        f"GET /d/{{token}}/document.{extension}": RouteRow(
            _get(f"/d/{{w.mine.token}}/document.{extension}"),
            EVERYBODY,
            good=_is_file(f"application/{extension}"),
            shows=PUBLIC + MINE,
        )
        for extension in ("pdf", "xml")
    },
    "GET /d/{token}/qr.svg": RouteRow(
        _get("/d/{w.mine.token}/qr.svg"),
        EVERYBODY,
        good=_is_file("image/svg+xml", tells=False),
        shows=PUBLIC + MINE,
    ),
    **{
        f"GET /d/{{token}}/{name}#of_none": RouteRow(_get(f"/d/{'x' * 43}/{name}"), frozenset())
        for name in ("document.pdf", "document.xml", "qr.svg")
    },
    "GET /portal/to/{document_id:int}": RouteRow(
        _get("/portal/to/{w.mine.invoice}"), PAYER, good=_goes_to("/portal/")
    ),
    "GET /files/logos/{company_slug}/{sha256}": RouteRow(
        _logo, NEIGHBOURS, good=lambda answer: b"qzp0logo" in answer.content
    ),
    "POST /files/logos/{company_slug}": RouteRow(
        _upload_logo, ADMINS, good=_goes_to(f"/staff/{ALFA}/settings"), writes=True
    ),
    "POST /files/logos/{company_slug}/remove": RouteRow(
        _post(f"/files/logos/{ALFA}/remove"),
        ADMINS,
        good=_goes_to(f"/staff/{ALFA}/settings"),
        writes=True,
    ),
    # The signature decides, not the cookie; tests/services/test_delivery_inbox.py has genuine ones.
    **{
        f"POST /webhooks/{provider}{place}": RouteRow(_unsigned(provider, place), frozenset())
        for provider in ("resend", "smtp", "whatsapp")
        for place in ("", "/{company_slug}")
    },
    **{
        f"GET /webhooks/whatsapp{place}": RouteRow(
            _get(f"/webhooks/whatsapp{place.format(company_slug=ALFA)}?hub.mode=subscribe"),
            frozenset(),
        )
        for place in ("", "/{company_slug}")
    },
    # The signature decides, not the cookie.
    "POST /webhooks/{provider}/{company_slug}": RouteRow(_notify(ALFA), EVERYBODY, writes=True),
    "POST /webhooks/{provider}/{company_slug}#signed_by_another_company": RouteRow(
        _notify(BETA), frozenset()
    ),
    "POST /webhooks/{provider}/{company_slug}#unsigned": RouteRow(
        lambda _served, client: client.post(f"/webhooks/sandbox/{ALFA}", content=b"{}"),
        frozenset(),
    ),
    # A host of its own, as if it were foreign: it knows charges by their unguessable names only.
    "* /sandbox": RouteRow(
        lambda served, client: client.get(served.prepared),
        EVERYBODY,
        good=lambda answer: (
            answer.status_code == 200 and bool(canaries_in(answer.text, PUBLIC + MINE))
        ),
        before=_begin,
        shows=PUBLIC + MINE,
    ),
    "* /sandbox#of_none": RouteRow(_get("/sandbox/pay/1"), frozenset()),
}

CAST = "beatriz"  # of the demo's cast; the tests' demonstration has her as a viewer
# The mailbox of a demonstration shows every mail to whoever sits at that machine, and its start
# page lets them in as anybody of the cast: rows over a world with DEMO, whose mail has been made.
DEMO_ROWS: dict[str, RouteRow] = {
    "GET /outbox": RouteRow(
        _get("/outbox"), EVERYBODY, good=lambda answer: LUZ in answer.text, shows=EVERYTHING
    ),
    "GET /outbox/page.js": RouteRow(_get("/outbox/page.js"), EVERYBODY),
    "GET /outbox/{message_id:int}": RouteRow(
        _mail(), EVERYBODY, good=lambda answer: LUZ in answer.text, shows=EVERYTHING
    ),
    "GET /outbox/{message_id:int}#of_none": RouteRow(_get("/outbox/999999"), frozenset()),
    "GET /outbox/{message_id:int}/html": RouteRow(
        _mail("/html"),
        EVERYBODY,
        good=lambda answer: bool(canaries_in(answer.text, PUBLIC + MINE)),
        shows=EVERYTHING,
    ),
    "GET /outbox/{message_id:int}/files/{position:int}": RouteRow(
        _mail("/files/1"), EVERYBODY, good=_is_file("application/pdf"), shows=EVERYTHING
    ),
    "GET /outbox/{message_id:int}/files/{position:int}#of_none": RouteRow(
        _mail("/files/7"), frozenset()
    ),
    "POST /auth/cast/{person}": RouteRow(
        _post(f"/auth/cast/{CAST}"),
        EVERYBODY,
        good=lambda answer: (
            answer.headers.get("location") == f"/staff/{ALFA}/today"
            and "session=" in answer.headers.get("set-cookie", "")
        ),
        leaves=frozenset({"app_user", "audit_entry", "change"}),
    ),
    "POST /auth/cast/{person}#of_none": RouteRow(_post("/auth/cast/nobody"), frozenset()),
}
