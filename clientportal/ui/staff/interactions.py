"""Staff: the company's log of interactions – what was sent to whom and what became of it."""

from typing import Any

import reflex as rx

from clientportal.ui.i18n import t
from clientportal.ui.pages import Page
from clientportal.ui.staff import interaction_list
from clientportal.ui.staff.common import ROOT, staff_page
from clientportal.ui.staff.interactions_state import InteractionsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = InteractionsState


def view() -> rx.Component:
    """Filters, then the table or why it is empty."""
    return staff_page(
        "accounts",
        t("staff.interactions.title"),
        interaction_list.panel(of_account=False),
        tab_title=t("staff.interactions.title"),
        loaded=State.loaded,
        actions=[interaction_list.export()],
    )


PAGE = Page(
    route=f"{ROOT}/interactions",
    view=view,
    title_key="staff.interactions.title",
    face="staff",
    on_load=(State.load,),
)
