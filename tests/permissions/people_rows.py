"""The matrix of the services of companies, members, accounts, contacts, access and spaces."""

import tempfile
from pathlib import Path
from typing import Any

from clientportal.domain.account_filters import AccountFilters
from clientportal.domain.actors import Role
from clientportal.domain.documents import Kind
from clientportal.domain.interactions import InteractionFilters
from clientportal.domain.receivables import ReceivableFilters
from clientportal.rendering.spreadsheets import Format
from clientportal.services import (
    access,
    account_views,
    accounts,
    alerts,
    audit,
    companies,
    contact_views,
    contacts,
    files,
    fiscal_keys,
    interactions,
    logos,
    members,
    number_series,
    people_exports,
    profile,
    receivable_exports,
    receivables,
    saved_views,
    sessions,
    spaces,
    suppressions,
    template_exports,
)
from clientportal.services.accounts import AccountFields
from clientportal.services.contacts import ContactFields, NewPoint
from clientportal.services.identity import PasswordCheck
from clientportal.storage.models import User
from tests.support.matrix import (
    ADMINS,
    EVERY_STAFF,
    FOREIGN_STAFF,
    OUTSIDERS,
    PAYER,
    READERS,
    WRITERS,
    Call,
    Row,
)
from tests.support.tenants import picture

OWNER_OF_VIEW = frozenset({"agent"})
NEIGHBOUR = frozenset({"stranger"})  # a customer of the same company may know the company


def _link(c: Call, contact: int, account: int) -> object:
    return contacts.link(
        c.session, c.actor, contact_id=contact, account_id=account, now=c.world.now
    )


def _access(c: Call, account: int, contact: int, email: str, *, on: bool) -> object:
    return access.set_login(
        c.session,
        c.actor,
        account_id=account,
        contact_id=contact,
        email=email,
        on=on,
        now=c.world.now,
    )


def _contact(c: Call, account: int) -> object:
    return contacts.create(
        c.session,
        c.actor,
        fields=ContactFields("Matrix"),
        points=[NewPoint("email", "matrix@elsewhere.example")],
        account_ids=[account],
        now=c.world.now,
    )


def _new_password(c: Call) -> object:
    """The second step, of somebody whose present password was right."""
    key = getattr(c.actor, "user_id", 0)
    user = c.session.get(User, key)
    if user is not None:
        user.password_hash = "present"
    return profile.finish_password(
        c.session,
        c.actor,
        PasswordCheck("matrix@elsewhere.example", "present", key),
        ok=True,
        password_hash="new",
        keep=None,
        now=c.world.now,
    )


def _proved(c: Call) -> int | None:
    """A session of the actor that a code has just opened; nobody's and a job's is none."""
    user = c.session.get(User, getattr(c.actor, "user_id", 0))
    if user is None:
        return None
    user.password_hash = None
    return sessions.open_session(
        c.session,
        user,
        sessions.CUSTOMER,
        by=sessions.BY_CODE,
        user_agent="",
        address="",
        now=c.world.now,
    ).session_id


def _looks_at_first(c: Call) -> object:
    """The first step, which answers by not refusing."""
    profile.begin_first_password(
        c.session, c.actor, new="grapa verde 4718", session_id=_proved(c), now=c.world.now
    )
    return "fine"


def _listing(c: Call) -> object:
    filters = AccountFilters.parse({})
    return account_views.listing(c.session, c.actor, filters=filters, today=c.world.today)


def exported(writer: Any, c: Call, **asked: object) -> object:
    """The text of a list as a file, so that what it holds is judged."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        writer(
            c.session, c.actor, kind=Format.CSV, path=path, language="es", now=c.world.now, **asked
        )
        return path.read_text("utf-8-sig")


ROWS: dict[str, Row] = {
    "companies.read": Row(
        lambda c: companies.read(c.session, c.actor, company_id=c.world.alfa.id),
        READERS,
        own=NEIGHBOUR,
    ),
    "companies.visible": Row(
        lambda c: companies.visible(c.session, c.actor), READERS, own=OUTSIDERS
    ),
    "companies.update": Row(
        lambda c: companies.update(
            c.session,
            c.actor,
            company_id=c.world.alfa.id,
            changes={"name": "Matrix"},
            now=c.world.now,
        ),
        ADMINS,
        writes=True,
    ),
    "logos.put": Row(
        lambda c: logos.put(
            c.session,
            c.actor,
            company_id=c.world.alfa.id,
            content=picture(f"matrix {c.actor!r}"),
            now=c.world.now,
        ),
        ADMINS,
        writes=True,
    ),
    "logos.remove": Row(
        lambda c: logos.remove(c.session, c.actor, company_id=c.world.alfa.id, now=c.world.now),
        ADMINS,
        writes=True,
    ),
    "files.logo": Row(
        lambda c: files.logo(c.session, c.actor, company_id=c.world.alfa.id).content,
        READERS,
        own=NEIGHBOUR,
    ),
    "number_series.listing": Row(
        lambda c: number_series.listing(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "fiscal_keys.shown": Row(
        lambda c: fiscal_keys.shown(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF, plain=True
    ),
    "fiscal_keys.change": Row(
        lambda c: fiscal_keys.change(
            c.session, c.actor, keys={"technical_key": "matrix"}, now=c.world.now
        ),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "number_series.update": Row(
        lambda c: number_series.update(
            c.session,
            c.actor,
            kind=Kind.DEBIT_NOTE,
            prefix="MX-",
            next_number=900,
            padding=0,
            now=c.world.now,
        ),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "members.listing": Row(
        lambda c: members.listing(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "members.add": Row(
        lambda c: members.add(
            c.session,
            c.actor,
            name="Matrix",
            email="matrix@elsewhere.example",
            role=Role.AGENT,
            password="grapa verde 4718",
            now=c.world.now,
        ),
        ADMINS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "members.set_role": Row(
        lambda c: members.set_role(
            c.session,
            c.actor,
            user_id=c.world.alfa.viewer.user_id,
            seen=Role.VIEWER,
            role=Role.AGENT,
            now=c.world.now,
        ),
        ADMINS,
        writes=True,
    ),
    "members.remove": Row(
        lambda c: members.remove(
            c.session,
            c.actor,
            user_id=c.world.alfa.viewer.user_id,
            seen=Role.VIEWER,
            now=c.world.now,
        ),
        ADMINS,
        writes=True,
    ),
    "accounts.create": Row(
        lambda c: accounts.create(
            c.session, c.actor, fields=AccountFields("Matrix"), now=c.world.now
        ),
        WRITERS,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "accounts.edit": Row(
        lambda c: accounts.edit(
            c.session,
            c.actor,
            account_id=c.target.account,
            fields=AccountFields("Matrix", code="MX"),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "account_views.listing": Row(_listing, EVERY_STAFF, own=FOREIGN_STAFF),
    "account_views.read": Row(
        lambda c: account_views.read(
            c.session, c.actor, account_id=c.target.account, today=c.world.today
        ),
        EVERY_STAFF,
    ),
    "account_views.choices": Row(
        lambda c: account_views.choices(c.session, c.actor),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
        plain=True,
    ),
    "receivables.listing": Row(
        lambda c: receivables.listing(
            c.session, c.actor, filters=ReceivableFilters(), today=c.world.today
        ),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "receivables.count": Row(
        lambda c: receivables.count(
            c.session, c.actor, filters=ReceivableFilters(), today=c.world.today
        ),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
        plain=True,
    ),
    "receivables.choices": Row(
        lambda c: receivables.choices(c.session, c.actor),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
        plain=True,
    ),
    "receivables.contactability": Row(
        lambda c: receivables.contactability(c.session, c.actor, account_id=c.target.account),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
        plain=True,
    ),
    "receivable_exports.receivable_list": Row(
        lambda c: exported(receivable_exports.receivable_list, c, filters=ReceivableFilters()),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    # A view is one member's own; the agent's is what the others reach for.
    "saved_views.listing": Row(
        lambda c: saved_views.listing(c.session, c.actor, page="receivables"),
        OWNER_OF_VIEW,
        own=EVERY_STAFF | FOREIGN_STAFF,
    ),
    "saved_views.save": Row(
        lambda c: saved_views.save(
            c.session, c.actor, page="receivables", name="Matrix", query="owing=1", now=c.world.now
        ),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
        writes=True,
    ),
    "saved_views.rename": Row(
        lambda c: saved_views.rename(c.session, c.actor, view_id=c.target.view, name="Matrix"),
        OWNER_OF_VIEW,
        writes=True,
    ),
    "saved_views.remove": Row(
        lambda c: saved_views.remove(c.session, c.actor, view_id=c.target.view),
        OWNER_OF_VIEW,
        writes=True,
    ),
    "people_exports.accounts": Row(
        lambda c: exported(people_exports.accounts, c, filters=AccountFilters()),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "people_exports.contacts": Row(
        lambda c: exported(people_exports.contacts, c, text=""), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "template_exports.templates": Row(
        lambda c: exported(template_exports.templates, c, archived=False),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "contact_views.read": Row(
        lambda c: contact_views.read(c.session, c.actor, contact_id=c.target.contact),
        EVERY_STAFF,
    ),
    "contact_views.of_account": Row(
        lambda c: contact_views.of_account(c.session, c.actor, account_id=c.target.account),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "contact_views.listing": Row(
        lambda c: contact_views.listing(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "contacts.create": Row(lambda c: _contact(c, c.target.account), WRITERS, writes=True),
    "contacts.edit": Row(
        lambda c: contacts.edit(
            c.session,
            c.actor,
            contact_id=c.target.contact,
            fields=ContactFields("Matrix"),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "contacts.link": Row(
        lambda c: _link(c, c.target.contact, c.world.other_account), WRITERS, writes=True
    ),
    "contacts.link#own_contact_foreign_account": Row(
        lambda c: _link(c, c.own.contact, c.world.other_account), WRITERS, writes=True
    ),
    "contacts.link#foreign_contact_own_account": Row(
        lambda c: _link(c, c.target.contact, c.world.theirs.account), frozenset()
    ),
    "contacts.unlink": Row(
        lambda c: contacts.unlink(
            c.session,
            c.actor,
            contact_id=c.target.contact,
            account_id=c.target.second_account,
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "contacts.add_point": Row(
        lambda c: contacts.add_point(
            c.session,
            c.actor,
            contact_id=c.target.contact,
            point=NewPoint("email", "matrix@elsewhere.example"),
            now=c.world.now,
        ),
        WRITERS,
        writes=True,
    ),
    "contacts.remove_point": Row(
        lambda c: contacts.remove_point(
            c.session, c.actor, point_id=c.target.point, now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "access.of_account": Row(
        lambda c: access.of_account(c.session, c.actor, account_id=c.target.account), EVERY_STAFF
    ),
    "access.set_login": Row(
        lambda c: _access(c, c.target.account, c.target.contact, c.target.contact_email, on=False),
        ADMINS,
        writes=True,
    ),
    "access.set_login#own_account_foreign_contact": Row(
        lambda c: _access(
            c, c.world.theirs.account, c.target.contact, c.target.contact_email, on=True
        ),
        frozenset(),
    ),
    "access.set_login#foreign_account_own_contact": Row(
        lambda c: _access(
            c, c.target.account, c.world.theirs.contact, c.world.theirs.contact_email, on=True
        ),
        frozenset(),
    ),
    "alerts.get": Row(
        lambda c: alerts.get(c.session, c.actor, alert_id=c.target.alert), EVERY_STAFF
    ),
    "alerts.history": Row(
        lambda c: alerts.history(
            c.session, c.actor, channel="email", address=f"rebota@{c.world.alfa.slug}.example"
        ),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "alerts.remove": Row(
        lambda c: alerts.remove(
            c.session, c.actor, alert_id=c.target.alert, removal="verified", now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "suppressions.remove_alert": Row(
        lambda c: suppressions.remove_alert(
            c.units, c.actor, alert_id=c.target.alert, removal="verified", now=c.world.now
        ),
        WRITERS,
        writes=True,
    ),
    "audit.timeline": Row(
        lambda c: audit.timeline(c.session, c.actor), EVERY_STAFF, own=FOREIGN_STAFF
    ),
    "audit.timeline#foreign_document": Row(
        lambda c: audit.timeline(c.session, c.actor, subject=("document", c.target.invoice)),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "audit.timeline#foreign_account": Row(
        lambda c: audit.timeline(c.session, c.actor, account_id=c.target.account),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "interactions.listing": Row(
        lambda c: interactions.listing(c.session, c.actor, filters=InteractionFilters()),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    "interactions.listing#foreign_account": Row(
        lambda c: interactions.listing(
            c.session, c.actor, filters=InteractionFilters(account_id=c.target.account)
        ),
        EVERY_STAFF,
    ),
    "interactions.export": Row(
        lambda c: exported(interactions.export, c, filters=InteractionFilters()),
        EVERY_STAFF,
        own=FOREIGN_STAFF,
    ),
    # Everybody who is somebody has a profile, and reaches no other than their own.
    "profile.read": Row(
        lambda c: profile.read(c.session, c.actor), READERS | OUTSIDERS, plain=True
    ),
    "profile.rename": Row(
        lambda c: profile.rename(c.session, c.actor, name="Matrix", now=c.world.now),
        READERS | OUTSIDERS,
        writes=True,
    ),
    "profile.choose_language": Row(
        lambda c: profile.choose_language(c.session, c.actor, language="en", now=c.world.now),
        READERS | OUTSIDERS,
        writes=True,
    ),
    "profile.begin_password": Row(
        lambda c: profile.begin_password(
            c.session, c.actor, new="grapa verde 4718", address="", now=c.world.now
        ),
        READERS | OUTSIDERS,
        plain=True,
    ),
    "profile.password_way": Row(
        lambda c: profile.password_way(c.session, c.actor, session_id=None, now=c.world.now),
        READERS | OUTSIDERS,
        plain=True,
    ),
    # It only looks; what is written is the session that proves the address.
    "profile.begin_first_password": Row(_looks_at_first, READERS | OUTSIDERS, writes=True),
    "profile.finish_first_password": Row(
        lambda c: profile.finish_first_password(
            c.session, c.actor, password_hash="new", session_id=_proved(c), now=c.world.now
        ),
        READERS | OUTSIDERS,
        writes=True,
    ),
    "profile.finish_password": Row(_new_password, READERS | OUTSIDERS, writes=True),
    "spaces.join": Row(
        lambda c: spaces.join(
            c.session, c.actor, keys=[c.target.space, c.target.second_space], now=c.world.now
        ),
        PAYER,
        writes=True,
    ),
    "spaces.join#own_and_foreign": Row(
        lambda c: spaces.join(
            c.session, c.actor, keys=[c.world.theirs.space, c.target.space], now=c.world.now
        ),
        frozenset(),
    ),
    "spaces.split": Row(
        lambda c: spaces.split(
            c.session,
            c.actor,
            key=spaces.join(
                c.session,
                c.world.luz,
                keys=[c.target.space, c.target.second_space],
                now=c.world.now,
            )
            if c.actor == c.world.luz
            else c.target.space,
            account_ids=[c.target.second_account],
            now=c.world.now,
        ),
        PAYER,
        writes=True,
    ),
    "spaces.split#own_space_foreign_account": Row(
        lambda c: spaces.split(
            c.session,
            c.actor,
            key=c.world.theirs.space,
            account_ids=[c.target.account],
            now=c.world.now,
        ),
        frozenset(),
    ),
}
