"""Short addresses of the staff's side: `/staff` and `/staff/{company}` lead to a page called Today.

They grant nothing: the page that they lead to checks who asks, as for any address typed by hand.
"""

from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from clientportal.services import identity
from clientportal.services.identity import Principal
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms


def routes() -> list[BaseRoute]:
    return [
        Route(path + end, lead) for path in ("/staff", "/staff/{company_slug}") for end in ("", "/")
    ]


async def lead(request: Request) -> Response:
    """303 to Today of the company in the path, or of the visitor's only one (else the start page).

    Nobody is sent to sign in first, with the way back.
    """
    slug = request.path_params.get("company_slug", "")
    wanted = _today(slug) if slug else "/staff"
    who = await forms.principal(request)
    if who.user_id is None:
        return forms.see(f"/sign-in?{urlencode({'next': wanted}, safe='/')}")
    return forms.see(wanted if slug else await run(_home, who))


def _home(who: Principal) -> str:
    with unit_of_work(read_only=True) as session:
        companies = identity.doors_of(session, who).companies
    return _today(companies[0][0]) if len(companies) == 1 else "/"


def _today(slug: str) -> str:
    return f"/staff/{quote(slug, safe='')}/today"
