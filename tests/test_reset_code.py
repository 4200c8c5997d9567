"""`user reset-code`: the operator's help opens the door that it says, and no other."""

import re
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clientportal import cli
from clientportal.services import identity, passwords, sign_in_codes
from clientportal.storage.models import AuditEntry, User
from clientportal.storage.session import unit_of_work
from tests.support.ledger import make_world
from tests.support.processes import python

CUSTOMER, MEMBER = "luz@molino.example", "agent@molino.example"


@pytest.fixture(autouse=True)
def _world(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    with unit_of_work(bind=database) as session:
        make_world(session)


def try_code(database: sa.Engine, email: str, code: str) -> bool:
    with unit_of_work(bind=database) as session:
        signed = sign_in_codes.verify_code(
            session,
            email=email,
            code=code,
            user_agent="",
            address="10.0.0.1",
            now=datetime.now(UTC),
        )
        return signed is not None


def actions(database: sa.Engine) -> list[str]:
    with unit_of_work(bind=database, read_only=True) as session:
        return list(session.exec(select(AuditEntry.action)).all())


def test_a_code_of_a_child_process_signs_the_customer_in_once(database: sa.Engine) -> None:
    child = python("import sys; from clientportal.cli import main; sys.exit(main(sys.argv[1:]))",
                   "user", "reset-code", "LUZ@molino.example")  # fmt: skip
    out, _ = child.communicate(timeout=300)
    assert child.returncode == 0, out
    code = re.fullmatch(r"  sign-in code, good for 10 minutes: ([0-9]{6})\n", out)
    assert code, out
    assert not try_code(database, MEMBER, code[1])
    assert try_code(database, CUSTOMER, code[1])
    assert not try_code(database, CUSTOMER, code[1])
    assert "code.given_by_operator" in actions(database)


def test_a_code_ends_the_waiting_times_of_its_address(
    database: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):  # asked twice: the newest code counts
        assert cli.main(["user", "reset-code", CUSTOMER]) == 0
    first, second = re.findall("[0-9]{6}", capsys.readouterr().out)
    if first != second:
        assert not try_code(database, CUSTOMER, first)
    assert try_code(database, CUSTOMER, second)


def test_nobody_without_a_portal_gets_a_code(
    database: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    for email in (MEMBER, "nobody@elsewhere.example", "no address", ""):
        assert cli.main(["user", "reset-code", email]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert shown.err.startswith("clientportal: email: ")
        assert len(shown.err.splitlines()) == 1
    assert "code.given_by_operator" not in actions(database)


def test_a_new_password_works_and_ends_what_was_open(
    database: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    with unit_of_work(bind=database) as session:
        signed = identity.sign_in_as(session, email=MEMBER, now=now)
        assert signed is not None
    assert cli.main(["user", "reset-code", "--password", MEMBER]) == 0
    password = re.fullmatch(r"  new password: (\S{12,})\n", capsys.readouterr().out)
    assert password
    with unit_of_work(bind=database, read_only=True) as session:
        row = session.exec(select(User).where(col(User.email) == MEMBER)).one()
        assert passwords.verify_password(password[1], row.password_hash)
        assert identity.principal_of(session, signed.token, now) == identity.NOBODY
    assert "user.password_set" in actions(database)
    assert cli.main(["user", "reset-code", "--password", "nobody@elsewhere.example"]) == 1
    assert capsys.readouterr().err.startswith("clientportal: email: ")
