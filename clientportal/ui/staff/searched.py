"""What the state of every searched list of people and accounts holds besides its rows."""

import reflex as rx


class SearchedList(rx.State, mixin=True):
    """How many there are, the pages around this one, and the text that is searched for."""

    loaded: bool = False
    total: int = 0
    capped: bool = False
    others: int = 0
    next_href: str = ""
    previous_href: str = ""
    q: str = ""
    q_seq: int = 0
    export_query: str = ""

    # What the search field of this tab holds; the field is drawn anew when the URL says otherwise.
    _typed: str = ""

    def _show_search(self, text: str) -> None:
        if text not in (self.q, self._typed):
            self.q_seq += 1
        self.q = text
