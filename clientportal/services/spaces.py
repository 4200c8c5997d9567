"""Customer spaces: accounts that are the same real customer, as a portal user sees them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from clientportal import live
from clientportal.domain.actors import Actor, Customer
from clientportal.domain.errors import Conflict, Invalid, NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import audit
from clientportal.services.guards import require_customer
from clientportal.storage import spaces as storage
from clientportal.storage.models import Account, Space, SpaceAccount
from clientportal.storage.spaces import Inside

KEY_LENGTH = 8
KEY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""A key stands in the URL. It selects and never grants, so it need not be a secret."""


def is_key(text: str) -> bool:
    """Whether a text has the form of a space's key; says nothing about whose it is."""
    return len(text) == KEY_LENGTH and all(char in KEY_ALPHABET for char in text)


@dataclass(frozen=True, slots=True)
class SpaceCompany:
    """An issuer inside a space, with its colours for the portal."""

    id: int
    slug: str
    name: str
    accent_tokens: dict[str, object]
    logo_sha256: str | None


@dataclass(frozen=True, slots=True)
class SpaceAccountView:
    """An account inside a space."""

    id: int
    code: str
    name: str
    company_id: int
    company_name: str


@dataclass(frozen=True, slots=True)
class SpaceView:
    """One entry of the account chooser. `title` is the customer's name at its oldest account."""

    id: int
    key: str
    title: str
    companies: tuple[SpaceCompany, ...]
    accounts: tuple[SpaceAccountView, ...]


def spaces_of(session: Session, user_id: int, now: datetime | None = None) -> list[SpaceView]:
    """The user's spaces by title. With `now`, accounts are first placed (see `refresh`).

    Without it nothing is written, so that a read stays a read (DESIGN rule 11).
    """
    if now is not None:
        refresh(session, user_id, now=now)
    inside: dict[int, list[Inside]] = {}
    for row in storage.inside(session, user_id):
        inside.setdefault(row.space_id, []).append(row)
    views = [_view(rows) for rows in inside.values()]
    return sorted(views, key=lambda view: (view.title.casefold(), view.id))


def space_by_key(session: Session, user_id: int, key: str) -> SpaceView:
    """The space of a URL segment. Raises NotFound when it is not the user's or is empty."""
    for view in spaces_of(session, user_id):
        if view.key == key:
            return view
    raise NotFound()


def refresh(session: Session, user_id: int, *, now: datetime) -> None:
    """Place every account that the user may enter, in the caller's writing unit of work.

    Accounts with the same country and normalised identification share a space, others have one of
    their own; what the user joined or split stays. Keys of existing spaces do not change. Called
    after access was accepted and after an account's identification changed.
    """
    storage.lock_user(session, user_id)
    accounts = [account for account, _ in storage.reachable(session, user_id)]
    placed = {row.account_id: row for row in storage.placements(session, user_id)}
    homes = _Homes(session, user_id, now, accounts, placed)
    for account in accounts:
        row = placed.get(account.id or 0)
        if row is not None and row.pinned:
            continue
        space_id = homes.of(account)
        if row is None:
            row = SpaceAccount(user_id=user_id, space_id=space_id, account_id=account.id or 0)
        row.space_id = space_id
        session.add(row)
    session.flush()
    storage.delete_empty(session, user_id)


def refresh_account(session: Session, account_id: int, *, now: datetime) -> None:
    """Place an account anew for everybody who may enter it, and tell their open pages."""
    for user_id in storage.users_of_account(session, account_id):
        refresh(session, user_id, now=now)
        live.changed(session, f"user:{user_id}", user_id)


def join(session: Session, actor: Actor, *, keys: Sequence[str], now: datetime) -> str:
    """Make one space of several; the key of it, which is the first one's.

    Raises NotFound for a key that is not the user's, Invalid("spaces_needed") for less than two.
    """
    customer = require_customer(actor, Permission.SPACES_EDIT)
    wanted = list(dict.fromkeys(keys))
    if len(wanted) < 2:
        raise Invalid(code="spaces_needed", field="spaces")
    storage.lock_user(session, customer.user_id)
    views = [space_by_key(session, customer.user_id, key) for key in wanted]
    accounts = [account.id for view in views for account in view.accounts]
    _move(session, customer, accounts, views[0].id)
    _write_down(session, customer, "space.joined", accounts, now)
    return views[0].key


def split(
    session: Session, actor: Actor, *, key: str, account_ids: Sequence[int], now: datetime
) -> str:
    """Give some accounts of a space a space of their own; its key.

    Raises NotFound for a foreign space or account, Conflict("space_left_empty") for all of them.
    """
    customer = require_customer(actor, Permission.SPACES_EDIT)
    storage.lock_user(session, customer.user_id)
    view = space_by_key(session, customer.user_id, key)
    inside = [account.id for account in view.accounts]
    wanted = list(dict.fromkeys(account_ids))
    if not wanted or not set(wanted) <= set(inside):
        raise NotFound()
    if len(wanted) == len(inside):
        raise Conflict(code="space_left_empty")
    fresh = _new(session, customer.user_id, now)
    assert fresh.id is not None
    _move(session, customer, wanted, fresh.id)
    _write_down(session, customer, "space.split", wanted, now)
    return fresh.key


class _Homes:
    """Chooses the space of each account that nobody pinned."""

    def __init__(
        self,
        session: Session,
        user_id: int,
        now: datetime,
        accounts: Sequence[Account],
        placed: dict[int, SpaceAccount],
    ) -> None:
        self._session, self._user_id, self._now = session, user_id, now
        self._chosen: dict[object, int] = {}
        self._taken: set[int] = set()
        self._pinned: dict[object, int] = {}
        self._unpinned: dict[object, list[int]] = {}
        for account in accounts:
            row = placed.get(account.id or 0)
            if row is None:
                continue
            if row.pinned:
                self._pinned.setdefault(_customer_key(account), row.space_id)
                self._taken.add(row.space_id)
            else:
                self._unpinned.setdefault(_customer_key(account), []).append(row.space_id)

    def of(self, account: Account) -> int:
        """The space in which this account and those of the same customer stand."""
        key = _customer_key(account)
        if key not in self._chosen:
            self._chosen[key] = self._choose(key)
            self._taken.add(self._chosen[key])
        return self._chosen[key]

    def _choose(self, key: object) -> int:
        # A space that already holds this customer and nobody else; else the one into which the user
        # joined this customer; else a new one.
        free = [space for space in self._unpinned.get(key, ()) if space not in self._taken]
        if free:
            return free[0]
        if key in self._pinned:
            return self._pinned[key]
        space = _new(self._session, self._user_id, self._now)
        assert space.id is not None
        return space.id


def _customer_key(account: Account) -> object:
    """What accounts of the same real customer have in common; the account itself without one."""
    if account.country and account.tax_id_norm:
        return (account.country, account.tax_id_norm)
    return account.id


def _new(session: Session, user_id: int, now: datetime) -> Space:
    key = "".join(secrets.choice(KEY_ALPHABET) for _ in range(KEY_LENGTH))
    return storage.add(session, Space(user_id=user_id, key=key, created_at=now))


def _move(session: Session, customer: Customer, account_ids: Sequence[int], space_id: int) -> None:
    wanted = set(account_ids)
    for row in storage.placements(session, customer.user_id):
        if row.account_id in wanted:
            row.space_id, row.pinned = space_id, True
            session.add(row)
    session.flush()
    storage.delete_empty(session, customer.user_id)


def _write_down(
    session: Session, customer: Customer, action: str, account_ids: Sequence[int], now: datetime
) -> None:
    audit.record(
        session,
        customer,
        action,
        now=now,
        subject=("user", customer.user_id),
        accounts=list(account_ids),
    )
    live.changed(session, f"user:{customer.user_id}", customer.user_id)


def _view(rows: Sequence[Inside]) -> SpaceView:
    companies = {
        row.company_id: SpaceCompany(
            id=row.company_id,
            slug=row.company_slug,
            name=row.company_name,
            accent_tokens=row.accent_tokens,
            logo_sha256=row.logo_sha256,
        )
        for row in rows
    }
    return SpaceView(
        id=rows[0].space_id,
        key=rows[0].key,
        title=rows[0].name,
        companies=tuple(sorted(companies.values(), key=lambda company: company.name.casefold())),
        accounts=tuple(
            SpaceAccountView(row.account_id, row.code, row.name, row.company_id, row.company_name)
            for row in rows
        ),
    )
