"""Create or edit an account: identification checked while one writes, everything else on saving."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import reflex as rx

from clientportal.domain.errors import Conflict, Invalid, PortalError
from clientportal.domain.permissions import Permission
from clientportal.domain.receivables import ReceivableFilters
from clientportal.services import account_views, accounts, company_fields, tax_ids
from clientportal.services.accounts import AccountFields
from clientportal.ui import kit, places
from clientportal.ui.address import is_read
from clientportal.ui.base import notice
from clientportal.ui.gate import staff
from clientportal.ui.i18n import t
from clientportal.ui.live_pages import watch
from clientportal.ui.pages import Page
from clientportal.ui.session import change, read, route_args, route_id, write
from clientportal.ui.staff import account_words
from clientportal.ui.staff.account_edit_people import EditedPeople, people_section
from clientportal.ui.staff.alert_state import AlertRemoval
from clientportal.ui.staff.common import (
    ROOT,
    enter,
    first,
    needs,
    query_of,
    role_note,
    staff_page,
    text_of,
)
from clientportal.ui.staff.palette import href_of
from clientportal.ui.values import url

TEXTS = ("name", "code", "street", "city", "region", "postal_code")


class AccountEditState(EditedPeople, AlertRemoval, rx.State):
    """The form's first values, what was refused, and the identification as it will be written;
    below it the account's people."""

    loaded: bool = False
    form_seq: int = 0
    is_new: bool = True
    title: str = ""
    back: str = ""
    values: dict[str, str] = {}
    country: str = ""
    kinds: list[str] = []
    tax_kind: str = ""
    tax_shown: str = ""
    field: str = ""
    code: str = ""
    params: dict[str, str] = {}
    conflict: str = ""

    _version: int = 0
    _created: int = 0

    @rx.event
    @staff(Permission.ACCOUNTS_READ)
    async def load(self) -> None:
        """An empty form, or the account of the path."""
        place = await enter(self)
        self._clear_errors()
        self.alert_open = False
        self.is_new, self._created = "account_id" not in route_args(self), 0
        if self.is_new:
            fields = AccountFields(name="", country=place.company.country)
            self.title, self.back = "", f"{place.base}/accounts"
        else:
            account_id = route_id(self, "account_id")
            found = await read(
                account_views.read, place.actor, account_id=account_id, today=place.today
            )
            fields, self._version = found.fields, found.version
            await self._fill_people(place, account_id)
            topics = {f"account:{account_id}", *place.topics}
            watch(self, topics, AccountEditState.refresh_people)
            account = href_of(place.base, "account", account_id)
            self.title, self.back = fields.name, back_of(query_of(self), place.base) or account
        self.values = {name: str(getattr(fields, name)) for name in TEXTS}
        self.values |= {
            "kind": fields.kind,
            "tax_id": fields.tax_id,
            "tags": ", ".join(fields.tags),
        }
        self._set_country(fields.country, fields.tax_id_kind)
        self.form_seq += 1
        self.loaded = True

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def choose_country(self, code: str) -> None:
        """Another country has other kinds of identification."""
        self._set_country(code if code in company_fields.countries() else "", "")

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def choose_kind(self, kind: str) -> None:
        """The kind decides how the identification is checked."""
        self.tax_kind = kind if kind in self.kinds else ""
        self.tax_shown = ""

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def check_tax_id(self, text: str) -> None:
        """On leaving the field: the mistake with the digit expected, or the number as written."""
        self.tax_shown = ""
        if self.field == "tax_id":
            self._clear_errors()
        try:
            given = text[:60] if isinstance(text, str) else ""
            found = tax_ids.check(self.country, self.tax_kind, given)
        except Invalid as error:
            self._show(error)
        else:
            self.tax_shown = found.text

    @rx.event
    @staff(Permission.ACCOUNTS_EDIT)
    async def save(self, data: dict[str, Any]) -> list[Any] | None:
        """Store the form; a refused field keeps what was typed and says what is wrong."""
        place = await enter(self)
        self._clear_errors()
        fields = fields_of(data)
        try:
            if "account_id" in route_args(self):
                account_id = route_id(self, "account_id")
                await write(
                    accounts.edit,
                    place.actor,
                    account_id=account_id,
                    fields=fields,
                    now=place.now,
                    version=self._version,
                )
            else:  # pressed twice, the second press finds the account there
                account_id = self._created = self._created or await write(
                    accounts.create, place.actor, fields=fields, now=place.now
                )
        except PortalError as error:
            self._show(error)
            return None
        return [
            notice("account_saved", name=fields.name),
            rx.redirect(
                back_of(query_of(self), place.base) or href_of(place.base, "account", account_id)
            ),
        ]

    def _set_country(self, country: str, kind: str) -> None:
        self.country = country
        self.kinds = list(tax_ids.kinds_of(country))
        self.tax_kind = kind or self.kinds[0]
        self.tax_shown = ""

    def _clear_errors(self) -> None:
        change(self, field="", code="", conflict="", params=dict[str, str]())

    def _show(self, error: PortalError) -> None:
        """Beside its field; a conflict and the account that holds a code stand above the form."""
        if isinstance(error, Conflict) and not error.field:
            self.conflict = error.error_code
            return
        if not error.field:
            raise error
        self.field, self.code = error.field, error.error_code
        self.params = {name: str(value) for name, value in error.params.items()}


def back_of(query: Mapping[str, Sequence[str]], base: str) -> str:
    """The list from which the editor was opened, as its address says; "" for the account's page."""
    page, _, filters = first(query, "from", 2_000).partition("?")
    if page != "receivables":
        return ""
    return url(f"{base}/receivables", ReceivableFilters.parse(parse_qs(filters)).to_query())


def fields_of(data: dict[str, Any]) -> AccountFields:
    """The submitted form as the service takes it."""
    texts = {name: text_of(data, name) for name in TEXTS}
    return AccountFields(
        **texts,
        kind=text_of(data, "kind", 20),
        country=text_of(data, "country", 20),
        tax_id_kind=text_of(data, "tax_id_kind", 20),
        tax_id=text_of(data, "tax_id", 60),
        tags=tuple(tag.strip() for tag in text_of(data, "tags", 2_000).split(",") if tag.strip()),
    )


# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = AccountEditState


def _text(name: str, label: str, **props: Any) -> rx.Component:
    return kit.text_field(
        name,
        t(label),
        default_value=State.values[name],
        error=rx.cond(State.field == name, State.code, ""),
        error_params=State.params,
        **({"max_length": 200} | props),
    )


def _identification() -> rx.Component:
    shown = rx.cond(
        State.tax_shown != "",
        t("staff.edit.tax_shown", text=State.tax_shown),
        t("staff.edit.tax_help"),
    )
    kinds = [(kind, account_words.kind_word(kind)) for kind in account_words.KINDS]
    return kit.card(
        rx.el.div(
            _text("name", "staff.edit.name", auto_focus=True, required=True, test_id="edit-name"),
            kit.select_field(
                "kind", t("staff.accounts.kind"), kinds,
                default_value=State.values["kind"],
            ),
            kit.select_field(
                "country",
                t("staff.accounts.country"),
                places.country_options(State.country),
                default_value=State.country,
                on_change=State.choose_country,
                error=rx.cond(State.field == "country", State.code, ""),
                error_params=State.params,
                test_id="edit-country",
            ),
            rx.el.div(
                kit.select_field(
                    "tax_id_kind",
                    t("staff.edit.tax_kind"),
                    account_words.tax_kind_options(State.kinds),
                    value=State.tax_kind,
                    on_change=State.choose_kind,
                    test_id="edit-tax-kind",
                ),
                _text("tax_id", "staff.edit.tax_id", optional=True, help=shown, max_length=60,
                      on_blur=State.check_tax_id, test_id="edit-tax-id"),
                class_name="grid gap-4 min-[560px]:grid-cols-[200px_1fr]",
            ),
            _text("code", "staff.account.code", optional=True, help=t("staff.edit.code_help"),
                  max_length=60),
            class_name="grid gap-4",
        ),
        title=t("staff.edit.who"),
    )  # fmt: skip


def _address() -> rx.Component:
    return kit.card(
        rx.el.div(
            _text("street", "staff.edit.street", optional=True),
            rx.el.div(
                _text("city", "staff.edit.city", optional=True, max_length=100),
                _text("region", "staff.edit.region", optional=True, max_length=100),
                _text("postal_code", "staff.edit.postal_code", optional=True, max_length=20),
                class_name="grid gap-4 min-[560px]:grid-cols-3",
            ),
            _text("tags", "staff.account.tags", optional=True, help=t("staff.edit.tags_help"),
                  max_length=1_000),
            class_name="grid gap-4",
        ),
        title=t("staff.edit.where"),
    )  # fmt: skip


def _form() -> rx.Component:
    conflict = kit.note(
        t("staff.edit.conflict"),
        " ",
        kit.text_button(t("staff.edit.reload"), on_click=State.load),
        tone="warn",
        role="alert",
        test_id="conflict",
    )
    return kit.form(
        rx.cond(State.conflict != "", conflict, rx.fragment()),
        _identification(),
        _address(),
        rx.el.div(
            kit.submit(
                rx.cond(State.is_new, t("staff.edit.create"), t("staff.edit.save")),
                test_id="edit-save",
            ),
            kit.link_button(t("common.cancel"), href=State.back),
            class_name="flex gap-2",
        ),
        on_submit=State.save,
        key=State.form_seq,
        class_name="grid gap-4 max-w-[720px]",
    )


def view() -> rx.Component:
    """The form, or why this role has none."""
    title = rx.cond(
        State.is_new,
        t("staff.accounts.new"),
        t("staff.edit.title", name=State.title),
    )
    return staff_page(
        "accounts",
        title,
        role_note(Permission.ACCOUNTS_EDIT),
        needs(Permission.ACCOUNTS_EDIT, _form()),
        rx.cond(State.is_new, rx.fragment(), people_section(State)),
        tab_title=title,
        loaded=State.loaded & is_read(),
        placeholder=kit.skeleton_block(),
    )


PAGES = (
    Page(
        route=f"{ROOT}/accounts/new",
        view=view,
        title_key="staff.accounts.new",
        face="staff",
        on_load=(State.load,),
    ),
    Page(
        route=f"{ROOT}/accounts/[account_id]/edit",
        view=view,
        title_key="staff.account.edit",
        face="staff",
        on_load=(State.load,),
    ),
)
