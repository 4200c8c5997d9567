"""The matrix of the interface's event handlers: which page, which arguments, for whom."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.support.canary import ALFA, MINE
from tests.support.canary import PUBLIC as PUBLIC_WORDS
from tests.support.matrix import ACTORS, PAYER
from tests.support.people import PASSWORD
from tests.support.tenants import Things, World

Arguments = Callable[[World], dict[str, Any]]
Effect = Literal["then", "rows", "data", "quiet"]
EVERYBODY = frozenset(ACTORS)
SIGNED_IN = EVERYBODY - {"nobody"}


def _nothing(_world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class H:
    """One handler.

    `effect` for the rightful: its state becomes `then`, the browser goes to `goes` and is told
    `told`; it changes rows of its own tenant; its state is sent the tenant's data; or it has
    nothing to say (quiet). Only the second may change any row, and no code of a refusal may be
    sent in any case. A value of `then` may be a function (value, world). `before`: what the same
    tab does first. `path` instead of the page's own. `foreign`: on a stranger's own page, with
    these arguments, it must say no as well. `by`: which of the rightful shows it ("": the first).
    `ready`: a variable that the page itself fills in the background, and people wait for. `shows`:
    the scopes of canaries that whoever knows the path may see, whoever they are.
    """

    may: frozenset[str]
    effect: Effect = "then"
    args: Arguments = _nothing
    before: tuple[tuple[str, Arguments], ...] = ()
    path: str = ""
    foreign: bool = False
    by: str = ""
    then: Mapping[str, Any] = field(default_factory=dict)
    goes: str = ""
    told: str = ""
    ready: str = ""
    shows: str = ""


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
BOTH_SPACES = tuple(
    ("portal_choice.pick", lambda w, n=n: {"key": getattr(w.mine, n), "on": True})
    for n in ("space", "second_space")
)
LINK = "/d/{t.token}"
NO_LINK = "/d/" + "x" * 43


def _link(effect: Effect = "data") -> H:
    """The token decides, not the cookie: whoever holds it sees its document, and no more."""
    return H(EVERYBODY, effect, shows=PUBLIC_WORDS + MINE)


PUBLIC: dict[str, PageRows] = {
    "linked_document": PageRows(
        LINK,
        {
            "load": _link(),
            "refresh": _link(),
            "opened": _link("rows"),
            "read_by_person": _link("rows"),
        },
    ),
    "visitor": PageRows(
        "/",
        {
            "leave": H(EVERYBODY, args=args(path="/sign-in"), then={"leave_to": "/sign-in"}),
            "look_again": H(EVERYBODY, "quiet"),
            "refuse": H(EVERYBODY, args=args(code="not_found"), then={"refused": "not_found"}),
            "tell": H(
                EVERYBODY,
                args=args(kind="error", code="conflict", params={}),
                then={"notice_kind": "error", "notice_code": "conflict"},
            ),
        },
    ),
    "samples": PageRows(
        "/kit",
        {
            "apply": H(EVERYBODY, args=args(values=["paid"]), then={"states": ["paid"]}),
            "choose": H(EVERYBODY, args=args(value="a"), then={"currency": "a"}),
            "nothing": H(EVERYBODY, "quiet"),
            "say": H(EVERYBODY, told="saved"),
            "search": H(EVERYBODY, args=args(text="1"), then={"hits": bool}),
            "take": H(EVERYBODY, "quiet", args=args(values={})),
            "turn": H(EVERYBODY, args=args(value=True), then={"on": True}),
        },
    ),
    "set_up_state": PageRows(
        "/set-up",
        {
            "check_tax_id": H(
                EVERYBODY, args=args(text="900123456"), then={"tax_shown": "900123456"}
            ),
            "choose_country": H(EVERYBODY, args=args(code="CO"), then={"country": "CO"}),
            "guess": H(EVERYBODY, args=args(zone="America/Bogota"), then={"country": "CO"}),
            # There is a company already: nobody sets up another one.
            "load": H(EVERYBODY, goes='"/"'),
            "name_left": H(EVERYBODY, args=args(name="Alfa"), then={"slug": "alfa"}),
            "slug_typed": H(EVERYBODY, "quiet", args=args(text="alfa")),
        },
    ),
    "sign_in_state": PageRows(
        "/sign-in",
        {
            "choose": H(EVERYBODY, args=args(way="password"), then={"way": "password"}),
            "load": H(EVERYBODY, then={"way": "code", "error": ""}),
            "load_code": H(EVERYBODY, path="/sign-in/code", then={"email": "", "error": ""}),
            "load_start": H(EVERYBODY, path="/", then={"loaded": True}),
        },
    ),
}

PORTAL: dict[str, PageRows] = {
    "portal_choice": PageRows(
        "/portal",
        {
            "begin_join": H(SIGNED_IN, args=args(on=True), then={"joining": True}),
            "load": H(SIGNED_IN, "data", by="customer"),
            "refresh": H(SIGNED_IN, "data", by="customer"),
            "pick": H(
                SIGNED_IN,
                args=lambda w: {"key": w.mine.space, "on": True},
                by="customer",
                then={"picked": lambda v, w: v == [w.mine.space]},
            ),
            "join": H(SIGNED_IN, "rows", before=BOTH_SPACES, by="customer", then={"picked": []}),
        },
    ),
    "portal": PageRows(
        "/portal/{space}", {"search": H(PAYER, "data", args=args(text="qza0concept"))}
    ),
    "portal_home": PageRows("/portal/{space}", {"load": H(PAYER, "data")}),
    "portal_documents": PageRows(
        PORTAL_LIST,
        {
            "load": H(PAYER, "data"),
            "refresh": H(PAYER, "data"),
            "show_new": H(PAYER, "data"),
            "narrow": H(PAYER, args=args(name="kind", values=["invoice"]), goes="kind=invoice"),
            "search": H(PAYER, args=args(text="qza0concept"), goes="q=qza0concept"),
            "set_days": H(
                PAYER,
                args=args(days={"issued_from": "2026-01-01"}),
                goes="issued_from=2026-01-01",
            ),
            "choose": H(
                PAYER,
                args=lambda w: {"document_id": w.mine.invoice, "on": True},
                then={"chosen_ids": lambda v, w: v == [w.mine.invoice]},
            ),
            "choose_none": H(PAYER, before=CHOSEN, then={"chosen_ids": []}),
            # What can be paid is ticked for paying; only the rest is picked for files alone.
            "pick": H(
                PAYER,
                args=lambda w: {"document_id": w.mine.credit, "on": True},
                then={"picked": lambda v, w: v == [w.mine.credit]},
            ),
            "pick_all": H(
                PAYER,
                args=args(on=True),
                then={"all_picked": True, "chosen_ids": lambda v, w: w.mine.invoice in v},
            ),
            "pick_none": H(PAYER, before=CHOSEN, then={"picked": [], "chosen_ids": []}),
            "choose_one": H(
                PAYER,
                args=lambda w: {"document_id": w.mine.invoice},
                then={"sheet": True, "chosen_ids": lambda v, w: v == [w.mine.invoice]},
            ),
            "set_amount": H(
                PAYER,
                args=lambda w: {"document_id": w.mine.invoice, "text": "5"},
                before=CHOSEN,
                then={"pay_minor": 500},
            ),
            "set_method": H(
                PAYER, args=args(name="sandbox"), before=CHOSEN, then={"method": "sandbox"}
            ),
            "show_sheet": H(PAYER, args=args(on=True), before=CHOSEN, then={"sheet": True}),
            "pay": H(PAYER, "rows", before=CHOSEN),
        },
    ),
    "portal_statement": PageRows(
        "/portal/{space}/statement",
        {
            "load": H(PAYER, "data"),
            "refresh": H(PAYER, "data"),
            "set_days": H(PAYER, args=args(days={"from": "2026-01-01"}), goes="from=2026-01-01"),
            "choose_account": H(
                PAYER,
                args=lambda w: {"account": str(w.mine.account)},
                foreign=True,
                goes="/statement?",
            ),
        },
    ),
    "portal_document": PageRows(
        "/portal/{space}/documents/{t.invoice}",
        {
            "load": H(PAYER, "data", foreign=True),
            "refresh": H(PAYER, "data", foreign=True),
            "read_by_person": H(PAYER, "rows", foreign=True),
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
            "change_password": H(
                PAYER,
                "rows",
                args(data={"current": PASSWORD, "password": "grapa roja 9315"}),
                then={"password_seq": 1},
            ),
            "split": H(
                PAYER,
                "rows",
                args=lambda w: {"account_id": w.mine.second_account},
                before=(
                    ("portal_choice.load", _nothing),
                    *BOTH_SPACES,
                    ("portal_choice.join", _nothing),
                ),
                foreign=True,
                goes='"/portal/',
            ),
        },
    ),
}
