"""The matrix of the event handlers of the staff's pages."""

from typing import Any

from tests.permissions.handler_rows import H, PageRows, args
from tests.support.matrix import ADMINS, EVERY_STAFF, WRITERS
from tests.support.tenants import World

CONTACT = "/staff/{slug}/contacts/{t.contact}"
DOCUMENT = "/staff/{slug}/billing/{t.invoice}"
DRAFT = "/staff/{slug}/billing/{t.draft}"
ACCOUNT = "/staff/{slug}/accounts/{t.account}"


def _start(world: World) -> dict[str, Any]:
    return {
        "account_id": world.mine.account,
        "currency": "USD",
        "document_id": world.mine.invoice,
    }


STARTED = (("staff_payment.start", _start),)
ASKED = (
    (
        "people_state.ask_login",
        lambda w: {
            "contact_id": w.mine.contact,
            "person": "Matrix",
            "email": w.mine.contact_email,
            "on": False,
        },
    ),
)

STAFF: dict[str, PageRows] = {
    "staff_frame": PageRows(
        "/staff/{slug}/today", {"search": H(EVERY_STAFF, "data", args(text="qza0account"))}
    ),
    "staff_today": PageRows(
        "/staff/{slug}/today",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "show_currency": H(EVERY_STAFF, args=args(code="USD")),
            "release": H(ADMINS, args=lambda w: {"attempt_id": w.mine.attempt}, foreign=True),
        },
    ),
    "staff_billing": PageRows(
        "/staff/{slug}/billing",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "narrow": H(EVERY_STAFF, args=args(name="kind", values=["invoice"])),
            "search": H(EVERY_STAFF, args=args(text="qza0concept")),
            "set_days": H(EVERY_STAFF, args=args(days={"issued_from": "2026-01-01"})),
        },
    ),
    "staff_document": PageRows(
        DOCUMENT,
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
            "open_ask": H(EVERY_STAFF, args=args(name="void")),
            "comment": H(WRITERS, "rows", args(form={"body": "matrix"}), foreign=True),
            "open_dispute": H(WRITERS, "rows", args(form={"reason": "matrix"}), foreign=True),
            "void": H(ADMINS, "rows", args(form={"reason": "matrix"}), foreign=True),
            "close_dispute": H(
                WRITERS, "rows", path="/staff/{slug}/billing/{t.disputed}", foreign=True
            ),
            "issue": H(WRITERS, "rows", path=DRAFT, foreign=True),
            "discard": H(WRITERS, "rows", path=DRAFT, foreign=True),
            "apply_credit": H(
                WRITERS, "rows", path="/staff/{slug}/billing/{t.credit}", foreign=True
            ),
            "return_credit": H(
                ADMINS,
                "rows",
                lambda w: {
                    "form": {
                        "amount": "1",
                        "returned_on": w.today.isoformat(),
                        "method": "cash",
                        "note": "matrix",
                    }
                },
                path="/staff/{slug}/billing/{t.credit}",
                foreign=True,
            ),
            "reverse": H(
                WRITERS,
                "rows",
                lambda w: {"allocation_id": w.mine.allocation},
                path="/staff/{slug}/billing/{t.partly_paid}",
                foreign=True,
            ),
        },
    ),
    "staff_draft": PageRows(
        "/staff/{slug}/billing/{t.draft}/edit",
        {
            "load": H(WRITERS, "data", foreign=True),
            "find_account": H(WRITERS, "data", args(text="qza0account")),
            "choose_account": H(WRITERS, "data", lambda w: {"account_id": w.mine.account}),
            "set_kind": H(WRITERS, args=args(kind="debit_note")),
            "set_currency": H(WRITERS, args=args(code="COP")),
            "set_line": H(WRITERS, args=args(key=1, name="description", text="matrix")),
            "add_line": H(WRITERS),
            "drop_line": H(WRITERS, args=args(key=1)),
            "move_line": H(WRITERS, "quiet", args=args(key=1, step=1)),
            "intend": H(WRITERS, args=args(intent="issue")),
            "save": H(WRITERS, args=args(form={"concept": "matrix"})),
        },
    ),
    "staff_payment": PageRows(
        DOCUMENT,
        {
            "start": H(WRITERS, "data", _start, foreign=True),
            "shut": H(WRITERS, before=STARTED),
            "set_mode": H(WRITERS, args=args(mode="oldest"), before=STARTED),
            "choose": H(
                WRITERS,
                args=lambda w: {"document_id": w.mine.invoice, "on": False},
                before=STARTED,
            ),
            "set_line": H(
                WRITERS,
                args=lambda w: {"document_id": w.mine.invoice, "text": "5"},
                before=STARTED,
            ),
            "set_amount": H(WRITERS, args=args(text="5"), before=STARTED),
            "book": H(
                WRITERS,
                "rows",
                lambda w: {"form": {"method": "cash", "received_on": w.today.isoformat()}},
                before=STARTED,
            ),
        },
    ),
    "staff_imports": PageRows(
        "/staff/{slug}/imports?run={t.document_run}",
        {
            "load": H(EVERY_STAFF, path="/staff/{slug}/imports"),
            "look": H(WRITERS),
            "choose_dates": H(WRITERS, "rows", args(order="dmy"), foreign=True),
            "choose_currency": H(WRITERS, "rows", args(code="COP"), foreign=True),
            "confirm": H(WRITERS, "rows", foreign=True),
            "show_kind": H(EVERY_STAFF, args=args(kind="accounts")),
        },
    ),
    "accounts_state": PageRows(
        "/staff/{slug}/accounts",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "find": H(EVERY_STAFF, args=args(text="qza0account")),
            "choose": H(EVERY_STAFF, args=args(name="login", values=["on"])),
            "clear": H(EVERY_STAFF),
        },
    ),
    "account_state": PageRows(
        ACCOUNT,
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
        },
    ),
    "people_state": PageRows(
        ACCOUNT,
        {
            "ask_login": H(ADMINS, args=ASKED[0][1]),
            "turn_login": H(ADMINS, "rows", before=ASKED, foreign=True),
            "keep_login": H(EVERY_STAFF),
            "show": H(
                WRITERS,
                args=lambda w: {"panel": "point", "person_id": w.mine.contact, "person": "Matrix"},
            ),
            "hide": H(EVERY_STAFF),
            "more_emails": H(WRITERS),
            "create": H(WRITERS, "rows", args(data={"name": "Matrix"}), foreign=True),
            "add_point": H(
                WRITERS,
                "rows",
                args(data={"channel": "email", "address": "matrix@elsewhere.example"}),
                before=(
                    (
                        "people_state.show",
                        lambda w: {
                            "panel": "point",
                            "person_id": w.mine.contact,
                            "person": "Matrix",
                        },
                    ),
                ),
                foreign=True,
            ),
            "find": H(WRITERS, args=args(text="matrix")),
            "link": H(
                WRITERS,
                "rows",
                lambda w: {"contact_id": w.mine.contact},
                path="/staff/{slug}/accounts/{other}",
                foreign=True,
            ),
            "unlink": H(WRITERS, "rows", lambda w: {"contact_id": w.mine.contact}, foreign=True),
        },
    ),
    "account_edit_state": PageRows(
        f"{ACCOUNT}/edit",
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "check_tax_id": H(WRITERS, args=args(text="900123456")),
            "choose_country": H(WRITERS, args=args(code="MX")),
            "choose_kind": H(WRITERS, args=args(kind="supplier")),
            "save": H(
                WRITERS, "rows", args(data={"name": "Matrix", "kind": "customer"}), foreign=True
            ),
        },
    ),
    "contacts_state": PageRows(
        "/staff/{slug}/contacts",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "find": H(EVERY_STAFF, args=args(text="luz")),
            "clear": H(EVERY_STAFF),
        },
    ),
    "contact_state": PageRows(
        CONTACT,
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
            "save": H(WRITERS, "rows", args(data={"name": "Matrix"}), foreign=True),
            "show_adding": H(WRITERS),
            "hide_adding": H(EVERY_STAFF),
            "add_point": H(
                WRITERS,
                "rows",
                args(data={"channel": "email", "address": "matrix@elsewhere.example"}),
                foreign=True,
            ),
            "remove_point": H(WRITERS, "rows", lambda w: {"point_id": w.mine.point}, foreign=True),
        },
    ),
    "settings_state": PageRows(
        "/staff/{slug}/settings",
        {
            "load": H(EVERY_STAFF, "data"),
            "choose_language": H(EVERY_STAFF, "rows", args(language="en")),
            "rename": H(EVERY_STAFF, "rows", args(data={"name": "Matrix"})),
            # The present password is wrong: said beside its field.
            "change_password": H(
                EVERY_STAFF,
                args=args(data={"current": "not it", "password": "grapa verde 4718"}),
            ),
            "refresh": H(EVERY_STAFF, "data"),
            "type": H(ADMINS, args=args(name="name", text="Matrix")),
            "choose_country": H(ADMINS, args=args(code="MX")),
            "choose_tax_kind": H(ADMINS, args=args(kind="nit")),
            "check_tax_id": H(ADMINS, args=args(text="900123456")),
            "turn": H(ADMINS, args=args(name="is_test", on=True)),
            "save": H(
                ADMINS,
                "rows",
                args(
                    data={
                        "name": "Matrix",
                        "country": "CO",
                        "time_zone": "America/Bogota",
                        "language": "es",
                        "currencies": "COP, USD",
                        "accent": "#0f5f68",
                    }
                ),
            ),
            "try_series": H(ADMINS, args=args(kind="invoice", name="prefix", text="MX-")),
            "save_series": H(
                ADMINS,
                "rows",
                args(
                    data={
                        "kind": "debit_note",
                        "prefix": "MX-",
                        "next_number": "900",
                        "padding": "0",
                    }
                ),
            ),
        },
    ),
}
