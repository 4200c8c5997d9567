"""How an account can be reached, as a state with icon and word (looks §6)."""

from typing import Any

import reflex as rx

from clientportal.domain.contactability import Segment
from clientportal.services.receivables import Contactability
from clientportal.ui import kit
from clientportal.ui.i18n import t


def reach_badge(code: Any, alerted: Any, addresses: Any, test_id: str) -> rx.Component:
    """`code` of `kit.contact_state`; how many of its addresses have an alert, or that it has none.

    All are Vars.
    """
    share = t("staff.receivables.share", n=alerted, all=addresses)
    detail = rx.cond(
        code == "fine", "", rx.cond(addresses == 0, t("staff.receivables.no_data"), share)
    )
    return rx.el.span(kit.contact_state(code, detail), data_testid=test_id, data_reach=code)


def reach_code(reach: Contactability) -> str:
    """How an account can be reached, as a code of `kit.contact_state`."""
    match reach.segment:
        case Segment.CONTACTABLE:
            return "fine"
        case Segment.PROBLEMS:
            return "mail_bounces" if reach.mail_alerted else "no_whatsapp"
        case _:
            return "unreachable"
