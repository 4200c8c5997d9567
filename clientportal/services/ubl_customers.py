"""The account that a UBL file's customer is: by tax id, by its address, else a new one to check."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal.domain.actors import Member, System
from clientportal.domain.errors import Invalid
from clientportal.domain.ubl import UblParty
from clientportal.domain.ubl_figures import UblWarning
from clientportal.rendering import texts
from clientportal.services import accounts, company_fields, tax_ids
from clientportal.services.accounts import AccountFields
from clientportal.storage import accounts as storage
from clientportal.storage.models import Account, AccountKind, Company

_LANGUAGES = ("es", "en")


@dataclass(frozen=True, slots=True)
class Customer:
    """The account, None when nobody is known by what the file says."""

    account: Account | None
    warnings: tuple[UblWarning, ...] = ()


def ids_of(party: UblParty, company: Company) -> frozenset[str]:
    """Every form of a party's tax identifications, to compare."""
    country = party.country or company.country
    return frozenset(
        form for text in party.company_ids for form in tax_ids.comparable(country, text)
    )


def is_company(party: UblParty, company: Company) -> bool:
    """Whether the supplier of a file is the company itself, by its tax id."""
    own = tax_ids.comparable(company.country, company.tax_id)
    return bool(own & ids_of(party, company))


def find(session: Session, staff: Member | System, party: UblParty, company: Company) -> Customer:
    """The account by tax id, else by UBL address, else by the name of one that waits for a check.

    Of several the oldest customer is taken, and told.
    """
    forms = ids_of(party, company)
    found = [
        row
        for row in storage.with_tax_id(session, staff, forms, party.company_ids)
        if _same_country(row, party, forms)
    ]
    if not found and party.endpoint_id:
        found = [
            row
            for row in storage.with_endpoint(session, staff, party.endpoint_id)
            if not (forms and row.tax_id_norm)  # another customer behind the same address
        ]
    if not found and not forms and not party.endpoint_id:
        named = storage.known_by_name_alone(session, staff, _name(party))
        found = [row for row in named if _tags() & set(row.tags)]
    return _chosen(found)


def _same_country(row: Account, party: UblParty, forms: Collection[str]) -> bool:
    """The same digits in two countries are two customers, unless they name their country."""
    known = row.country and party.country and row.tax_id_norm in forms
    return not known or row.country == party.country or row.tax_id_norm[:2].isalpha()


def _chosen(found: Sequence[Account]) -> Customer:
    if not found:
        return Customer(None)
    first = min(found, key=lambda row: row.kind is AccountKind.SUPPLIER)
    if len(found) == 1:
        return Customer(first)
    return Customer(first, (UblWarning("ubl_customer_ambiguous", {"account": first.code}),))


def create(
    session: Session, staff: Member | System, party: UblParty, company: Company, now: datetime
) -> Account:
    """A new account, tagged as to be checked. Raises Invalid as `accounts.create`."""
    country = party.country if party.country in company_fields.countries() else ""
    kind, tax_id = _tax_id(country or company.country, party)
    account_id = accounts.create(
        session,
        staff,
        fields=AccountFields(
            name=_name(party),
            code=_free_code(session, staff, tax_id, party),
            country=country,
            tax_id_kind=kind,
            tax_id=tax_id,
            street=party.street,
            city=party.city,
            region=party.region,
            postal_code=party.postal_code,
            tags=(texts.t("staff.ubl.to_be_checked", company.language),),
        ),
        now=now,
    )
    row = storage.visible(session, staff, account_id)
    assert row is not None
    row.endpoint_id = party.endpoint_id
    session.add(row)
    session.flush()
    return row


def remember_address(session: Session, row: Account, party: UblParty) -> None:
    """Keep the UBL address of a known account that had none: a later file may name nothing else."""
    if party.endpoint_id and not row.endpoint_id:
        row.endpoint_id = party.endpoint_id
        session.add(row)


def _tags() -> set[str]:
    """The tag in every language: the company may have changed its own since."""
    return {texts.t("staff.ubl.to_be_checked", language) for language in _LANGUAGES}


def _name(party: UblParty) -> str:
    return party.name or (party.company_ids or (party.endpoint_id,))[0] or "?"


def _tax_id(country: str, party: UblParty) -> tuple[str, str]:
    """(kind, text) of the first identification, unchecked where its country's rule refuses it."""
    text = (*party.company_ids, "")[0]
    for kind in ("", "other"):
        with suppress(Invalid):
            guessed = tax_ids.check(country, kind, text) if kind else tax_ids.guess(country, text)
            return guessed.kind, guessed.text
    return "", ""


def _free_code(session: Session, staff: Member | System, tax_id: str, party: UblParty) -> str:
    """A code that no account bears; empty lets `accounts.create` count on."""
    wanted = tax_id or party.endpoint_id.rpartition(":")[2]
    if not wanted:
        return ""
    code = wanted[:54]
    number = 1
    while storage.by_codes(session, staff, [code]):
        number += 1
        code = f"{wanted[:54]}-{number}"
    return code
