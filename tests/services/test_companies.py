"""Companies: set-up, settings, logo and number series."""

import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from clientportal.domain.actors import Nobody, System
from clientportal.domain.documents import Kind, Lifecycle
from clientportal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from clientportal.services import companies, files, logos, number_series
from clientportal.services.companies import NewCompany, Owner
from clientportal.storage import files as file_storage
from clientportal.storage.models import AuditEntry, Company, Document, DocumentSource
from clientportal.storage.session import unit_of_work
from tests.support import people

FIRST = NewCompany(
    slug="papelera-sur", name="Papelera del Sur", currencies=["COP"], time_zone="America/Bogota"
)
OWNER = Owner(name="Rosa Tamayo", email="rosa@papelera-sur.example", password=people.PASSWORD)


@pytest.fixture
def session(database: sa.Engine) -> Iterator[Session]:
    with unit_of_work() as opened:
        yield opened


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + crc

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + 3 * width)))
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_first_company_has_an_owner_and_all_series(session: Session, now: datetime) -> None:
    assert companies.is_empty(session)
    company_id, user_id = companies.create_first(session, company=FIRST, owner=OWNER, now=now)
    actor = System(company_id)
    seen = companies.read(session, actor, company_id=company_id)
    assert (seen.slug, seen.country, seen.currencies) == ("papelera-sur", "CO", ("COP",))
    assert seen.accent_tokens["light"]["accent"].startswith("#")
    assert [row.kind for row in number_series.listing(session, actor)] == list(Kind)
    assert user_id > 0
    with pytest.raises(Conflict) as again:
        companies.create_first(session, company=FIRST, owner=OWNER, now=now)
    assert again.value.error_code == "already_set_up"


def test_a_weak_password_leaves_no_company(database: sa.Engine, now: datetime) -> None:
    weak = Owner(name="Rosa", email="rosa@papelera-sur.example", password="contraseña")
    with pytest.raises(Invalid) as refused, unit_of_work() as session:
        companies.create_first(session, company=FIRST, owner=weak, now=now)
    assert refused.value.field == "password"
    with unit_of_work(read_only=True) as session:
        assert companies.is_empty(session)


def test_two_set_ups_at_once_make_one_company(database: sa.Engine, now: datetime) -> None:
    def set_up(number: int) -> str:
        new = NewCompany(
            slug=f"empresa-{number}", name="E", currencies=["COP"], time_zone="America/Bogota"
        )
        owner = Owner("Rosa Tamayo", f"rosa{number}@sur.example", people.PASSWORD)
        try:
            with unit_of_work() as session:
                companies.create_first(session, company=new, owner=owner, now=now)
        except Conflict as error:
            return error.error_code
        return "created"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(set_up, range(4)))
    assert outcomes == ["already_set_up"] * 3 + ["created"]
    with unit_of_work(read_only=True) as session:
        assert session.exec(select(sa.func.count()).select_from(Company)).one() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "  "}, "required"),
        ({"name": "x" * 201}, "too_long"),
        ({"country": "ZZ"}, "choice_invalid"),
        ({"tax_id": "900.481.227-9"}, "tax_id_digit"),
        ({"tax_id": "900481227"}, "tax_id_digit_missing"),
        ({"tax_id_kind": "rfc"}, "choice_invalid"),
        ({"accent": "teal"}, "accent_invalid"),
        ({"time_zone": "Bogota"}, "choice_invalid"),
        ({"language": "pt"}, "choice_invalid"),
        ({"currencies": []}, "required"),
        ({"currencies": ["PESOS"]}, "currency_unknown"),
        ({"reply_email": "cartera@"}, "email_invalid"),
        ({"allow_partial_payment": "perhaps"}, "invalid"),
        ({"slug": "other"}, "unknown_field"),
    ],
)
def test_a_wrong_setting_is_named_and_changes_nothing(
    session: Session, now: datetime, changes: dict[str, str], code: str
) -> None:
    company = people.company(session, "sur", now)
    with pytest.raises(Invalid) as refused:
        companies.update(session, company.admin, company_id=company.id, changes=changes, now=now)
    assert refused.value.error_code == code
    assert refused.value.field == next(iter(changes))


def test_the_check_digit_that_was_expected_is_told(session: Session, now: datetime) -> None:
    company = people.company(session, "sur", now)
    with pytest.raises(Invalid) as refused:
        companies.update(
            session,
            company.admin,
            company_id=company.id,
            changes={"tax_id": "900.481.227-9"},
            now=now,
        )
    assert refused.value.params == {"kind": "NIT", "expected": "2"}


def test_settings_are_normalised_written_down_and_guarded_by_their_version(
    session: Session, now: datetime
) -> None:
    company = people.company(session, "sur", now)
    before = companies.read(session, company.viewer, company_id=company.id)
    after = companies.update(
        session,
        company.admin,
        company_id=company.id,
        changes={
            "name": " Papelera   del Sur ",
            "tax_id": "9004812272",
            "accent": "#7A3FF2",
            "currencies": "cop, usd",
            "reply_email": "Cartera@Sur.Example",
            "allow_partial_payment": "on",
        },
        now=now,
        version=before.version,
    )
    assert after.name == "Papelera del Sur"
    assert (after.tax_id_kind, after.tax_id) == ("nit", "900.481.227-2")
    assert after.accent_tokens["light"] != before.accent_tokens["light"]
    assert after.currencies == ("COP", "USD")
    assert after.reply_email == "cartera@sur.example"
    assert after.allow_partial_payment
    entry = session.exec(select(AuditEntry).where(col(AuditEntry.action) == "company.edited")).one()
    assert entry.data["changes"]["tax_id"] == "900.481.227-2"
    with pytest.raises(Conflict):
        companies.update(
            session,
            company.owner,
            company_id=company.id,
            changes={"name": "Late"},
            now=now,
            version=before.version,
        )


def test_a_new_country_is_not_left_with_the_old_identification(
    session: Session, now: datetime
) -> None:
    company = people.company(session, "sur", now)
    companies.update(
        session, company.admin, company_id=company.id, changes={"tax_id": "9004812272"}, now=now
    )
    with pytest.raises(Invalid) as refused:
        companies.update(
            session, company.admin, company_id=company.id, changes={"country": "MX"}, now=now
        )
    assert refused.value.field == "tax_id"


def test_only_admins_of_the_same_company_change_settings(session: Session, now: datetime) -> None:
    ours, theirs = people.company(session, "sur", now), people.company(session, "norte", now)
    for actor, refusal in (
        (ours.viewer, NotAllowed),
        (ours.agent, NotAllowed),
        (theirs.admin, NotFound),
        (Nobody(), NotSignedIn),
    ):
        with pytest.raises(refusal):
            companies.update(session, actor, company_id=ours.id, changes={"name": "X"}, now=now)
        with pytest.raises(refusal):
            logos.put(session, actor, company_id=ours.id, content=png(64, 64), now=now)
    assert companies.read(session, ours.viewer, company_id=ours.id).name == "Sur"
    with pytest.raises(NotFound):
        companies.read(session, theirs.admin, company_id=ours.id)


JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0001108002000400301220002110103")
WEBP = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f" + struct.pack("<I", 39 | 19 << 14)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (png(300, 80), ("image/png", 300, 80)),
        (JPEG, ("image/jpeg", 64, 32)),
        (WEBP, ("image/webp", 40, 20)),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"GIF89a\x01\x00\x01\x00", None),
        (b"", None),
    ],
)
def test_images_are_known_by_their_bytes(
    content: bytes, found: tuple[str, int, int] | None
) -> None:
    assert logos.sniff(content) == found


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<svg/>", "logo_type"),
        (png(4000, 40), "logo_side"),
        (png(8, 8), "logo_side"),
        (png(64, 64) + bytes(512_001), "logo_too_large"),
    ],
)
def test_a_logo_that_cannot_be_shown_is_refused(
    session: Session, now: datetime, content: bytes, code: str
) -> None:
    company = people.company(session, "sur", now)
    with pytest.raises(Invalid) as refused:
        logos.put(session, company.admin, company_id=company.id, content=content, now=now)
    assert refused.value.error_code == code


def test_a_logo_is_kept_served_and_swept_once_nobody_names_it(
    session: Session, now: datetime
) -> None:
    company = people.company(session, "sur", now)
    other = people.company(session, "norte", now)
    image = png(300, 80)
    logos.put(session, company.admin, company_id=company.id, content=image, now=now)
    stored = files.logo(session, company.viewer, company_id=company.id)
    assert (stored.content, stored.media_type) == (image, "image/png")
    with pytest.raises(NotFound):
        files.logo(session, other.viewer, company_id=company.id)
    far = datetime.fromtimestamp(2**32, now.tzinfo)  # everything on disk is older than that
    assert files.sweep(session, now=far) == 0
    logos.remove(session, company.admin, company_id=company.id, now=now)
    assert files.sweep(session, now=now.replace(year=2020)) == 0
    assert files.sweep(session, now=far) == 1
    assert not file_storage.store().exists(stored.sha256)
    with pytest.raises(NotFound):
        files.logo(session, company.viewer, company_id=company.id)


def test_a_file_name_from_outside_reaches_no_other_file() -> None:
    store = file_storage.store()
    for name in ("../secret.key", "a" * 63, "A" * 64, ""):
        assert not store.exists(name)
        with pytest.raises(FileNotFoundError):
            store.get(name)


def _invoice(company_id: int, account_id: int, number: str, now: datetime) -> Document:
    return Document(
        company_id=company_id,
        account_id=account_id,
        kind=Kind.INVOICE,
        lifecycle=Lifecycle.ISSUED,
        number=number,
        issued_on=date(2026, 1, 5),
        due_on=date(2026, 2, 4),
        currency="COP",
        total_minor=100,
        balance_minor=100,
        source=DocumentSource.IMPORT,
        created_at=now,
    )


def test_a_series_never_goes_back_onto_used_numbers(session: Session, now: datetime) -> None:
    company = people.company(session, "sur", now)
    account_id = people.account(session, company.agent, now)
    for number in ("FE-0007", "FE-9", "FE-12A", "OTRA-500"):
        session.add(_invoice(company.id, account_id, number, now))
    session.flush()

    def change(next_number: int, prefix: str = "FE-", padding: int = 6) -> str:
        return number_series.update(
            session,
            company.admin,
            kind=Kind.INVOICE,
            prefix=prefix,
            next_number=next_number,
            padding=padding,
            now=now,
        ).example

    with pytest.raises(Invalid) as refused:
        change(9)
    assert refused.value.params == {"last": 9, "least": 10}
    assert change(10) == "FE-000010"
    assert change(1, prefix="B-", padding=0) == "B-1"
    with pytest.raises(Invalid) as wrong:
        change(1, prefix="<b>")
    assert wrong.value.error_code == "series_prefix"


def test_series_belong_to_admins(session: Session, now: datetime) -> None:
    company = people.company(session, "sur", now)
    with pytest.raises(NotAllowed):
        number_series.update(
            session,
            company.agent,
            kind=Kind.INVOICE,
            prefix="X-",
            next_number=5,
            padding=0,
            now=now,
        )
