"""Portal: where the customer stands with a company over a period, line by line (mission 44)."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.documents import statement_parts
from clientportal.ui.i18n import page_title, t
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import Portal, frame
from clientportal.ui.portal.statement_state import PortalStatement

State: Any = PortalStatement


def view() -> rx.Component:
    return frame(
        "billing",
        page_title("statement.title"),
        kit.page_head(t("statement.title"), *statement_parts.file_links(State)),
        kit.loading(
            ~State.loaded,
            kit.skeleton_rows(),
            rx.el.div(
                rx.cond(State.accounts.length() > 1, _choice(), _of()),
                statement_parts.tools(State),
                statement_parts.body(State, _href),
                class_name="min-w-0",
            ),
        ),
    )


def _of() -> rx.Component:
    """With whom, and under which name."""
    return rx.el.p(
        t("portal.statement.of", company=State.company, name=State.account_name),
        class_name="text-md text-ink-2 mb-3",
    )


def _choice() -> rx.Component:
    return rx.el.div(
        kit.select_field(
            "account",
            t("portal.statement.with"),
            State.accounts,
            value=State.account,
            on_change=State.choose_account,
            test_id="statement-account",
        ),
        class_name="max-w-[420px] mb-3",
    )


def _href(document_id: Any) -> Any:
    return rx.Var.create(f"{Portal.base}/documents/{document_id}")


PAGE = Page(
    route="/portal/[space]/statement",
    view=view,
    title_key="statement.title",
    face="portal",
    on_load=(State.load,),
)
