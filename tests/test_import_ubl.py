"""The command `import ubl`: one line per file, and 1 when any was refused."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from clientportal import cli
from clientportal.storage.models import Company, Document
from clientportal.storage.session import unit_of_work
from tests.support.ledger import make_world
from tests.support.ubl import FILES, SUPPLIER, invoice


@pytest.fixture
def folder(database: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    with unit_of_work(bind=database) as session:
        world = make_world(session, slug="molino", currencies=("COP", "EUR"))
        company = session.get_one(Company, world.company_id)
        company.country, company.tax_id_kind, company.tax_id = "CO", "nit", SUPPLIER
    return tmp_path


def run(*words: str | Path) -> int:
    return cli.main(["import", "ubl", *map(str, words), "--company", "molino"])


def count(database: sa.Engine) -> int:
    with unit_of_work(bind=database, read_only=True) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Document)) or 0


def test_real_files_are_refused_or_taken_as_told(
    folder: Path, database: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*FILES) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.splitlines()) == len(FILES)
    assert "SupplierOfficialName Ltd (GB1232434, GB983294)" in shown.err
    assert count(database) == 0
    for outcome in ("new", "already here"):
        assert run(*FILES, "--supplier-ok") == 0
        lines = capsys.readouterr().out.splitlines()
        assert [outcome in line for line in lines] == [True] * len(FILES)
        assert count(database) == len(FILES)
    first = "UBL-DebitNote-2.1-Example.xml: already here · Debit note TOSL108 · "
    assert lines[0].strip().startswith(first)
    assert lines[0].endswith("total EUR 1,729.00 · balance EUR 729.00")


def test_one_bad_file_among_good_ones(
    folder: Path, database: sa.Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "good.xml").write_bytes(invoice("FE-1", payable="1200.00"))
    (folder / "cut.xml").write_bytes(invoice("FE-2")[:-50])
    (folder / "large.xml").write_bytes(b"<Invoice>" + b" " * 50_000_000)
    (folder / "last.xml").write_bytes(invoice("FE-3"))
    names = ("good.xml", "cut.xml", "large.xml", "missing.xml", ".", "last.xml")
    assert run(*(folder / name for name in names)) == 1
    shown = capsys.readouterr()
    assert [line.split(":")[0].strip() for line in shown.out.splitlines()] == [
        "good.xml",
        "last.xml",
    ]
    assert count(database) == 2
    reasons = shown.err
    assert "notice: Lines and taxes add up to COP 1,190, the document to COP 1,200" in reasons
    assert "cut.xml: refused. The XML is incomplete or damaged" in reasons
    assert "large.xml: refused. The file is too large: the maximum is 10 MB." in reasons
    assert "missing.xml: refused. There is no file" in reasons


def test_a_wrong_company_is_wrong_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["import", "ubl", "a.xml", "--company", "nobody"]) == 2
    assert "nobody" in capsys.readouterr().err
