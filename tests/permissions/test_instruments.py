"""The matrix's own instruments see what they look for: a blind one would pass everything."""

import gzip
import io
import zipfile
import zlib
from contextlib import nullcontext
from functools import partial

import pypdf
import pytest
import sqlalchemy as sa
import xlsxwriter

from clientportal.rendering import pdf
from clientportal.services import comments, document_pdf
from tests.permissions.conftest import Place
from tests.support.canary import MINE, PUBLIC, canaries_in
from tests.support.letters import leaks
from tests.support.matrix import changed, snapshot, taken_back
from tests.support.owners import strays
from tests.support.readable import readable
from tests.support.refusals import codes_in

WORD = "qza0hidden"


def workbook() -> bytes:
    """An XLSX file with the word in a cell."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet().write_string(0, 0, WORD)
    return target.getvalue()


def zipped(content: bytes, name: str = "a.xlsx") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return target.getvalue()


def attached() -> bytes:
    """A PDF with the word in a compressed attachment alone."""
    target, writer = io.BytesIO(), pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    writer.add_attachment("a.txt.gz", gzip.compress(WORD.encode()))
    writer.write(target)
    return target.getvalue()


def png() -> bytes:
    body = b"Comment\0\0" + zlib.compress(WORD.encode())
    chunk = len(body).to_bytes(4, "big") + b"zTXt" + body
    return b"\x89PNG\r\n\x1a\n" + chunk + zlib.crc32(b"zTXt" + body).to_bytes(4, "big")


@pytest.mark.parametrize(
    "content",
    [
        workbook(),
        zipped(workbook()),
        zipped(b"", f"{WORD}.txt"),
        gzip.compress(WORD.encode()),
        attached(),
        png(),
        f"\ufeff{WORD}".encode(),
    ],
    ids=["xlsx", "zip of xlsx", "name in zip", "gzip", "attachment of pdf", "png", "csv"],
)
def test_a_word_is_found_however_it_is_packed(content: bytes) -> None:
    assert WORD in canaries_in(readable(content), MINE)


def test_the_words_of_a_document_are_found_in_its_pdf(place: Place) -> None:
    world = place.world
    with taken_back(place.engine) as session:
        view = document_pdf.view(session, world.luz, document_id=world.mine.invoice, now=world.now)
    content = pdf.render_pdf(view)
    plain = canaries_in(content.decode("latin-1"), MINE + PUBLIC)
    found = canaries_in(readable(content), MINE + PUBLIC)
    assert plain < found, "only what stands in its title, uncompressed"
    assert {word for word in found - plain if word.lower().startswith("qza")}
    assert {word for word in found - plain if word.lower().startswith("qzp")}


def test_a_row_of_another_tenant_is_a_stray(place: Place) -> None:
    """By its company, by its account's topic, by its entry in the index, by its person."""
    world = place.world
    foreign = (
        f"UPDATE document SET concept = 'x' WHERE id = {world.theirs.invoice}",
        f"UPDATE company SET name = 'x' WHERE id = {world.beta.id}",
        f"UPDATE app_user SET name = 'x' WHERE id = {world.beto.user_id}",
        f"DELETE FROM comment WHERE company_id = {world.beta.id}",
    )
    for statement in foreign:
        with taken_back(place.engine) as session:
            session.execute(sa.text(statement))
            diff = changed(place.before, snapshot(session.connection()))
        assert strays(place.before, diff, {world.alfa.id}, {world.luz.user_id}), statement
        assert not strays(place.before, diff, {world.beta.id}, {world.beto.user_id}), statement
    with taken_back(place.engine) as session:
        comments.add(session, world.beto, document_id=world.theirs.invoice, body="x", now=world.now)
        session.flush()
        diff = changed(place.before, snapshot(session.connection()))
    assert strays(place.before, diff, {world.alfa.id}, {world.luz.user_id})
    assert not strays(place.before, diff, {world.beta.id}, {world.beto.user_id})


def test_a_letter_with_another_tenant_s_words_is_seen(place: Place) -> None:
    """The mail of the rightful customer's document, as if it went to somebody else."""
    world = place.world
    letters = {key: row for key, row in place.before.items() if key[0] == "message"}
    sent = [key for key, row in letters.items() if row["document_id"] == world.mine.partly_paid]
    assert sent
    for address, seen in (("beto@beta.example", True), (world.mine.contact_email, False)):
        with taken_back(place.engine) as session:
            # As it was planned: the world's canaries stand in the body as if it had been made.
            session.execute(sa.text("UPDATE message SET subject = '', html = '', text = ''"))
            session.execute(
                sa.text("UPDATE message SET to_norm = :a, to_address = :a WHERE id = :i"),
                {"a": address, "i": sent[0][1]},
            )
            found = leaks(partial(nullcontext, session), world, {sent[0]: {}}, world.now)
        assert bool(found) is seen, found


def test_codes_are_values_and_not_names() -> None:
    assert codes_in({"a": ["not_found", {"conflict": "x"}]}) == {"not_found"}
