"""The matrix of the event handlers of the staff's pages."""

from typing import Any

from tests.permissions.handler_rows import H, PageRows, args
from tests.support.matrix import ADMINS, EVERY_STAFF, WRITERS
from tests.support.people import PASSWORD
from tests.support.tenants import World

CONTACT = "/staff/{slug}/contacts/{t.contact}"
DOCUMENT = "/staff/{slug}/billing/{t.invoice}"
DRAFT = "/staff/{slug}/billing/{t.draft}"
HELD = "/staff/{slug}/billing/{t.held}"
CREDIT = "/staff/{slug}/billing/{t.credit}"
TEMPLATES = "/staff/{slug}/billing/templates"
ACCOUNT = "/staff/{slug}/accounts/{t.account}"


def _start(world: World) -> dict[str, Any]:
    return {
        "account_id": world.mine.account,
        "currency": "USD",
        "document_id": world.mine.invoice,
    }


STARTED = (("staff_payment.start", _start),)
DISMISSING = (("staff_document.ask_dismiss", lambda w: {"payment_id": w.mine.review}),)
RETURNING = (("staff_document.open_ask", args(name="return")),)
CREDITING = (("staff_credit.start", lambda w: {"document_id": w.mine.credit}),)
SENDING = (("staff_send.start", lambda w: {"document_id": w.mine.invoice}),)
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


def _alert(world: World) -> dict[str, Any]:
    return {"alert_id": world.mine.alert}


def _alerts(state: str) -> dict[str, H]:
    """The question before an alert is taken off, in a state that asks it."""
    asked = ((f"{state}.ask_alert", _alert),)
    chosen = (*asked, (f"{state}.choose_removal", args(removal="verified")))
    return {
        "ask_alert": H(EVERY_STAFF, "data", _alert, foreign=True),
        "keep_alert": H(EVERY_STAFF, before=asked, then={"alert_open": False}),
        "choose_removal": H(
            WRITERS,
            args=args(removal="verified"),
            before=asked,
            then={"alert_removal": "verified"},
        ),
        "remove_alert": H(WRITERS, "rows", args(data={"note": ""}), before=chosen),
    }


def _template(world: World) -> dict[str, Any]:
    return {"template_id": world.mine.template}


def _chosen(world: World) -> dict[str, Any]:
    return {"template_id": str(world.mine.template)}


SHOWN = (
    (
        "people_state.show",
        lambda w: {"panel": "point", "person_id": w.mine.contact, "person": "Matrix"},
    ),
)
NAMING = (("receivables_state.ask_view", args(panel="save")),)
NIT, NIT_SHOWN = "900123456-8", "900.123.456-8"


def _keys(lines: list[dict[str, Any]]) -> list[int]:
    return [line["key"] for line in lines]


def _lines(state: str) -> dict[str, H]:
    """The handlers of the lines of a form; the object has one line, whose key is 1."""
    two = ((f"{state}.add_line", lambda _: {}),)
    return {
        "set_currency": H(WRITERS, args=args(code="COP"), then={"currency": "COP"}),
        "set_line": H(
            WRITERS,
            args=args(key=1, name="description", text="matrix"),
            then={"lines": lambda v, _: v[0]["description"] == "matrix"},
        ),
        "add_line": H(WRITERS, then={"lines": lambda v, _: _keys(v) == [1, 2]}),
        "drop_line": H(
            WRITERS,
            args=args(key=1),
            before=two,
            then={"lines": lambda v, _: _keys(v) == [2]},
        ),
        "move_line": H(
            WRITERS,
            args=args(key=1, step=1),
            before=two,
            then={"lines": lambda v, _: _keys(v) == [2, 1]},
        ),
    }


ASKED_TEMPLATE = (("staff_draft.choose_template", _chosen),)

STAFF: dict[str, PageRows] = {
    "staff_frame": PageRows(
        "/staff/{slug}/today", {"search": H(EVERY_STAFF, "data", args(text="qza0account"))}
    ),
    "staff_today": PageRows(
        "/staff/{slug}/today",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "show_currency": H(EVERY_STAFF, args=args(code="USD"), goes="currency=USD"),
            "release": H(
                ADMINS,
                "rows",
                args=lambda w: {"attempt_id": w.mine.attempt},
                foreign=True,
                told="attempt_released",
            ),
        },
    ),
    "staff_billing": PageRows(
        "/staff/{slug}/billing",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "show_new": H(EVERY_STAFF, "data"),
            "narrow": H(
                EVERY_STAFF, args=args(name="kind", values=["invoice"]), goes="kind=invoice"
            ),
            "search": H(EVERY_STAFF, args=args(text="qza0concept"), goes="q=qza0concept"),
            "set_days": H(
                EVERY_STAFF,
                args=args(days={"issued_from": "2026-01-01"}),
                goes="issued_from=2026-01-01",
            ),
            "pick": H(
                EVERY_STAFF,
                args=lambda w: {"document_id": w.mine.invoice, "on": True},
                then={"picked": lambda v, w: v == [w.mine.invoice]},
            ),
            "pick_all": H(
                EVERY_STAFF,
                args=args(on=True),
                then={"all_picked": True, "picked": lambda v, w: w.mine.invoice in v},
            ),
            "pick_none": H(
                EVERY_STAFF,
                before=(("staff_billing.pick_all", lambda _: {"on": True}),),
                then={"picked": []},
            ),
        },
    ),
    "staff_statement": PageRows(
        "/staff/{slug}/accounts/{t.account}/statement",
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
            "set_days": H(
                EVERY_STAFF, args=args(days={"from": "2026-01-01"}), goes="from=2026-01-01"
            ),
        },
    ),
    "staff_document": PageRows(
        DOCUMENT,
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
            "open_ask": H(EVERY_STAFF, args=args(name="void"), then={"ask": "void"}),
            "comment": H(WRITERS, "rows", args(form={"body": "matrix"}), foreign=True),
            "change_reminders": H(
                WRITERS, "rows", args(form={"reminds": "yes", "reminder_days": "4"}), foreign=True
            ),
            "open_dispute": H(WRITERS, "rows", args(form={"reason": "matrix"}), foreign=True),
            "void": H(ADMINS, "rows", args(form={"reason": "matrix"}), foreign=True),
            "close_dispute": H(
                WRITERS, "rows", path="/staff/{slug}/billing/{t.disputed}", foreign=True
            ),
            "issue": H(WRITERS, "rows", path=DRAFT, foreign=True),
            "discard": H(WRITERS, "rows", path=DRAFT, foreign=True),
            "accept_review": H(
                ADMINS, "rows", lambda w: {"payment_id": w.mine.review}, path=HELD, foreign=True
            ),
            "ask_dismiss": H(
                ADMINS,
                args=lambda w: {"payment_id": w.mine.review},
                path=HELD,
                then={"ask": "dismiss_review"},
            ),
            "dismiss_review": H(
                ADMINS,
                "rows",
                args(form={"reason": "matrix"}),
                before=DISMISSING,
                path=HELD,
                foreign=True,
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
                before=RETURNING,
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
    "staff_credit": PageRows(
        CREDIT,
        {
            "start": H(WRITERS, "data", lambda w: {"document_id": w.mine.credit}, foreign=True),
            "shut": H(WRITERS, before=CREDITING, then={"is_open": False}),
            "set_mode": H(
                WRITERS, args=args(mode="chosen"), before=CREDITING, then={"mode": "chosen"}
            ),
            "choose": H(
                WRITERS,
                args=lambda w: {"document_id": w.mine.invoice, "on": True},
                before=CREDITING,
                then={"rows": lambda v, w: w.mine.invoice in [x["id"] for x in v if x["chosen"]]},
            ),
            "set_line": H(
                WRITERS,
                args=lambda w: {"document_id": w.mine.invoice, "text": "1"},
                before=CREDITING,
                then={"rows": lambda v, _: 100 in [x["amount_minor"] for x in v]},
            ),
            "apply": H(WRITERS, "rows", args(form={}), before=CREDITING, foreign=True),
        },
    ),
    "staff_send": PageRows(
        DOCUMENT,
        {
            "start": H(WRITERS, "data", lambda w: {"document_id": w.mine.invoice}, foreign=True),
            "shut": H(WRITERS, before=SENDING, then={"is_open": False}),
            "peek": H(EVERY_STAFF, "data", lambda w: {"document_id": w.mine.invoice}, foreign=True),
            "shut_peek": H(
                EVERY_STAFF,
                before=(("staff_send.peek", lambda w: {"document_id": w.mine.invoice}),),
                then={"peeking": False},
            ),
            "choose": H(
                WRITERS,
                args=lambda w: {"point_id": w.mine.point, "on": False},
                before=SENDING,
                then={"chosen": 0},
            ),
            "send": H(
                WRITERS,
                "rows",
                args(form={"subject_es": "matrix", "message_es": "matrix", "with_pdf": "yes"}),
                before=SENDING,
            ),
            "revoke": H(
                WRITERS,
                "rows",
                lambda w: {"link_id": w.mine.link},
                foreign=True,
                told="link_revoked",
            ),
        },
    ),
    "staff_draft": PageRows(
        "/staff/{slug}/billing/{t.draft}/edit",
        {
            "load": H(WRITERS, "data", foreign=True),
            "find_account": H(WRITERS, "data", args(text="qza0account")),
            "choose_account": H(WRITERS, "data", lambda w: {"account_id": w.mine.account}),
            "set_kind": H(WRITERS, args=args(kind="debit_note"), then={"kind": "debit_note"}),
            **_lines("staff_draft"),
            "intend": H(WRITERS, args=args(intent="issue"), then={"intent": "issue"}),
            "save": H(
                WRITERS,
                "rows",
                lambda w: {
                    "form": {
                        "kind": "invoice",
                        "currency": "USD",
                        "issued_on": w.today.isoformat(),
                        "due_on": w.today.isoformat(),
                        "concept": "matrix",
                    }
                },
                goes="/billing/",
                told="draft_saved",
            ),
            "set_fact": H(
                WRITERS, args=args(name="concept", text="matrix"), then={"concept": "matrix"}
            ),
            "choose_template": H(WRITERS, "data", _chosen),
            "replace_typed": H(WRITERS, "data", before=ASKED_TEMPLATE),
            "keep_typed": H(WRITERS, before=ASKED_TEMPLATE, then={"asking": ""}),
        },
    ),
    "staff_template": PageRows(
        "/staff/{slug}/billing/templates/{t.template}",
        {
            "load": H(WRITERS, "data", foreign=True),
            "refresh": H(WRITERS, "data"),
            "load_list": H(EVERY_STAFF, "data", path=TEMPLATES),
            "refresh_list": H(EVERY_STAFF, "data", path=TEMPLATES),
            "duplicate": H(WRITERS, "rows", _template, path=TEMPLATES, foreign=True),
            "archive": H(WRITERS, "rows", _template, path=TEMPLATES, foreign=True),
            "restore": H(
                WRITERS,
                "rows",
                lambda w: {"template_id": w.mine.archived_template},
                path=TEMPLATES,
                foreign=True,
            ),
            "set_reminds": H(WRITERS, args=args(on=True), then={"reminds": True}),
            **_lines("staff_template"),
            "intend": H(WRITERS, args=args(intent="exit"), then={"intent": "exit"}),
            "save": H(
                WRITERS,
                "rows",
                args(form={"name": "matrix", "currency": "USD"}),
                told="template_saved",
            ),
        },
    ),
    "staff_payment": PageRows(
        DOCUMENT,
        {
            "start": H(WRITERS, "data", _start, foreign=True),
            "shut": H(WRITERS, before=STARTED, then={"is_open": False}),
            "set_mode": H(
                WRITERS, args=args(mode="oldest"), before=STARTED, then={"mode": "oldest"}
            ),
            "choose": H(
                WRITERS,
                args=lambda w: {"document_id": w.mine.invoice, "on": False},
                before=STARTED,
                then={"chosen_minor": 0},
            ),
            "set_line": H(
                WRITERS,
                args=lambda w: {"document_id": w.mine.invoice, "text": "5"},
                before=STARTED,
                then={"chosen_minor": 500},
            ),
            "set_amount": H(
                WRITERS, args=args(text="5"), before=STARTED, then={"amount_minor": 500}
            ),
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
            "load": H(EVERY_STAFF, path="/staff/{slug}/imports", then={"loaded": True}),
            "look": H(WRITERS, "data"),
            # Nothing went on with the kept file: it stays as it is shown.
            "refresh": H(EVERY_STAFF, "quiet", by="agent"),
            "choose_dates": H(WRITERS, "rows", args(order="dmy"), foreign=True, ready="columns"),
            "choose_currency": H(WRITERS, "rows", args(code="COP"), foreign=True, ready="columns"),
            "choose_column": H(
                WRITERS,
                args=args(place=1, field=""),
                ready="columns",
                then={"columns_changed": True},
            ),
            "apply_columns": H(WRITERS, "rows", foreign=True, ready="columns"),
            "confirm": H(WRITERS, "rows", foreign=True, ready="columns"),
            "show_kind": H(EVERY_STAFF, args=args(kind="accounts"), goes="kind=accounts"),
        },
    ),
    "accounts_state": PageRows(
        "/staff/{slug}/accounts",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "find": H(EVERY_STAFF, args=args(text="qza0account"), goes="q=qza0account"),
            "choose": H(EVERY_STAFF, args=args(name="login", values=["on"]), goes="login=on"),
            "clear": H(EVERY_STAFF, goes="/accounts"),
        },
    ),
    "account_state": PageRows(
        ACCOUNT,
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
        },
    ),
    "interactions_state": PageRows(
        "/staff/{slug}/interactions",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "find": H(EVERY_STAFF, args=args(text="luz"), goes="q=luz"),
            "choose": H(
                EVERY_STAFF, args=args(name="channel", values=["email"]), goes="channel=email"
            ),
            "set_days": H(
                EVERY_STAFF, args=args(days={"sent_from": "2026-01-01"}), goes="since=2026-01-01"
            ),
            "clear": H(EVERY_STAFF, goes="/interactions"),
        },
    ),
    "people_state": PageRows(
        ACCOUNT,
        {
            "ask_login": H(
                ADMINS,
                args=ASKED[0][1],
                then={"asked": True, "ask_email": lambda v, w: v == w.mine.contact_email},
            ),
            "turn_login": H(ADMINS, "rows", before=ASKED, foreign=True),
            "keep_login": H(EVERY_STAFF, before=ASKED, by="admin", then={"asked": False}),
            "show": H(
                WRITERS,
                args=lambda w: {"panel": "point", "person_id": w.mine.contact, "person": "Matrix"},
                then={"panel": "point", "person_id": lambda v, w: v == w.mine.contact},
            ),
            "hide": H(EVERY_STAFF, before=SHOWN, by="agent", then={"panel": ""}),
            "more_emails": H(WRITERS, then={"emails": 2}),
            "create": H(WRITERS, "rows", args(data={"name": "Matrix"}), foreign=True),
            "add_point": H(
                WRITERS,
                "rows",
                args(data={"channel": "email", "address": "matrix@elsewhere.example"}),
                before=SHOWN,
                foreign=True,
            ),
            "find": H(
                WRITERS,
                "data",
                args=args(text="qza0"),
                path="/staff/{slug}/accounts/{other}",
                then={"searched": "qza0"},
            ),
            "link": H(
                WRITERS,
                "rows",
                lambda w: {"contact_id": w.mine.contact},
                path="/staff/{slug}/accounts/{other}",
                foreign=True,
            ),
            "unlink": H(WRITERS, "rows", lambda w: {"contact_id": w.mine.contact}, foreign=True),
            **_alerts("people_state"),
        },
    ),
    "account_edit_state": PageRows(
        f"{ACCOUNT}/edit",
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh_people": H(EVERY_STAFF, "data", foreign=True),
            **_alerts("account_edit_state"),
            "check_tax_id": H(WRITERS, args=args(text=NIT), then={"tax_shown": NIT_SHOWN}),
            "choose_country": H(WRITERS, args=args(code="MX"), then={"country": "MX"}),
            "choose_kind": H(WRITERS, args=args(kind="cc"), then={"tax_kind": "cc"}),
            "save": H(
                WRITERS, "rows", args(data={"name": "Matrix", "kind": "customer"}), foreign=True
            ),
        },
    ),
    "receivables_state": PageRows(
        "/staff/{slug}/receivables",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "find": H(EVERY_STAFF, args=args(text="qza0account"), goes="q=qza0account"),
            "apply": H(
                EVERY_STAFF,
                args=args(data={"contact-problems": "yes"}),
                goes="contact=problems",
            ),
            "drop": H(
                EVERY_STAFF,
                args=args(group="contact", value="problems"),
                path="/staff/{slug}/receivables?contact=problems&owing=1",
                goes="/receivables?owing=1",
            ),
            "order": H(EVERY_STAFF, args=args(values=["name"]), goes="sort=name"),
            "clear": H(EVERY_STAFF, goes="/receivables"),
            "ask_view": H(EVERY_STAFF, args=args(panel="save"), then={"view_panel": "save"}),
            "leave_view": H(EVERY_STAFF, before=NAMING, then={"view_panel": ""}),
            "keep_view": H(
                EVERY_STAFF,
                "rows",
                args(data={"name": "Matrix"}),
                before=NAMING,
                path="/staff/{slug}/receivables?owing=1",
            ),
            # A view is one member's own: the address is the agent's.
            "delete_view": H(
                frozenset({"agent"}),
                "rows",
                before=(("receivables_state.load", args()),),
                path="/staff/{slug}/receivables?contact=problems",
            ),
        },
    ),
    "contacts_state": PageRows(
        "/staff/{slug}/contacts",
        {
            "load": H(EVERY_STAFF, "data"),
            "refresh": H(EVERY_STAFF, "data"),
            "find": H(EVERY_STAFF, args=args(text="luz"), goes="q=luz"),
            "clear": H(EVERY_STAFF, goes="/contacts"),
        },
    ),
    "contact_state": PageRows(
        CONTACT,
        {
            "load": H(EVERY_STAFF, "data", foreign=True),
            "refresh": H(EVERY_STAFF, "data", foreign=True),
            "save": H(WRITERS, "rows", args(data={"name": "Matrix"}), foreign=True),
            "show_adding": H(WRITERS, then={"adding": True}),
            "hide_adding": H(
                EVERY_STAFF,
                before=(("contact_state.show_adding", lambda _: {}),),
                by="agent",
                then={"adding": False},
            ),
            "add_point": H(
                WRITERS,
                "rows",
                args(data={"channel": "email", "address": "matrix@elsewhere.example"}),
                foreign=True,
            ),
            "remove_point": H(WRITERS, "rows", lambda w: {"point_id": w.mine.point}, foreign=True),
            **_alerts("contact_state"),
        },
    ),
    "settings_state": PageRows(
        "/staff/{slug}/settings",
        {
            "load": H(EVERY_STAFF, "data"),
            "choose_language": H(EVERY_STAFF, "rows", args(language="en")),
            "rename": H(EVERY_STAFF, "rows", args(data={"name": "Matrix"})),
            "change_password": H(
                EVERY_STAFF,
                "rows",
                args(data={"current": PASSWORD, "password": "grapa roja 9315"}),
                then={"password_seq": 1},
            ),
            "refresh": H(EVERY_STAFF, then={"moved": False}),
            "type": H(
                ADMINS,
                args=args(name="name", text="Matrix"),
                then={"draft": lambda v, _: v["name"] == "Matrix"},
            ),
            "choose_country": H(
                ADMINS,
                args=args(code="MX"),
                then={"values": lambda v, _: v["country"] == "MX"},
            ),
            "choose_tax_kind": H(ADMINS, args=args(kind="cc"), then={"tax_kind": "cc"}),
            "check_tax_id": H(ADMINS, args=args(text=NIT), then={"tax_shown": NIT_SHOWN}),
            "turn": H(ADMINS, args=args(name="is_test", on=False), then={"is_test": False}),
            "save_keys": H(ADMINS, "rows", args(form={"technical_key": "matrix"})),
            "forget_key": H(
                ADMINS,
                "rows",
                args(name="technical_key"),
                before=(
                    ("settings_state.save_keys", lambda _: {"form": {"technical_key": "matrix"}}),
                ),
            ),
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
            "change_role": H(
                ADMINS,
                "rows",
                lambda w: {
                    "data": {
                        "user_id": str(w.alfa.viewer.user_id),
                        "seen": "viewer",
                        "role": "agent",
                    }
                },
                path="/staff/{slug}/settings?tab=team",
                foreign=True,
                told="role_changed",
            ),
            "remove_member": H(
                ADMINS,
                "rows",
                lambda w: {"user_id": w.alfa.viewer.user_id, "seen": "viewer"},
                path="/staff/{slug}/settings?tab=team",
                foreign=True,
                told="member_removed",
            ),
            "try_series": H(
                ADMINS,
                args=args(kind="invoice", name="prefix", text="MX-"),
                path="/staff/{slug}/settings?tab=series",
                then={"series": lambda v, _: any(str(x["typed"]).startswith("MX-") for x in v)},
            ),
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
