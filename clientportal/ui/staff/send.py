"""Staff: the drawer that sends a document by e-mail; any page with documents can open it."""

from typing import Any

import reflex as rx

from clientportal.domain import sending as rules
from clientportal.domain.documents import Kind
from clientportal.rendering.texts import LANGUAGES
from clientportal.ui import kit
from clientportal.ui.i18n import error_text, t, t_enum
from clientportal.ui.staff.common import StaffFrame
from clientportal.ui.staff.send_state import StaffSend

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = StaffSend
FORM = "send-form"


def send_drawer() -> rx.Component:
    """Put it once on a page; `StaffSend.start(document_id)` opens it."""
    act = kit.submit(
        rx.cond(State.issues, t("staff.send.issue_and_send"), t("staff.send.send")),
        form=FORM,
        icon="send",
        disabled=State.chosen == 0,
        test_id="send-confirm",
    )
    return kit.drawer(
        rx.cond(State.issues, t("staff.send.issue_and_send"), t("staff.send.title")),
        rx.cond(State.is_open, _form()),
        open=State.is_open,
        on_close=State.shut,
        footer=[kit.close_button(), act],
        test_id="send-drawer",
    )


def _form() -> rx.Component:
    what = rx.el.p(
        rx.el.b(
            t_enum("kind", State.kind, Kind),
            " ",
            rx.cond(State.number != "", State.number, t("staff.document.as_draft")),
        ),
        " · ",
        State.account,
        class_name="text-ink-2",
    )
    return kit.form(
        what,
        _notes(),
        rx.cond(State.errors["form"], kit.error_part(State.errors["form"], State.error_params)),
        rx.cond(State.to.length() > 0, rx.fragment(_recipients(), _words(), _files()), _nobody()),
        on_submit=State.send,
        id=FORM,
        key=State.form_key,
        class_name="grid gap-4",
    )


def _notes() -> rx.Component:
    """What the reader will be told: that it gets a number, or that it is paid already."""
    return rx.fragment(
        rx.cond(State.issues, kit.note(t("staff.send.will_issue"), icon="doc")),
        rx.cond(
            State.wording == "paid",
            kit.note(t("staff.send.is_paid"), tone="good", test_id="send-paid"),
        ),
        rx.cond(
            (State.sent > 0) & (State.wording != "paid"),
            kit.note(t("staff.send.sent_before", n=State.sent), icon="send"),
        ),
    )


def _nobody() -> rx.Component:
    return kit.empty(
        "first",
        t("staff.send.nobody"),
        t("staff.send.nobody_text", account=State.account),
        kit.link_button(
            t("staff.send.add_address"),
            href=f"{StaffFrame.base}/accounts/{State.owner_id}?tab=contacts",
            kind="main",
            test_id="send-add-address",
        ),
    )


def _recipients() -> rx.Component:
    wrong = rx.el.p(
        error_text(State.errors["recipients"], State.error_params),
        class_name="text-sm text-bad mt-1",
        role="alert",
    )
    return rx.el.fieldset(
        rx.el.legend(t("staff.send.to"), class_name="lb mb-2"),
        rx.el.ul(
            rx.foreach(State.to, _recipient),
            class_name="divide-y divide-line border border-line rounded-md",
        ),
        rx.el.p(
            t("staff.send.to_help"),
            " ",
            kit.text_link(
                t("staff.send.add_address"),
                href=f"{StaffFrame.base}/accounts/{State.owner_id}?tab=contacts",
            ),
            class_name="text-sm text-ink-2 mt-1",
        ),
        rx.cond(State.errors["recipients"], wrong),
    )


def _recipient(row: Any) -> rx.Component:
    name = rx.el.span(
        rx.el.span(row.name, class_name="font-medium"),
        kit.email_address(row.address, class_name="block text-sm text-ink-2"),
        rx.cond(
            row.unreached,
            rx.el.span(
                kit.state(t("staff.send.unreached"), "warn", "mail-x"), class_name="block text-sm"
            ),
        ),
        rx.cond(
            ~row.notify,
            rx.el.span(t("staff.send.no_notices"), class_name="block text-sm text-ink-3"),
        ),
        class_name="min-w-0",
    )
    return rx.el.li(
        kit.checkbox(
            name,
            checked=row.chosen,
            on_change=lambda on: State.choose(row.point_id, on),
            test_id="send-to",
        ),
        class_name="px-3 py-2",
        key=row.point_id.to_string(),
    )


def _words() -> rx.Component:
    """Subject and message in each language that is spoken among those chosen."""
    return rx.fragment(
        *[
            rx.el.div(_words_in(lang), class_name=rx.cond(State.spoken[lang], "", "hidden"))
            for lang in LANGUAGES
        ],
        rx.el.p(
            t("staff.send.variables", names=" ".join(f"{{{{{n}}}}}" for n in rules.VARIABLES)),
            class_name="text-sm text-ink-3",
        ),
    )


def _words_in(lang: str) -> rx.Component:
    subject, message = f"subject_{lang}", f"message_{lang}"
    both = State.spoken["es"] & State.spoken["en"]
    fields = rx.el.div(
        rx.cond(
            both, rx.el.h3(t(f"staff.send.in_{lang}"), class_name="text-sm font-medium text-ink-2")
        ),
        kit.text_field(
            subject,
            t("staff.send.subject"),
            default_value=State.subjects[lang],
            max_length=rules.SUBJECT_LIMIT,
            lang=lang,
            custom_attrs={"translate": "no"},
            error=State.errors[subject],
            error_params=State.error_params,
            test_id=f"send-subject-{lang}",
        ),
        kit.textarea_field(
            message,
            t("staff.send.message"),
            default_value=State.messages[lang],
            rows=4,
            max_length=rules.MESSAGE_LIMIT,
            lang=lang,
            custom_attrs={"translate": "no"},
            error=State.errors[message],
            error_params=State.error_params,
            test_id=f"send-message-{lang}",
        ),
        class_name="grid gap-3",
    )
    return rx.fragment(fields)


def _files() -> rx.Component:
    """What goes along; the link is always there."""
    return rx.el.fieldset(
        rx.el.legend(t("staff.send.files"), class_name="lb mb-2"),
        rx.el.div(
            kit.checkbox("PDF", name="with_pdf", value="yes", default_checked=True),
            rx.cond(
                State.has_xml,
                kit.checkbox("XML", name="with_xml", value="yes", default_checked=True),
            ),
            class_name="flex gap-4",
        ),
        rx.el.p(
            t("staff.send.files_help", days=rules.LINK_LIFE.days),
            class_name="text-sm text-ink-2 mt-1",
        ),
    )
