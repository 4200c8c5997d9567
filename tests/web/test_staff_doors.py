"""`/staff` and `/staff/{company}`: they lead on, and show nothing themselves."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from clientportal.domain.actors import Role
from clientportal.services import identity
from clientportal.storage.models import CompanyMember
from clientportal.storage.session import unit_of_work
from clientportal.web import staff_doors
from tests.support import people


@pytest.fixture
def site(database: sa.Engine) -> TestClient:
    assert database is not None
    return TestClient(Starlette(routes=staff_doors.routes()), follow_redirects=False)


def enter(site: TestClient, *slugs: str) -> None:
    """Hold the session of a viewer of these companies."""
    now = datetime.now(UTC)
    with unit_of_work() as db:
        made = [people.company(db, slug, now) for slug in slugs]
        user = made[0].viewer.user_id
        for company in made[1:]:
            db.add(
                CompanyMember(company_id=company.id, user_id=user, role=Role.VIEWER, created_at=now)
            )
        db.flush()
        signed = identity.sign_in_as(db, email=f"viewer@{slugs[0]}.example", now=now)
        assert signed is not None
        site.cookies.set("session", signed.token)


def place(site: TestClient, path: str) -> str:
    answer = site.get(path)
    assert (answer.status_code, answer.content) == (303, b"")
    assert answer.headers["cache-control"] == "no-store"
    return answer.headers["location"]


@pytest.mark.parametrize("end", ["", "/"])
def test_nobody_signs_in_first_whether_the_company_exists_or_not(
    site: TestClient, end: str
) -> None:
    enter(site, "uno")
    site.cookies.clear()
    assert place(site, f"/staff{end}") == "/sign-in?next=/staff"
    assert place(site, f"/staff/uno{end}") == "/sign-in?next=/staff/uno/today"
    assert place(site, f"/staff/nowhere{end}") == "/sign-in?next=/staff/nowhere/today"


@pytest.mark.parametrize("end", ["", "/"])
def test_a_member_comes_to_today(site: TestClient, end: str) -> None:
    enter(site, "uno")
    assert place(site, f"/staff{end}") == "/staff/uno/today"
    assert place(site, f"/staff/uno{end}") == "/staff/uno/today"


def test_somebody_of_two_companies_chooses_on_the_start_page(site: TestClient) -> None:
    enter(site, "uno", "dos")
    assert place(site, "/staff") == "/"


def test_a_path_stays_a_path_of_this_site(site: TestClient) -> None:
    enter(site, "uno")
    assert place(site, "/staff/%5Cevil.example") == "/staff/%5Cevil.example/today"
    assert place(site, "/staff/a%3Fb%23c") == "/staff/a%3Fb%23c/today"
