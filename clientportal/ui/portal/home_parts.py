"""Parts of the portal's home: the last receipts and who answers."""

from typing import Any

import reflex as rx

from clientportal.domain.documents import Kind
from clientportal.ui import kit
from clientportal.ui.i18n import day, money, t, t_enum
from clientportal.ui.portal.common import Portal, method_text
from clientportal.ui.portal.home_state import PortalHome

State: Any = PortalHome

ONE = "grid grid-cols-[minmax(0,1fr)]"
ITEM = "relative flex items-center gap-3 px-4 py-3 border-b border-line last:border-b-0"


def receipts() -> rx.Component:
    listed = rx.el.ul(rx.foreach(State.receipts, _receipt_item), class_name="card")
    none = rx.el.p(t("portal.home.no_receipts"), class_name="card pad text-md text-ink-2")
    every = kit.text_link(
        t("portal.home.all_receipts"),
        href=f"{Portal.base}/documents?kind=cash_receipt",
        class_name="text-md",
    )
    return kit.section(
        t("portal.home.receipts"), rx.cond(State.receipts.length() > 0, listed, none), action=every
    )


def _receipt_item(receipt: Any) -> rx.Component:
    paid = rx.cond(
        receipt.first != "",
        rx.cond(
            receipt.more > 0,
            t("portal.home.paid_more", first=receipt.first, n=receipt.more),
            receipt.first,
        ),
        t("portal.home.paid_credit"),
    )
    return rx.el.li(
        rx.el.div(
            rx.el.div(paid, class_name="font-medium"),
            rx.el.div(
                day(receipt.issued_on),
                rx.cond(receipt.method != "", rx.fragment(" · ", method_text(receipt.method))),
                class_name="text-md text-ink-2",
            ),
            class_name="grow",
        ),
        rx.el.div(
            money(receipt.total_minor, receipt.currency, class_name="font-medium"),
            rx.el.div(
                kit.text_link(
                    t_enum("kind", receipt.kind, Kind),
                    " ",
                    receipt.number,
                    href=receipt.href,
                    class_name="text-md",
                )
            ),
            class_name="text-right",
        ),
        class_name=ITEM,
        key=receipt.id.to_string(),
    )


def contact() -> rx.Component:
    """The company that answers, by name."""

    def one(issuer: Any) -> rx.Component:
        return rx.cond(
            issuer.email != "",
            rx.el.div(
                kit.company_mark(issuer.name, "l"),
                rx.el.div(
                    rx.el.div(issuer.name, class_name="font-medium text-md"),
                    kit.email_address(issuer.email, class_name="text-md text-ink-2"),
                    class_name="grow min-w-0",
                ),
                kit.link_button(
                    t("portal.home.write"),
                    icon="mail",
                    href="mailto:" + issuer.email,
                    external=True,
                    size="s",
                ),
                class_name="flex items-center gap-3",
            ),
        )

    return rx.el.section(
        rx.el.h2(t("portal.home.question"), class_name="h2"),
        rx.foreach(State.issuers, one),
        class_name=f"{ONE} gap-3 px-1",
    )
