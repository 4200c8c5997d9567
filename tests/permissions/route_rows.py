"""The matrix of the plain HTTP routes, files included."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from tests.support.canary import ALFA, BETA, LUZ
from tests.support.matrix import EVERY_STAFF, PAYER, READERS, WRITERS
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

Ask = Callable[[Served, httpx.Client], httpx.Response]
Good = Callable[[httpx.Response], bool]


@dataclass(frozen=True, slots=True)
class RouteRow:
    """How to call a route with the rightful tenant's objects, and who may.

    `good` judges the answer of those who may. `writes`: it changes rows for them. `leaves`: tables
    that a call may write for anybody (a request for a code looks the same for every address).
    """

    ask: Ask
    may: frozenset[str]
    good: Good = lambda answer: answer.status_code == 200
    writes: bool = False
    leaves: frozenset[str] = frozenset()


def _post(path: str, **fields: str) -> Ask:
    return lambda served, client: client.post(path.format(w=served.world), data=_of(served, fields))


def _of(served: Served, fields: dict[str, str]) -> dict[str, str]:
    return {name: value.format(w=served.world) for name, value in fields.items()}


def _get(path: str) -> Ask:
    return lambda served, client: client.get(path.format(w=served.world))


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


def _is_file(kind: str) -> Good:
    return lambda answer: (
        answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
    )


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
        good=_goes_to("/portal/"),
        writes=True,
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
        _get(f"/files/imports/{ALFA}/sample-documents.csv"), WRITERS, good=_is_file("text/csv")
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
    # The invoice has no address at the tax authority: there is no code to draw, for anybody.
    "GET /files/documents/{document_id:int}/qr.svg": RouteRow(
        _get("/files/documents/{w.mine.invoice}/qr.svg"), frozenset()
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
    # The signature decides, not the cookie; tests/stories replays genuine ones.
    "POST /webhooks/{provider}/{company_slug}": RouteRow(
        lambda _served, client: client.post(f"/webhooks/sandbox/{ALFA}", content=b"{}"),
        frozenset(),
    ),
    # A host of its own, as if it were foreign: it knows charges by their unguessable names only.
    "* /sandbox": RouteRow(_get("/sandbox/charges/1"), frozenset()),
}
