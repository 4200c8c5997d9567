"""Staff: the statement of an account (balances, movements, ageing) over a period."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.address import is_read
from clientportal.ui.documents import statement_parts
from clientportal.ui.i18n import t
from clientportal.ui.pages import Page
from clientportal.ui.staff.common import ROOT, document_href, staff_page
from clientportal.ui.staff.statement_state import StaffStatement

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = StaffStatement


def view() -> rx.Component:
    return staff_page(
        "accounts",
        t("statement.title"),
        rx.el.p(
            kit.text_link(State.account_name, href=State.account_href, test_id="statement-account"),
            rx.el.span(" ", State.account_code, class_name="text-ink-3"),
            class_name="mb-3",
        ),
        statement_parts.tools(State),
        statement_parts.body(State, document_href),
        tab_title=t("statement.title"),
        loaded=State.loaded & is_read(),
        actions=statement_parts.file_links(State),
    )


PAGE = Page(
    route=f"{ROOT}/accounts/[account_id]/statement",
    view=view,
    title_key="statement.title",
    face="staff",
    on_load=(State.load,),
)
