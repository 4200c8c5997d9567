"""The matrix of the interface's event handlers: which page, which arguments, for whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.canary import ALFA
from tests.support.matrix import ACTORS, PAYER
from tests.support.tenants import Things, World

Arguments = Callable[[World], dict[str, Any]]
Effect = Literal["rows", "data", "answer", "quiet"]
EVERYBODY = frozenset(ACTORS)
SIGNED_IN = EVERYBODY - {"nobody"}


def _nothing(_world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class H:
    """One handler.

    `effect` for the rightful: it changes rows, its tab holds the tenant's data, it answers, or it
    has nothing to say here (quiet: the tab only must not be told an error). `before`: what the same
    tab does first. `path` instead of the page's own. `foreign`: on a stranger's own page, with
    these arguments, it must say no as well. `by`: which of the rightful shows it ("": the first).
    """

    may: frozenset[str]
    effect: Effect = "answer"
    args: Arguments = _nothing
    before: tuple[tuple[str, Arguments], ...] = ()
    path: str = ""
    foreign: bool = False
    by: str = ""


@dataclass(frozen=True, slots=True)
class PageRows:
    """The handlers of one state at one page; `{base}` is the company's or the space's root."""

    path: str
    handlers: Mapping[str, H] = field(default_factory=dict)


def args(**values: Any) -> Arguments:
    """Arguments that are the same in every world."""
    return lambda _world: values


def place(template: str, world: World, own: Things | None = None, slug: str = ALFA) -> str:
    """A page's path with the rightful tenant's ids, below the company `slug` or `own`'s space."""
    space = (own or world.mine).space
    return template.format(t=world.mine, slug=slug, space=space, other=world.other_account)


PORTAL_LIST = "/portal/{space}/documents"
CHOSEN = (("portal_documents.choose_one", lambda w: {"document_id": w.mine.invoice}),)
PUBLIC: dict[str, PageRows] = {
    "visitor": PageRows(
        "/",
        {
            "leave": H(EVERYBODY, args=args(path="/sign-in")),
            "look_again": H(EVERYBODY, "quiet"),
            "refuse": H(EVERYBODY, args=args(code="not_found")),
            "tell": H(EVERYBODY, args=args(kind="error", code="conflict", params={})),
        },
    ),
    "samples": PageRows(
        "/kit",
        {
            "apply": H(EVERYBODY, args=args(values=["a"])),
            "choose": H(EVERYBODY, args=args(value="a")),
            "nothing": H(EVERYBODY, "quiet"),
            "say": H(EVERYBODY),
            "search": H(EVERYBODY, args=args(text="fac")),
            "take": H(EVERYBODY, "quiet", args=args(values={})),
            "turn": H(EVERYBODY, args=args(value=True)),
        },
    ),
    "set_up_state": PageRows(
        "/set-up",
        {
            "check_tax_id": H(EVERYBODY, args=args(text="900123456")),
            "choose_country": H(EVERYBODY, args=args(code="CO")),
            "guess": H(EVERYBODY, args=args(zone="America/Bogota")),
            "load": H(EVERYBODY),
            "name_left": H(EVERYBODY, args=args(name="Alfa")),
            "slug_typed": H(EVERYBODY, "quiet", args=args(text="alfa")),
        },
    ),
    "sign_in_state": PageRows(
        "/sign-in",
        {
            "choose": H(EVERYBODY, args=args(way="code")),
            "load": H(EVERYBODY),
            "load_code": H(EVERYBODY, path="/sign-in/code"),
            "load_start": H(EVERYBODY, path="/"),
        },
    ),
}

PORTAL: dict[str, PageRows] = {
    "portal_choice": PageRows(
        "/portal",
        {
            "begin_join": H(SIGNED_IN, args=args(on=True)),
            "load": H(SIGNED_IN),
            "refresh": H(SIGNED_IN),
            "pick": H(SIGNED_IN, args=lambda w: {"key": w.mine.space, "on": True}, by="customer"),
            "join": H(
                SIGNED_IN,
                before=tuple(
                    ("portal_choice.pick", lambda w, n=n: {"key": getattr(w.mine, n), "on": True})
                    for n in ("space", "second_space")
                ),
            ),
        },
    ),
    "portal_home": PageRows("/portal/{space}", {"load": H(PAYER, "data")}),
    "portal_documents": PageRows(
        PORTAL_LIST,
        {
            "load": H(PAYER, "data"),
            "refresh": H(PAYER, "data"),
            "show_new": H(PAYER, "data"),
            "narrow": H(PAYER, args=args(name="kind", values=["invoice"])),
            "search": H(PAYER, args=args(text="qza0concept")),
            "set_days": H(PAYER, args=args(days={"issued_from": "2026-01-01"})),
            "choose": H(PAYER, args=lambda w: {"document_id": w.mine.invoice, "on": True}),
            "choose_all": H(PAYER, args=args(on=True)),
            "choose_none": H(PAYER),
            "choose_one": H(PAYER, args=lambda w: {"document_id": w.mine.invoice}),
            "set_amount": H(
                PAYER,
                args=lambda w: {"document_id": w.mine.invoice, "text": "5"},
                before=CHOSEN,
            ),
            "set_method": H(PAYER, args=args(name="sandbox"), before=CHOSEN),
            "show_sheet": H(PAYER, args=args(on=True)),
            "pay": H(PAYER, "rows", before=CHOSEN),
        },
    ),
    "portal_document": PageRows(
        "/portal/{space}/documents/{t.invoice}",
        {
            "load": H(PAYER, "data", foreign=True),
            "refresh": H(PAYER, "data", foreign=True),
            "comment": H(PAYER, "rows", args(form={"body": "matrix"}), foreign=True),
        },
    ),
    "portal_pay": PageRows(
        "/portal/{space}/pay/{t.reference}",
        {
            "load": H(PAYER, "data", foreign=True),
            "refresh": H(PAYER, "data", foreign=True),
        },
    ),
    "portal_more": PageRows(
        "/portal/{space}/more",
        {
            "load": H(PAYER, "data"),
            # The space has one account: it cannot be left empty. Joined ones: test_spaces.
            "split": H(PAYER, args=lambda w: {"account_id": w.mine.account}, foreign=True),
        },
    ),
}
