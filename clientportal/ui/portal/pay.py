"""Portal: what became of a payment – the page that the gateway returns to."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from clientportal.domain.errors import NotFound
from clientportal.domain.permissions import Permission
from clientportal.services import attempts, portal_paying
from clientportal.services.portal_paying import PaymentStory
from clientportal.ui import kit
from clientportal.ui.gate import portal
from clientportal.ui.i18n import money, page_title, t
from clientportal.ui.live_pages import watch
from clientportal.ui.pages import Page
from clientportal.ui.portal.common import Portal, enter, frame, method_text
from clientportal.ui.session import read, route_args, write

PHASES = (
    "confirming",
    "unfinished",
    "review",
    "paid",
    "failed",
    "expired",
    "replaced",
    "dismissed",
)


@dataclass(frozen=True, slots=True)
class PaidRow:
    """A document of the payment and its share in minor units."""

    id: int
    number: str
    amount_minor: int
    href: str


class PortalPay(rx.State):
    """The payment of the path, as its payer sees it."""

    loaded: bool = False
    phase: str = ""
    reference: str = ""
    company: str = ""
    method: str = ""
    currency: str = ""
    amount_minor: int = 0
    rows: list[PaidRow] = []
    go_on: str = ""
    again: str = ""
    receipt_href: str = ""
    receipt_number: str = ""
    receipt_pdf: str = ""
    credit: bool = False
    reviewed: bool = False
    failure: str = ""

    @rx.event
    @portal(Permission.PAYMENTS_READ)
    async def load(self) -> None:
        """Show the payment, and have the gateway asked at once while it is open."""
        place = await enter(self)
        reference = _reference(self)
        self.loaded = self.loaded and self.reference == reference
        await write(attempts.hint_return, place.actor, reference)
        await self._read()
        self.loaded = True

    @rx.event
    @portal(Permission.PAYMENTS_READ)
    async def refresh(self) -> None:
        """It moved on."""
        await self._read()

    async def _read(self) -> None:
        place = await enter(self)
        reference = _reference(self)
        story = await read(portal_paying.story, place.actor, reference=reference)
        self._show(story, place.base)
        watch(self, place.topics | {f"attempt:{reference}"}, PortalPay.refresh)

    def _show(self, story: PaymentStory, base: str) -> None:
        self.phase, self.reference = story.phase, story.reference
        self.company, self.method = story.company, story.method
        self.currency, self.amount_minor = story.currency, story.amount_minor
        self.rows = [
            PaidRow(
                share.document_id,
                share.number,
                share.amount_minor,
                f"{base}/documents/{share.document_id}",
            )
            for share in story.shares
        ]
        ids = ",".join(str(share.document_id) for share in story.shares)
        self.again = f"{base}/documents?choose={ids}"
        self.go_on = story.continue_url
        self.receipt_number = story.receipt_number
        self.receipt_href = f"{base}/documents/{story.receipt_id}" if story.receipt_id else ""
        self.receipt_pdf = f"/files/documents/{story.receipt_id}.pdf" if story.receipt_id else ""
        self.credit, self.reviewed = story.credit, story.reviewed
        self.failure = story.failure


def _reference(page: rx.State) -> str:
    text = route_args(page).get("reference", "")
    if not text or len(text) > 40 or not text.isascii():
        raise NotFound()
    return text


State: Any = PortalPay


def view() -> rx.Component:
    """One slip: what is being paid above the tear, how far it is below."""
    return frame(
        "billing",
        page_title("portal.payment.title"),
        kit.loading(
            ~State.loaded,
            rx.el.div(kit.skeleton_block(), class_name="max-w-[480px] mx-auto"),
            rx.el.div(
                rx.el.h1(_words("title"), class_name="h1", data_testid="payment-title"),
                rx.el.p(_words("text"), class_name="text-ink-2 mt-1 mb-4"),
                _slip(),
                _ways(),
                rx.el.p(
                    t("portal.payment.reference"),
                    " ",
                    rx.el.span(State.reference, class_name="mono"),
                    class_name="text-md text-ink-2 text-center mt-4",
                ),
                class_name="max-w-[480px] mx-auto",
                data_phase=State.phase,
                data_testid="payment",
            ),
        ),
    )


def _words(part: str) -> Any:
    return rx.match(
        State.phase, *[(phase, t(f"portal.payment.{phase}.{part}")) for phase in PHASES], ""
    )


def _slip() -> rx.Component:
    def row(line: Any) -> rx.Component:
        return kit.ledger_line(
            kit.text_link(line.number, href=line.href),
            money(line.amount_minor, State.currency, code=False),
        )

    return kit.slip(
        rx.el.p(t("portal.payment.to", company=State.company), class_name="text-md text-ink-2"),
        money(State.amount_minor, State.currency, size="xl"),
        kit.ledger(rx.foreach(State.rows, row)),
        down=[kit.live(State.phase, _steps(), say=_words("title"))],
    )


def _steps() -> rx.Component:
    """Sent, waiting for the bank, receipt: where it is now."""
    sent = kit.timeline_item(
        "ok", t("portal.payment.step_sent"), None, method_text(State.method), tone="good"
    )
    waiting = rx.match(
        State.phase,
        ("confirming", _waiting(t("portal.payment.step_waiting"), t("portal.payment.step_dont"))),
        ("unfinished", _waiting(t("portal.payment.step_open"), t("portal.payment.step_open_text"))),
        ("review", _waiting(t("portal.payment.step_review"), t("portal.payment.step_dont"))),
        ("paid", kit.timeline_item("ok", t("portal.payment.step_approved"), tone="good")),
        ("dismissed", kit.timeline_item("ban", _words("title"))),
        kit.timeline_item("err", _words("title"), tone="bad"),
    )
    settled = rx.cond(
        State.phase == "paid",
        kit.timeline_item(
            "ok",
            rx.cond(
                State.credit, t("portal.payment.step_credit"), t("portal.payment.step_receipt")
            ),
            rx.cond(
                State.receipt_href != "",
                kit.text_link(
                    State.receipt_number, href=State.receipt_href, test_id="payment-receipt"
                ),
            ),
            tone="good",
        ),
        kit.timeline_item("dash", t("portal.payment.step_later")),
    )
    return rx.el.div(
        rx.el.div(kit.timeline(sent, waiting, settled), class_name="[&>ol]:text-md"),
        rx.cond(
            State.credit,
            kit.note(
                rx.cond(State.reviewed, t("portal.payment.reviewed"), t("portal.payment.credit")),
                tone="info",
                class_name="mt-4",
                test_id="payment-credit",
            ),
        ),
    )


def _waiting(title: Any, text: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(rx.el.span(class_name="spin", aria_hidden=True), class_name="dot c-accent"),
        rx.el.b(title),
        rx.el.span(text, class_name="meta"),
    )


def _ways() -> rx.Component:
    documents = kit.link_button(
        t("portal.payment.documents"),
        href=f"{Portal.base}/documents",
        block=True,
        test_id="payment-documents",
    )
    pdf = kit.link_button(
        t("portal.payment.pdf"),
        icon="download",
        href=f"{State.receipt_pdf}?download",
        external=True,
        block=True,
        test_id="payment-pdf",
    )
    retry = kit.link_button(
        t("portal.payment.again"),
        href=State.again,
        kind="main",
        block=True,
        test_id="payment-retry",
    )
    go_on = kit.link_button(
        t("portal.payment.go_on"),
        href=State.go_on,
        external=True,
        kind="main",
        block=True,
        test_id="payment-continue",
    )
    start_over = kit.plain_form(
        rx.el.input(type="hidden", name="space", value=Portal.base.replace("/portal/", "")),
        rx.el.input(type="hidden", name="reference", value=State.reference),
        kit.submit(
            t("portal.payment.start_over"), kind="plain", block=True, test_id="payment-start-over"
        ),
        action="/pay/again",
    )
    return rx.el.div(
        rx.match(
            State.phase,
            ("confirming", documents),
            ("review", documents),
            ("unfinished", rx.fragment(rx.cond(State.go_on != "", go_on), start_over)),
            ("paid", rx.fragment(rx.cond(State.receipt_pdf != "", pdf), documents)),
            rx.fragment(retry, documents),
        ),
        class_name="grid gap-2 mt-4 md:grid-cols-2",
    )


PAGE = Page(
    route="/portal/[space]/pay/[reference]",
    view=view,
    title_key="portal.payment.title",
    face="portal",
    on_load=(PortalPay.load,),
)
