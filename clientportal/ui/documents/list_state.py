"""What the state of every list of documents holds: filters, order, paging, as the address says."""

from urllib.parse import parse_qs

import reflex as rx

from clientportal.domain.document_filters import DocumentFilters, Sort
from clientportal.services.document_lists import DocumentPage, FilterChoices
from clientportal.ui.documents.rows import Sum, list_url, sort_links, sum_of
from clientportal.ui.kit.fields import Option
from clientportal.ui.session import change
from clientportal.ui.values import iso

DAYS = ("issued_from", "issued_to", "due_from", "due_to")


class DocumentListState(rx.State, mixin=True):
    """Filters, sums and links of the page that the address asks for; the rows are the face's."""

    loaded: bool = False
    count: int = 0
    capped: bool = False
    sums: list[Sum] = []
    next_href: str = ""
    previous_href: str = ""

    currencies: list[Option] = []
    currency: list[str] = []
    kind: list[str] = []
    states: list[str] = []
    days: dict[str, str] = {}
    q: str = ""
    search_key: int = 0
    filtered: bool = False
    sort_field: str = "issued_on"
    sort_down: bool = True
    sort_href: dict[str, str] = {}
    export_query: str = ""

    # What the search field of this tab holds; the field is drawn anew when the URL says otherwise.
    _typed: str = ""

    def _show_filters(self, filters: DocumentFilters, sort: Sort, choices: FilterChoices) -> None:
        change(
            self,
            currencies=[Option(value=code, label=code) for code in choices.currencies],
            currency=list(filters.currencies),
            kind=[kind.value for kind in filters.kinds],
            states=[filters.state.value] if filters.state else [],
            days={name: iso(getattr(filters, name)) for name in DAYS},
            q=filters.text,
            filtered=not filters.is_empty,
            sort_field=sort.field.value,
            sort_down=sort.descending,
        )
        if filters.text != self._typed:
            self._typed, self.search_key = filters.text, self.search_key + 1

    def _show_page(
        self, path: str, filters: DocumentFilters, sort: Sort, page: DocumentPage
    ) -> None:
        at = {"next": page.next_cursor, "back": page.previous_cursor}
        links = {
            name: list_url(path, filters, sort, {"at": [cursor]}) if cursor else ""
            for name, cursor in at.items()
        }
        change(
            self,
            count=page.count,
            capped=page.capped,
            sums=[sum_of(row, filters) for row in page.sums],
            sort_href=sort_links(path, filters, sort),
            export_query=list_url("", filters, sort),
            next_href=links["next"],
            previous_href=links["back"],
        )

    def _query(self) -> dict[str, list[str]]:
        """The query of the tab's address: hostile text, parse it."""
        return parse_qs(self.router.url.query)

    def _searched(self, text: object) -> str:
        """The list's address while somebody types into its search field."""
        wanted = [text[:200]] if isinstance(text, str) else []
        self._typed = DocumentFilters.parse({"q": wanted}).text
        return self._address({"q": wanted})

    def _on_days(self, days: object) -> str:
        """The list's address with the days of a range's fields; "" when they are no fields."""
        if not isinstance(days, dict):
            return ""
        texts = {name: days[name] for name in DAYS if isinstance(days.get(name), str)}
        return self._address({name: [text] for name, text in texts.items()})

    def _address(self, changes: dict[str, list[str]]) -> str:
        """The list's address with some filters changed and everything else kept."""
        query = self._query() | changes
        filters, sort = DocumentFilters.parse(query), Sort.parse((query.get("sort") or [""])[0])
        return list_url(self.router.url.path.rstrip("/"), filters, sort)


def values_of(values: object) -> list[str] | None:
    """The chosen values of one filter as a browser sent them; None when they are no list."""
    if not isinstance(values, list):
        return None
    return [value for value in values if isinstance(value, str)][:50]
