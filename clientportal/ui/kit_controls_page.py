"""Sections of the kit page: controls, fields, notes, figures, states."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import count, day, moment, money, percent, relative, t
from clientportal.ui.kit_samples import AGES, BADGES, Samples


def box(title: str, *children: Any) -> rx.Component:
    return kit.card(rx.el.div(*children, class_name="grid gap-3 min-w-0"), title=title)


def row(*children: Any) -> rx.Component:
    return rx.el.div(*children, class_name="flex flex-wrap items-center gap-2")


def buttons() -> rx.Component:
    return box(
        "Buttons",
        row(
            kit.button(t("common.save"), kind="main"),
            kit.button(t("common.cancel")),
            kit.button(t("common.back"), kind="ghost"),
            kit.button(t("common.undo"), kind="danger"),
        ),
        row(
            kit.button(t("common.save"), kind="main", busy=True, busy_text=t("common.saving")),
            kit.button(t("common.save"), disabled=True, reason=t("errors.not_allowed")),
            kit.button(t("common.undo"), kind="danger-solid"),
        ),
        row(
            kit.button(t("common.copy"), size="s", icon="copy"),
            kit.icon_button("more", t("lists.actions_of", name="FE-20812")),
            kit.button(t("common.save"), kind="main", size="l"),
            kit.copy_button("FE-20812"),
            kit.text_link(t("shell.go_home"), href="/"),
            kit.link(t("nav.home"), href="/"),
            kit.link_button(t("common.back"), href="/", icon="chevron-left"),
            kit.retry_button(Samples.nothing),
            kit.spinner(),
        ),
    )


def fields() -> rx.Component:
    return box(
        "Fields",
        kit.text_field(
            "mail",
            "Correo",
            default_value="pagos@distriandina.co",
            optional=True,
            help="Aquí llegan las facturas.",
        ),
        kit.text_field("tax", "NIT", default_value="900.481.227-9", error="required"),
        kit.select_field(
            "term", "Plazo", [("30", "30 días"), ("60", "60 días")], inherited="la empresa"
        ),
        kit.text_field(
            "legal",
            "Razón social",
            default_value="Distribuidora Andina S.A.S.",
            locked="Viene del RUT.",
        ),
        kit.amount_field("amount", "Valor", "COP", default_minor=124650000),
        kit.password_field("password", "Contraseña"),
        kit.form(kit.submit(t("common.save")), on_submit=Samples.take),
        kit.unsaved_guard("kit-form", saved=0, failed=0),
        kit.date_field("due", "Vence", default_value="2026-11-30"),
        kit.code_field("code", "Código"),
        kit.textarea_field("text", "Comentario"),
        kit.search_field("Número, concepto o valor"),
        _found(),
    )


def _found() -> rx.Component:
    names = ("Distribuidora Andina", "Panadería La Espiga")
    hits = [rx.el.li(kit.button(name, kind="ghost", class_name="w-full")) for name in names]
    search = kit.text_field("customer", "Cliente", icon="search", auto_complete="off")
    return kit.found(
        search,
        rx.el.ul(*hits, class_name="mt-1 border border-line rounded-md divide-y divide-line"),
        chosen=0,
    )


def choices() -> rx.Component:
    return box(
        "Choices",
        row(
            kit.checkbox(t("common.no"), name="a"),
            kit.checkbox(t("common.yes"), name="b", default_checked=True),
            kit.checkbox("FE", name="c", mixed=True),
            kit.checkbox("NC", name="d", disabled=True),
        ),
        kit.switch("Avisos", Samples.on, Samples.turn),
        kit.switch("Mixto", Samples.on, Samples.turn, mixed=True),
        kit.segmented(
            "Moneda",
            [("COP", "COP"), ("USD", "USD"), ("", "Todas")],
            Samples.currency,
            Samples.choose,
        ),
        kit.radio_group(
            "Cómo pagas",
            kit.radio_card("method", "pse", "PSE", icon="bank", default_checked=True),
            kit.radio_card("method", "card", "Tarjeta", text="Débito o crédito", icon="card"),
        ),
        kit.filter_row(
            kit.filter_popover(
                "state",
                "Estado",
                [("overdue", t("state.overdue")), ("paid", t("state.paid"))],
                Samples.states,
                Samples.apply,
            ),
            kit.filter_popover(
                "kind", "Tipo", [("invoice", t("kind.invoice"))], Samples.none, Samples.apply
            ),
            kit.filter_chip("q", "Texto", "rosales", Samples.nothing),
            result=kit.result_line("37 de 187"),
        ),
        kit.plain_form(
            kit.file_drop(
                "file", "Archivo", accept=".csv,.xlsx", hint="CSV o Excel, hasta 10 MB", max_mb=10
            ),
            action="/kit",
        ),
    )


def notes() -> rx.Component:
    return box(
        "Notes",
        kit.note(
            "El banco responde en menos de un minuto.",
            tone="info",
            title="Tu pago está en proceso.",
        ),
        kit.note("Tu recibo es el RC-7715.", tone="good", title="Pago recibido."),
        kit.note(
            kit.text_link("Ver cuáles", href="/kit"),
            tone="warn",
            title="46 contactos quedan por fuera.",
        ),
        kit.note("No te cobramos nada.", tone="bad", title="El banco no aprobó el pago."),
        kit.note("Solo la ve tu equipo.", closable_key="kit"),
        kit.error_part("unexpected", on_retry=Samples.nothing),
        kit.reader(Samples.nothing),  # draws nothing: tells a person from a program
    )


def figures() -> rx.Component:
    return box(
        "Figures",
        money(123456789000, "COP", size="l"),
        money(4825075, "USD", size="m"),
        row(
            money(-18430000, "COP"),
            money(0, "COP", zero="dash"),
            money(1250, "CLP"),
            rx.el.span(percent(0.615)),
            rx.el.span(count(10000, True)),
        ),
        kit.ledger(
            kit.ledger_line("FE-20812", money(431850000, "COP")),
            kit.ledger_line("NC-0391", money(-18430000, "COP")),
            kit.ledger_total("Total", 413420000, "COP"),
        ),
        kit.double_rule(413420000, "COP"),
        row(
            rx.el.span(day("2026-11-19")),
            rx.el.span(day("2025-11-19")),
            rx.el.span(day("2026-11-30", "long")),
            rx.el.span(moment("2026-11-19T15:41:00-05:00", "America/Bogota")),
            relative("2026-11-19T15:41:00-05:00"),
        ),
        kit.ageing_chart(AGES, "COP", ["/kit"] * 5),
        kit.ageing_bar([431850000, 184300000, 0, 52000000, 9600000], "COP"),
        kit.bars(
            kit.bar("nov 2026", money(431850000, "COP"), [(1, "b-in")], href="/kit"),
            kit.bar(
                kit.link("Papelera del Valle", href="/kit"),
                money(184300000, "COP"),
                [(0.3, "a3"), (0.2, "a0")],
                href="/kit",
                meaning="3 facturas",
            ),
            label="Barras",
        ),
        kit.progress(57, 100, "Envío", failed=6),
        kit.stat_strip(
            kit.stat("Vencido", money(841235000, "COP"), "3 facturas"),
            kit.stat("Por vencer", money(390500000, "COP"), "1 factura"),
            kit.stat("A favor", money(18430000, "COP")),
        ),
    )


def states() -> rx.Component:
    badges = [kit.state_badge(badge, currency="COP") for badge in BADGES]
    boxed = [kit.state_badge(badge, currency="COP", boxed=True, long=True) for badge in BADGES[:6]]
    return box(
        "States",
        rx.el.div(*badges, class_name="grid gap-2 grid-cols-[repeat(auto-fill,minmax(160px,1fr))]"),
        row(*boxed),
        row(
            *[
                kit.delivery_state(code)
                for code in ("scheduled", "sent", "delivered", "read", "failed")
            ]
        ),
        row(*[kit.access_state(code) for code in ("on", "pending", "none")]),
        row(
            kit.contact_state("mail_bounces", "1 de 3"),
            kit.contact_state("unreachable", "2 de 2"),
            kit.contact_state("no_whatsapp"),
            kit.state("Por revisar", "warn", "clock", "3 datos"),
        ),
        row(
            kit.avatar("Luisa Pardo"),
            kit.email_address("luisa.pardo@distribuidoraandina.com.example"),
            kit.company_mark("Distribuidora Andina", "l"),
            kit.company_mark("Papelera del Valle", accent=True),
            kit.counter(12),
            kit.counter(3, "accent"),
            kit.counter(2, "bad"),
        ),
    )
