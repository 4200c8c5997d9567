"""The templates of the demo: one as it should be, one with a tax that the company has dropped."""

from datetime import date
from decimal import Decimal

from clientportal.domain.invoice_templates import ReminderSettings
from clientportal.services import companies, invoice_templates
from clientportal.services.demo_story import COLOMBIAN_TAX, Shop
from clientportal.services.drafts import LineInput
from clientportal.services.invoice_templates import TemplateInput

OLD_TAX = Decimal(16)

_TEMPLATES = (
    TemplateInput(
        name="Dotación mensual de oficina",
        currency="COP",
        lines=(
            LineInput(
                "Papel bond carta, caja de 10 resmas", Decimal(12), Decimal(98_500), COLOMBIAN_TAX
            ),
            LineInput("Tóner negro", Decimal(4), Decimal(284_000), COLOMBIAN_TAX),
            LineInput("Entrega en la ciudad", Decimal(1), Decimal(45_000)),
        ),
        due_days=30,
        message="Dotación del mes",
        reminders=ReminderSettings(send=True, days=3, count=2),
    ),
    TemplateInput(
        name="Alquiler de impresora",
        currency="COP",
        lines=(LineInput("Alquiler mensual de impresora", Decimal(1), Decimal(390_000), OLD_TAX),),
        due_days=15,
    ),
)


def keep(shop: Shop, since: date) -> None:
    """Give a shop its tax rates and its templates, on its first day."""
    now = shop.clock.at(since)
    companies.update(
        shop.session,
        shop.admin,
        company_id=shop.admin.company_id,
        changes={"tax_rates": [f"{COLOMBIAN_TAX}", "5"]},
        now=now,
    )
    for template in _TEMPLATES:
        invoice_templates.create(shop.session, shop.agent, template=template, now=now)
