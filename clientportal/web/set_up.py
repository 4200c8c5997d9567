"""Creating the first company by plain POST; its owner is signed in at once."""

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clientportal.domain.errors import PortalError
from clientportal.services import companies, sessions, set_up, sign_in_tries
from clientportal.services.companies import NewCompany, Owner
from clientportal.services.sessions import SignedIn
from clientportal.settings import settings
from clientportal.storage.models import Company, User
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms

PAGE = "/set-up"


def routes() -> list[Route]:
    return [Route("/auth/set-up", create, methods=["POST"])]


async def create(request: Request) -> Response:
    """303 to the new company's "Today", signed in; back to the form with the error otherwise.

    Limited by network address like a sign-in, because in production it takes a code.
    """
    try:
        forms.require_same_origin(request)
        form = await forms.read_form(request)
        fields = {name: forms.text(form, name) for name in form}
        password = str(form.get("password", ""))[:1000]
        address = forms.client_address(request)
        agent = request.headers.get("user-agent", "")
        await run(_count, address)
        slug, signed_in = await run(_create, fields, password, address, agent)
    except PortalError as error:
        return forms.see_error(PAGE, error)
    answer = forms.see(f"/staff/{slug}/settings")
    forms.keep_session(answer, signed_in)
    return answer


def _count(address: str) -> None:
    with unit_of_work() as session:
        sign_in_tries.count_address(session, address, forms.moment())


def _create(
    fields: dict[str, str], password: str, address: str, agent: str
) -> tuple[str, SignedIn]:
    set_up.check_code(fields.get("set_up_code", ""))
    company = NewCompany(
        slug=fields.get("slug", ""),
        name=fields.get("company_name", ""),
        currencies=[fields.get("currency", "COP")],
        time_zone=fields.get("time_zone", ""),
        country=fields.get("country", ""),
        tax_id=fields.get("tax_id", ""),
        language=fields.get("language", settings().default_language),
        reply_email=fields.get("email", ""),
        is_test=not settings().is_production,
    )
    owner = Owner(name=fields.get("name", ""), email=fields.get("email", ""), password=password)
    with unit_of_work() as session:
        company_id, user_id = companies.create_first(
            session, company=company, owner=owner, now=forms.moment()
        )
        created = session.get(Company, company_id)
        assert created is not None
        return created.slug, _signed_in(session, user_id, address, agent)


def _signed_in(session: Session, user_id: int, address: str, agent: str) -> SignedIn:
    user = session.get(User, user_id)
    assert user is not None
    return sessions.open_session(
        session,
        user,
        kind=sessions.MEMBER,
        by=sessions.BY_PASSWORD,
        user_agent=agent,
        address=address,
        now=forms.moment(),
    )
