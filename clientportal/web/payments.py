"""Paying by plain POST: works without the socket, answers with the way to the gateway."""

from html import escape

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from clientportal.domain.actors import Customer
from clientportal.domain.errors import Invalid, PortalError
from clientportal.gateways.base import AutoForm
from clientportal.services import attempts, checkout, identity, spaces
from clientportal.services.attempts import Opened
from clientportal.services.checkout import Choice
from clientportal.services.identity import Principal
from clientportal.storage.session import run, unit_of_work
from clientportal.web import forms
from clientportal.web.pages import language_of


def routes() -> list[Route]:
    return [
        Route("/pay/start", start, methods=["POST"]),
        Route("/pay/again", again, methods=["POST"]),
    ]


async def start(request: Request) -> Response:
    """Fields: `space`, `method`, and one `document` per choice as `id` or `id:amount_minor`."""
    form = await _form(request)
    if isinstance(form, Response):
        return form
    space = forms.text(form, "space", 20)
    back = _documents_of(space)
    try:
        choices = [_choice(str(value)) for value in form.getlist("document")]
        who = await forms.principal(request)
        opened = await run(
            _pay,
            who,
            space,
            choices,
            forms.text(form, "method", 20),
            forms.own_origin(request),
            language(request),
        )
    except PortalError as error:
        return forms.see_error(back, error)
    return _go(opened)


async def again(request: Request) -> Response:
    """Field `reference`: give the open attempt up and return to its documents, ticked."""
    form = await _form(request)
    if isinstance(form, Response):
        return form
    space, reference = forms.text(form, "space", 20), forms.text(form, "reference", 40)
    back = _documents_of(space)
    try:
        who = await forms.principal(request)
        held = await run(_again, who, space, reference)
    except PortalError as error:
        return forms.see_error(back, error)
    return forms.see(back, {"choose": ",".join(map(str, held))} if held else None)


async def _form(request: Request) -> FormData | Response:
    try:
        forms.require_same_origin(request)
        return await forms.read_form(request)
    except PortalError as error:
        return forms.see_error("/", error)


def _customer(who: Principal, space: str) -> Customer:
    with unit_of_work(read_only=True) as session:
        return identity.customer_actor(session, who, space)


def _pay(
    who: Principal, space: str, choices: list[Choice], method: str, base: str, lang: str
) -> Opened:
    return checkout.pay(
        unit_of_work,
        _customer(who, space),
        choices=choices,
        method=method,
        base_url=base,
        space=space,
        language=lang,
        now=forms.moment(),
    )


def _again(who: Principal, space: str, reference: str) -> list[int]:
    return attempts.start_again(unit_of_work, _customer(who, space), reference, now=forms.moment())


def _choice(text: str) -> Choice:
    """`12` or `12:5000` (minor units). Raises Invalid."""
    document, _, amount = text.partition(":")
    if not document.isdecimal() or len(document) > 15 or (amount and not amount.isdecimal()):
        raise Invalid(code="nothing_chosen", field="documents")
    if len(amount) > 15:
        raise Invalid(code="amount_above_balance", field="amount", number="")
    return Choice(int(document), int(amount) if amount else None)


def _documents_of(space: str) -> str:
    """The documents of a space; the start page for what is no key of one."""
    return f"/portal/{space}/documents" if spaces.is_key(space) else "/"


def language(request: Request) -> str:
    """What the gateway's page speaks: the payer's choice, else that of the browser."""
    return "en" if language_of(request) == "en" else "es"


def _go(opened: Opened) -> Response:
    if not isinstance(opened.target, AutoForm):
        return Response(
            status_code=303,
            headers={"location": opened.target.url, "cache-control": "no-store"},
        )
    fields = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in opened.target.fields
    )
    button = "Continuar · Continue"
    action = escape(opened.target.action)
    page = f'<form method="post" action="{action}">{fields}<button>{button}</button></form>'
    return HTMLResponse(page, headers={"cache-control": "no-store"})
