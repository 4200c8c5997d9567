"""The world of the walk: the demo behind a real server, payments in every state, an empty site."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import sqlalchemy as sa
from sqlmodel import col, select

from clientportal.domain.actors import System
from clientportal.services import document_deliveries, document_sending, secret_links
from clientportal.services.document_sending import SendInput
from clientportal.storage.models import DocumentLink, Message
from clientportal.storage.session import unit_of_work
from tests.support import channels
from tests.support.processes import eventually
from tests.support.server import Server, server
from tests.support.walk_texts import strings_of

ROOMY = {
    "DEMO": "1",
    "NEW_TABS_PER_SECOND": "1000",
    "NEW_TABS_BURST": "1000",
    "TAB_EVENTS_PER_SECOND": "1000",
    "TAB_EVENTS_BURST": "1000",
}
NEW_COMPANY, NEW_OWNER = "taller-del-lago", "olga@tallerdellago.example"
STOPPED_COMPANY = "vidrios-del-norte"  # Olga's as well: nothing of it leaves
PASSWORD = "clientportal demo"

# Documents that the walk needs, by the condition that finds one.
_DOCUMENTS = {
    "overdue": "kind='invoice' AND lifecycle='issued' AND balance_minor=total_minor"
    " AND NOT disputed AND due_on < date('now', '-5 day')",
    "disputed": "disputed AND lifecycle='issued' AND balance_minor>0",
    "partly": "kind='invoice' AND lifecycle='issued' AND balance_minor>0"
    " AND balance_minor<total_minor",
    "paid": "kind='invoice' AND lifecycle='issued' AND balance_minor=0",
    "draft": "lifecycle='draft'",
    "void": "lifecycle='void'",
    "debit_note": "kind='debit_note' AND lifecycle='issued'",
    "credit_note": "kind='credit_note' AND lifecycle='issued'",
    "advance": "kind='advance' AND lifecycle='issued'",
    "receipt": "kind='cash_receipt' AND lifecycle='issued'",
}


# Files for the import screen: one that is fine, one with faults, one with a column that nobody
# knows, one with accounts. None says what a kind is called in our code.
_FILES = {
    "good": b"kind,number,account,issued_on,due_on,currency,total\n"
    b"FACTURA,H-101,C-1001,2025-01-15,2025-02-14,COP,1250000\n"
    b"FACTURA,H-102,C-1002,2025-01-20,2025-02-19,COP,380500\n",
    "faulty": b"kind,number,account,issued_on,due_on,currency,total\n"
    b"FACTURA,H-201,C-1001,2025-01-15,2025-02-14,COP,12x\n"
    b"FACTURA,,C-9999,2025-13-40,2025-02-19,COP,380500\n",
    "columns": b"ref,account,issued_on,due_on,currency,total\n"
    b"H-301,C-1001,2025-01-15,2025-02-14,COP,99000\n",
    "accounts": b"code,name,country,tax_id,email\n"
    b"N-1,Bodegas del Sur,CO,,compras@bodegasdelsur.example\n",
}
FILE_WORDS = frozenset(
    cell
    for file in _FILES.values()
    for line in file.decode().splitlines()
    for cell in line.split(",")
)
# What an attempt's row says in each phase that has to be waited for.
_STATES = {"confirming": "pending", "paid": "succeeded", "failed": "failed"}
# A bank that goes on thinking for the whole walk.
_SLOW_BANK = {"notify": "1", "delay_s": "0", "approve_after_s": "86400"}
# How a visitor leaves the sandbox's checkout, and what the return page then says.
_OUTCOMES = {"pending": "confirming", "approve": "paid", "decline": "failed", "leave": "unfinished"}


@dataclass(slots=True)
class World:
    """Addresses and ids of what the stops show; `payments`: phase → (person, reference); `words`:
    every text that is data."""

    origins: dict[str, str]
    cookies: dict[str, dict[str, Any]]
    spaces: dict[str, str]
    documents: dict[str, int]
    mine: dict[str, int]
    payments: dict[str, tuple[str, str]]
    checkout: str
    account: int
    contact: int
    links: dict[str, str]
    template: int
    runs: dict[str, int]
    words: frozenset[str]


@contextmanager
def walk_world() -> Iterator[World]:
    """Two servers: the demo (with payments by every outcome, and a company without any data), and
    one without data at all."""
    with ExitStack() as stack:
        demo = stack.enter_context(server(extra=ROOMY))
        empty = stack.enter_context(server(extra=ROOMY))
        told = json.loads(demo.run("demo", "--json"))
        _add_new_companies(demo)
        engine = sa.create_engine(demo.database_url)
        stack.callback(engine.dispose)
        visitors = {
            key: stack.enter_context(httpx.Client(base_url=demo.url, headers={"Origin": demo.url}))
            for key in (*(person["key"] for person in told["people"]), "olga")
        }
        yield _World(demo, empty, engine, visitors, told).make()


def _add_new_companies(demo: Server) -> None:
    demo.environment["MEMBER_PASSWORD"] = PASSWORD
    where = ["--currency", "COP", "--time-zone", "America/Bogota"]
    who = ["--email", NEW_OWNER, "--name", "Olga Paredes", "--role", "owner"]
    names = {NEW_COMPANY: "Taller del Lago", STOPPED_COMPANY: "Vidrios del Norte"}
    for slug, name in names.items():
        demo.run("company", "add", "--slug", slug, "--name", name, *where)
        demo.run("member", "add", "--company", slug, *who)


@dataclass(slots=True)
class _World:
    """Makes the world; every step is what a visitor could do."""

    demo: Server
    empty: Server
    engine: sa.Engine
    visitors: dict[str, httpx.Client]
    told: dict[str, Any]

    def make(self) -> World:
        cookies = {key: self._enter(key) for key in self.visitors}
        slug = self.told["companies"][0]["slug"]
        company = self._id("SELECT id FROM company WHERE slug=:slug", slug=slug)
        account = self._id(
            "SELECT id FROM account WHERE company_id=:company AND code='C-1001'", company=company
        )
        sql = "SELECT id FROM document WHERE {} AND {} ORDER BY id DESC"
        documents = {
            name: self._id(sql.format("company_id=:company", where), company=company)
            for name, where in _DOCUMENTS.items()
        }
        mine = {
            name: found
            for name, where in _DOCUMENTS.items()
            if name != "draft"
            and (found := self._found(sql.format("account_id=:account", where), account=account))
        }
        payments, checkout = self._pay_in_every_way(account, mine["partly"])
        documents["being_paid"] = mine["being_paid"] = mine["partly"]
        self._stop()
        contact = self._id(
            "SELECT contact_id FROM account_contact WHERE account_id=:account", account=account
        )
        return World(
            origins={"demo": self.demo.url, "empty": self.empty.url},
            cookies=cookies,
            spaces={p["key"]: p["spaces"][0]["key"] for p in self._customers()},
            documents=documents,
            mine=mine,
            payments=payments,
            checkout=checkout,
            account=account,
            contact=contact,
            links=self._send(company, documents["overdue"]),
            template=self._id(
                "SELECT id FROM invoice_template WHERE company_id=:company ORDER BY id DESC",
                company=company,
            ),
            runs={name: self._upload(slug, name) for name in _FILES},
            words=FILE_WORDS | strings_of(self.demo.database_url),
        )

    def _send(self, company: int, document: int) -> dict[str, str]:
        """Paths of the links by which a document was sent: one that works, one that was ended."""
        staff, now = System(company), datetime.now(UTC)
        with unit_of_work(bind=self.engine) as session:
            found = document_sending.propose(session, staff, document_id=document)
            points = (found.recipients[0].point_id,)
            for _ in range(2):
                what = SendInput(points=points, words=found.words)
                document_sending.send(session, staff, document_id=document, what=what, now=now)
            newest, _ = document_deliveries.listing(session, staff, document_id=document, now=now)
            ended = newest.deliveries[0].link_id
            document_deliveries.revoke(session, staff, link_id=ended, now=now)
            rows = session.exec(
                select(DocumentLink, Message).where(col(DocumentLink.message_id) == col(Message.id))
            )
            return {
                "ended"
                if link.id == ended
                else "live": f"/d/{secret_links.token_of(message.link_seed)}"
                for link, message in rows
            }

    def _stop(self) -> None:
        """A company with a paused channel, a paused campaign and a message without an answer."""
        company = self._id("SELECT id FROM company WHERE slug=:s", s=STOPPED_COMPANY)
        staff, now = System(company), datetime.now(UTC)
        with unit_of_work(bind=self.engine) as session:
            channels.accounts(session, staff, STOPPED_COMPANY, "facturas", now)
            channels.campaign_pause(session, staff, "actualizacion-", now)
            channels.unknown_call(session, staff, None, "ana@papelera.example", now)

    def _enter(self, key: str) -> dict[str, Any]:
        """Sign in; the cookie as the browser wants it."""
        visitor = self.visitors[key]
        if key == "olga":
            fields = {"email": NEW_OWNER, "password": PASSWORD}
            answer = visitor.post("/auth/password", data=fields)
        else:
            answer = visitor.post(f"/auth/cast/{key}")
        assert answer.status_code == 303, answer.text
        return {"name": "session", "value": visitor.cookies["session"], "httpOnly": True}

    def _customers(self) -> list[dict[str, Any]]:
        return [person for person in self.told["people"] if person.get("spaces")]

    def _pay_in_every_way(self, account: int, held: int) -> tuple[dict[str, tuple[str, str]], str]:
        """A payment in every phase, and the checkout page of an open one: Luisa's, of `held`."""
        reference, shown = self._start("luisa", held)
        found = {"held": ("luisa", reference)}
        payable = iter(self._payable(account))
        for outcome, phase in _OUTCOMES.items():
            person, document = next(payable)
            reference, checkout = self._start(person, document)
            httpx.post(checkout, data=_SLOW_BANK | {"outcome": outcome})
            found[phase] = (person, reference)
        person, document = next(payable)
        found["replaced"] = (person, self._start(person, document)[0])
        fields = {"space": self._space(person), "reference": found["replaced"][1]}
        self.visitors[person].post("/pay/again", data=fields)
        person, document = next(payable)
        found["expired"] = (person, self._start(person, document)[0])
        self._expire(found["expired"][1])
        for phase, state in _STATES.items():
            sql = "SELECT id FROM payment_attempt WHERE reference=:r AND state=:s"
            arrived = eventually(
                lambda sql=sql, r=found[phase][1], s=state: bool(self._found(sql, r=r, s=s))
            )
            assert arrived, f"no payment became {phase}"
        waiting = "SELECT id FROM message WHERE state IN ('planned', 'sending')"
        assert eventually(lambda: self._found(waiting) is None), "mail is still on its way"
        return found, shown

    def _upload(self, slug: str, name: str) -> int:
        """Send a file of the import screen; the number of its preview."""
        kind = "accounts" if name == "accounts" else "documents"
        answer = self.visitors["carolina"].post(
            f"/imports/{slug}", data={"kind": kind}, files={"file": (f"{name}.csv", _FILES[name])}
        )
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return int(query["run"][0])

    def _start(self, person: str, document: int) -> tuple[str, str]:
        """Begin to pay; the attempt's reference and the address of the gateway's page."""
        fields = {"space": self._space(person), "method": "sandbox", "document": str(document)}
        answer = self.visitors[person].post("/pay/start", data=fields)
        address = answer.headers.get("location", "")
        assert "/sandbox/pay/" in address, f"{answer.status_code} {address} {answer.text[:200]}"
        with self.engine.connect() as connection:
            sql = sa.text("SELECT reference FROM payment_attempt ORDER BY id DESC LIMIT 1")
            return str(connection.execute(sql).scalar_one()), address

    def _expire(self, reference: str) -> None:
        """What half an hour does."""
        mine = "(SELECT id FROM payment_attempt WHERE reference=:r)"
        with self.engine.begin() as connection:
            for sql in (
                "UPDATE payment_attempt SET state='expired', check_at=NULL WHERE reference=:r",
                f"UPDATE attempt_line SET is_open=0 WHERE attempt_id={mine}",
            ):
                connection.execute(sa.text(sql), {"r": reference})

    def _payable(self, but: int) -> list[tuple[str, int]]:
        """(person, document) of what customers owe, without those of the account `but`."""
        sql = sa.text(
            "SELECT account_id, id FROM document WHERE lifecycle='issued' AND balance_minor>0"
            " AND kind='invoice' AND NOT disputed AND account_id<>:but ORDER BY id"
        )
        payers = {
            account: person["key"]
            for person in self._customers()
            if person["key"] not in {"luisa", "andres"}
            for account in person["spaces"][0]["accounts"]
        }
        with self.engine.connect() as connection:
            rows = connection.execute(sql, {"but": but}).all()
        return [(payers[account], document) for account, document in rows if account in payers]

    def _space(self, person: str) -> str:
        return next(str(p["spaces"][0]["key"]) for p in self._customers() if p["key"] == person)

    def _found(self, sql: str, **values: Any) -> int | None:
        with self.engine.connect() as connection:
            row = connection.execute(sa.text(sql), values).first()
        return int(row[0]) if row else None

    def _id(self, sql: str, **values: Any) -> int:
        found = self._found(sql, **values)
        assert found is not None, f"the demo holds none: {sql}"
        return found
