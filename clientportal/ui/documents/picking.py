"""Rows of a list that are picked to be downloaded together; they stay picked from page to page."""

from collections.abc import Iterable

import reflex as rx

from clientportal.domain.document_filters import MAX_ID
from clientportal.services.exports import MOST_BUNDLED
from clientportal.ui import kit
from clientportal.ui.i18n import t

MOST_PICKED = 2 * MOST_BUNDLED
"""What a tab remembers; a download takes fewer, which the bar says."""


class Picking(rx.State, mixin=True):
    """Ids of documents, as they were picked."""

    picked: list[int] = []

    def _pick(self, ids: Iterable[int], on: bool) -> None:
        """Add ids to what is picked, or take them out; whether they may be seen is asked later."""
        wanted = [key for key in ids if type(key) is int and 0 < key <= MAX_ID]
        kept = [key for key in self.picked if key not in wanted]
        self.picked = [*kept, *wanted][:MOST_PICKED] if on else kept


def bundle_links(ids: rx.Var[list[int]]) -> list[rx.Component]:
    """How many are picked and both ways to have them; beyond the limit, what the limit is."""
    query = rx.Var.create("?ids=") + ids.join(",")

    def way(extension: str, words: rx.Var[str], short: rx.Var[str]) -> rx.Component:
        return kit.link_button(
            rx.el.span(words, class_name="only-l"),
            rx.el.span(short, class_name="only-s"),
            aria_label=words,
            href=rx.Var.create(f"/files/documents.{extension}") + query,
            external=True,
            icon="download",
            size="s",
            test_id=f"bundle-{extension}",
        )

    return [
        rx.cond(
            ids.length() > MOST_BUNDLED,
            rx.el.span(t("lists.bundle_most", most=MOST_BUNDLED), data_testid="bundle-most"),
            rx.fragment(
                way("zip", t("lists.bundle_zip"), t("lists.bundle_zip_short")),
                way("pdf", t("lists.bundle_pdf"), t("lists.bundle_pdf_short")),
            ),
        )
    ]
