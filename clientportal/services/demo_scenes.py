"""The scenes of the demo that a visitor should find: overdue, disputed, half paid, credit."""

from datetime import date, timedelta
from decimal import Decimal

from clientportal.domain.actors import Customer, Member
from clientportal.domain.documents import Kind
from clientportal.services import comments, credit, disputes, drafts
from clientportal.services.demo_cast import METAL, PAPER
from clientportal.services.demo_story import COLOMBIAN_TAX, Shop
from clientportal.services.drafts import LineInput
from clientportal.storage.models import Document


def line(
    description: str, quantity: int, price: str, tax: Decimal | None = COLOMBIAN_TAX
) -> LineInput:
    """One line of a scene; `price` in whole units."""
    return LineInput(description, Decimal(quantity), Decimal(price), tax)


BOND = "Papel bond carta 75 g, caja de 10 resmas"
OFICIO = "Papel bond oficio 75 g, caja de 10 resmas"
ENVELOPES = "Sobre manila oficio con ventana, paquete de 100"


class Scenes:
    """Plans its scenes in the shops; they happen when the story is told."""

    def __init__(
        self,
        shops: dict[str, Shop],
        accounts: dict[tuple[str, str], int],
        people: dict[str, Customer],
        today: date,
    ) -> None:
        self.shops, self.accounts, self.people, self.today = shops, accounts, people, today

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def plan(self) -> None:
        """Every scene."""
        paper, metal = self.shops[PAPER], self.shops[METAL]
        paper.plan(self.ago(42), self.late_and_open)
        paper.plan(self.ago(36), self.contested)
        paper.plan(self.ago(32), self.half_paid)
        paper.plan(self.ago(23), self.due_soon)
        paper.plan(self.ago(60), self.credits_of_andina)
        paper.plan(self.ago(66), self.emma_writes)
        paper.plan(self.ago(48), self.marta_is_behind)
        paper.plan(self.ago(50), self.wrong_customer)
        paper.plan(self.ago(40), self.returned_goods)
        paper.plan(self.ago(28), self.advance_given_back)
        paper.plan(self.ago(29), lambda: self.paid_today(paper, "C-1010", 29, 1))
        paper.plan(self.ago(30), lambda: self.paid_today(paper, "C-1023", 30, 2))
        paper.plan(self.today, self.draft_of_today)
        metal.plan(self.ago(35), self.andina_buys_glass)
        metal.plan(self.ago(20), self.advance_for_glass)
        metal.plan(self.ago(31), lambda: self.paid_today(metal, "AC-3", 31, 1))

    def late_and_open(self) -> None:
        shop, account = self.at_andina()
        document = shop.invoice(
            account,
            self.ago(42),
            self.ago(12),
            (line(BOND, 14, "128500"), line("Rollo térmico 80 mm, caja de 50", 5, "118700")),
            concept="Pedido 4471, bodega Yumbo",
        )
        shop.plan(
            self.ago(10),
            lambda: self.say(shop, document, self.people["luisa"], self.ago(10), _ASK_DELIVERY),
        )
        shop.plan(self.ago(9), lambda: self.say(shop, document, shop.agent, self.ago(9), _ANSWER))

    def contested(self) -> None:
        shop, account = self.at_andina()
        document = shop.invoice(
            account, self.ago(36), self.ago(6), (line(OFICIO, 16, "149900"),), concept="Pedido 4502"
        )

        def dispute() -> None:
            disputes.open_dispute(
                shop.session,
                shop.agent,
                document_id=document.id or 0,
                reason="Llegaron 40 resmas menos de las facturadas.",
                now=shop.clock.at(self.ago(4)),
            )

        shop.plan(self.ago(4), dispute)

    def half_paid(self) -> None:
        shop, account = self.at_andina()
        document = shop.invoice(
            account,
            self.ago(32),
            self.ago(2),
            (
                line(BOND, 12, "128500"),
                line(ENVELOPES, 8, "46200"),
                line("Transporte a bodega Yumbo", 1, "183340"),
            ),
        )
        half = document.total_minor // 2
        shop.plan(self.ago(24), lambda: shop.pay(account, self.ago(24), (document, half)))

    def due_soon(self) -> None:
        shop, account = self.at_andina()
        shop.invoice(
            account,
            self.ago(23),
            self.ago(-7),
            (line("Impresión de talonarios, millar", 4, "214000"),),
        )
        shop.invoice(
            account,
            self.ago(18),
            self.ago(-12),
            (line("Cotton-blend stationery set, box of 24", 8, "156.25", None),),
            currency="USD",
            concept="Regalos corporativos de importación",
        )
        shop.invoice(
            account,
            self.ago(15),
            self.ago(-15),
            (line("Intereses de mora de octubre", 1, "96400", None),),
            kind=Kind.DEBIT_NOTE,
        )

    def credits_of_andina(self) -> None:
        shop, account = self.at_andina()
        bought = shop.invoice(account, self.ago(60), self.ago(45), (line(ENVELOPES, 10, "46200"),))
        shop.plan(
            self.ago(46), lambda: shop.pay(account, self.ago(46), (bought, bought.total_minor))
        )
        shop.plan(self.ago(17), lambda: self.credit_note(shop, account, bought, self.ago(17), 4))
        shop.plan(
            self.ago(5),
            lambda: shop.advance(account, self.ago(5), 1_500_000_00, "Anticipo pedido de enero"),
        )

    def credit_note(
        self, shop: Shop, account: int, corrects: Document, day: date, packs: int
    ) -> Document:
        return shop.invoice(
            account,
            day,
            day,
            (line(ENVELOPES, packs, "46200"),),
            kind=Kind.CREDIT_NOTE,
            concept="Devolución por empaque roto",
            corrects_id=corrects.id,
        )

    def emma_writes(self) -> None:
        shop, account = self.shops[PAPER], self.accounts[PAPER, "C-1005"]
        document = shop.invoice(
            account,
            self.ago(66),
            self.ago(6),
            (line("Hand-bound notebooks, carton of 48", 6, "312", None),),
            currency="USD",
            concept="PO 2209",
        )
        shop.plan(
            self.ago(8),
            lambda: self.say(shop, document, self.people["emma"], self.ago(8), _EMMA_ASKS),
        )
        shop.plan(
            self.ago(7), lambda: self.say(shop, document, shop.agent, self.ago(7), _EMMA_ANSWER)
        )

    def marta_is_behind(self) -> None:
        shop, account = self.shops[PAPER], self.accounts[PAPER, "C-1002"]
        document = shop.invoice(
            account,
            self.ago(48),
            self.ago(33),
            (line("Bolsa kraft con ventana, millar", 3, "287000"),),
        )
        shop.plan(self.ago(19), lambda: shop.pay(account, self.ago(19), (document, 300_000_00)))

    def wrong_customer(self) -> None:
        shop, account = self.shops[PAPER], self.accounts[PAPER, "C-1015"]
        document = shop.invoice(account, self.ago(50), self.ago(20), (line(BOND, 3, "128500"),))
        drafts.void(
            shop.session,
            shop.admin,
            document_id=document.id or 0,
            reason="Se facturó a la sede equivocada.",
            now=shop.clock.at(self.ago(50)),
        )

    def returned_goods(self) -> None:
        shop, account = self.shops[PAPER], self.accounts[PAPER, "C-1014"]
        bought = shop.invoice(account, self.ago(40), self.ago(-5), (line(ENVELOPES, 12, "46200"),))

        def give_back() -> None:
            note = self.credit_note(shop, account, bought, self.ago(25), 5)
            shop.apply(note, (bought, note.total_minor))

        shop.plan(self.ago(25), give_back)

    def advance_given_back(self) -> None:
        shop, account = self.shops[PAPER], self.accounts[PAPER, "C-1007"]
        advance = shop.advance(account, self.ago(28), 900_000_00, "Anticipo de útiles escolares")

        def give_back() -> None:
            credit.return_credit(
                shop.session,
                shop.admin,
                credit_id=advance.id or 0,
                amount_minor=300_000_00,
                returned_on=self.ago(14),
                method="transfer",
                note="El pedido quedó más pequeño.",
                now=shop.clock.at(self.ago(14)),
            )

        shop.plan(self.ago(14), give_back)

    def paid_today(self, shop: Shop, code: str, days: int, number: int) -> None:
        account = self.accounts[shop.company.slug, code]
        bought = [
            shop.invoice(account, self.ago(days), self.ago(-3), shop.lines()) for _ in range(number)
        ]
        shop.plan(
            self.today,
            lambda: shop.pay(account, self.today, *[(one, one.balance_minor) for one in bought]),
        )

    def draft_of_today(self) -> None:
        shop, account = self.shops[PAPER], self.accounts[PAPER, "C-1008"]
        shop.invoice(account, self.today, self.ago(-60), shop.lines(), issue=False)

    def andina_buys_glass(self) -> None:
        shop, account = self.shops[METAL], self.accounts[METAL, "DA-7"]
        shop.invoice(
            account,
            self.ago(35),
            self.ago(5),
            (
                line("Vidrio templado 6 mm incoloro, m²", 18, "134600"),
                line("Herraje para puerta batiente", 6, "58700"),
            ),
            concept="Cuarto frío, bodega 3",
        )

    def advance_for_glass(self) -> None:
        shop, account = self.shops[METAL], self.accounts[METAL, "DA-7"]
        advance = shop.advance(account, self.ago(20), 2_000_000_00, "Anticipo ventanería")
        bought = shop.invoice(
            account,
            self.ago(20),
            self.ago(-10),
            (line("Perfil de aluminio anodizado 6 m", 10, "72900"),),
        )
        shop.apply(advance, (bought, bought.total_minor))

    def at_andina(self) -> tuple[Shop, int]:
        return self.shops[PAPER], self.accounts[PAPER, "C-1001"]

    def say(
        self, shop: Shop, document: Document, who: Customer | Member, day: date, words: str
    ) -> None:
        comments.add(
            shop.session, who, document_id=document.id or 0, body=words, now=shop.clock.at(day)
        )


_ASK_DELIVERY = "¿La entrega en Yumbo quedó completa? Nos faltó una caja."
_ANSWER = "Hola, Luisa: la caja salió hoy con la guía 88213. Quedamos pendientes."
_EMMA_ASKS = "Could you confirm that the bank charges are on your side?"
_EMMA_ANSWER = "Hello Emma. Yes, please send the net amount; we cover the charges."
