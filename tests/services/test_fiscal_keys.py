"""Keys of fiscal codes: sealed at rest, masked on pages, used for every file that comes in."""

import hashlib
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from clientportal.domain import fiscal_code
from clientportal.domain.errors import Invalid, NotAllowed
from clientportal.domain.fiscal_code import FiscalCheck, FiscalKeys
from clientportal.rendering.ubl.reading import parse
from clientportal.services import document_originals, fiscal_keys, ubl_imports, ubl_uploads
from clientportal.services.fiscal_keys import ShownKeys
from clientportal.storage import import_runs
from clientportal.storage.models import Company
from clientportal.storage.session import unit_of_work
from tests.support.ledger import NOW, World, make_world
from tests.support.ubl import SUPPLIER, invoice

KEY, PIN = "693ff6f2a553c3646a063436fd4dd9ded0311471", "75315"
TIME = "<cbc:IssueTime>10:53:10-05:00</cbc:IssueTime>"


@pytest.fixture
def world(database: sa.Engine) -> World:
    with unit_of_work(bind=database) as session:
        world = make_world(session)
        company = session.get_one(Company, world.company_id)
        company.country, company.tax_id_kind, company.tax_id = "CO", "nit", SUPPLIER
        return world


def coded(number: str, key: str, *, root: str = "Invoice") -> bytes:
    """A file whose code was computed with a key."""
    scheme = "CUFE-SHA384" if root == "Invoice" else "CUDE-SHA384"
    uuid = f'<cbc:UUID schemeID="1" schemeName="{scheme}">{{}}</cbc:UUID>'
    blank = parse(invoice(number, root=root, uuid=uuid.format("0" * 96), time=TIME))
    facts = fiscal_code.facts_of(blank)
    assert facts is not None
    code = fiscal_code.compute(facts, key)
    return invoice(number, root=root, uuid=uuid.format(code), time=TIME)


def keep(database: sa.Engine, world: World, **keys: str) -> None:
    with unit_of_work(bind=database) as session:
        fiscal_keys.change(session, world.owner, keys=keys, now=NOW)


def check_of(session: Session, world: World, document_id: int) -> FiscalCheck:
    facts = document_originals.facts(session, world.viewer, document_id=document_id)
    assert facts.received
    return facts.fiscal_check


def test_the_database_holds_no_key_and_pages_show_its_end(
    database: sa.Engine, world: World
) -> None:
    keep(database, world, technical_key=f" {KEY} ", pin=PIN)
    with unit_of_work(bind=database) as session:
        row = session.execute(sa.text("SELECT * FROM company")).one()
        trail = session.execute(sa.text("SELECT * FROM audit_entry")).all()
        for text in (str(row), str(trail)):
            assert KEY not in text
            assert PIN not in text
        shown = fiscal_keys.shown(session, world.viewer)
        assert shown == ShownKeys(technical_key="••••1471", pin="••••")
        company = session.get_one(Company, world.company_id)
        assert fiscal_keys.of_company(company) == FiscalKeys(KEY, PIN)
        with pytest.raises(NotAllowed):
            fiscal_keys.change(session, world.agent, keys={"pin": "1"}, now=NOW)
        for wrong in ("dos palabras", "clavé", "x" * 101):
            with pytest.raises(Invalid) as refused:
                fiscal_keys.change(session, world.owner, keys={"pin": wrong}, now=NOW)
            assert (refused.value.field, refused.value.error_code) == ("pin", "fiscal_key_invalid")
    keep(database, world, technical_key="")
    with unit_of_work(bind=database) as session:
        assert fiscal_keys.shown(session, world.viewer) == ShownKeys("", "••••")
        company = session.get_one(Company, world.company_id)
        company.fiscal_keys = "sealed under a key that is lost"
        assert fiscal_keys.of_company(company) == FiscalKeys()


def test_files_from_the_screen_are_checked_with_the_keys_of_the_settings(
    database: sa.Engine, world: World
) -> None:
    keep(database, world, technical_key=KEY)
    files = [
        ("right.xml", coded("FE-1", KEY)),
        ("wrong.xml", coded("FE-2", "another")),
        ("note.xml", coded("NC-1", PIN, root="CreditNote")),  # its PIN is not known yet
    ]

    def units() -> AbstractContextManager[Session]:
        return unit_of_work(bind=database)

    run_id = ubl_uploads.bring(units, world.agent, files=files, clock=lambda: NOW)
    with unit_of_work(bind=database) as session:
        run = import_runs.find(session, world.agent, run_id)
        assert run is not None
        lines = ubl_uploads.lines_of(run)
        assert [line.warnings for line in lines] == [0, 1, 0]
        assert [check_of(session, world, line.document_id) for line in lines] == [
            FiscalCheck.MATCHES,
            FiscalCheck.DIFFERS,
            FiscalCheck.UNCHECKED,
        ]
        theirs = document_originals.facts(session, world.system, document_id=lines[0].document_id)
        assert theirs.fiscal_check is FiscalCheck.MATCHES
    keep(database, world, pin=PIN)
    with unit_of_work(bind=database) as session:
        content = coded("NC-2", PIN, root="CreditNote")
        done = ubl_imports.bring(session, world.agent, file_name="n.xml", content=content, now=NOW)
        assert check_of(session, world, done.document_id) is FiscalCheck.MATCHES
        given = ubl_imports.Options(fiscal_key="given")  # of the command line: goes first
        done = ubl_imports.bring(
            session, world.agent, file_name="o.xml", content=coded("FE-3", "given"), now=NOW,
            options=given,
        )  # fmt: skip
        assert check_of(session, world, done.document_id) is FiscalCheck.MATCHES


def test_the_digest_is_that_of_the_contract() -> None:
    """Section 7.2: the parts in their order, SHA-384, hexadecimal."""
    facts = fiscal_code.facts_of(parse(coded("FE-1", KEY)))
    assert facts is not None
    text = f"FE-12026-02-0110:53:10-05:001000.0001190.00040.00030.001190.00900373115830001113{KEY}1"
    assert fiscal_code.compute(facts, KEY) == hashlib.sha384(text.encode()).hexdigest()
    assert fiscal_code.check(replace(parse(invoice()), uuid_scheme=""), FiscalKeys(KEY)) is None
