"""Sections of the kit page: table, overlays, slips, empty and loading, chat."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import day, money, t
from clientportal.ui.kit_controls_page import box, row
from clientportal.ui.kit_samples import BADGES, ICON_NAMES, Samples


def table() -> rx.Component:
    def line_of(line: Any) -> rx.Component:
        return kit.tr(
            kit.td(
                kit.row_check(t("lists.pick", name=line["number"]), checked=line["chosen"]),
                area="check",
            ),
            kit.td(kit.row_name(line["number"], line["account"], href="/kit"), area="name"),
            kit.td(
                kit.live(Samples.on, kit.state_badge(line["badge"])),
                kit.instead(2, line["account"]),
                area="state",
            ),
            kit.td(day(line["due_on"]), area="when"),
            kit.td(money(line["total"], line["currency"]), num=True, drop=2),
            kit.td(money(line["balance"], line["currency"], zero="dash"), num=True, area="figure"),
            kit.td(
                kit.actions_menu(
                    t("lists.actions_of", name=line["number"]),
                    kit.menu_item("Reenviar", icon="send", key_hint="R"),
                    kit.menu_rule(),
                    kit.menu_item("Anular", icon="ban", danger=True),
                ),
                area="actions",
            ),
            selected=line["chosen"],
        )

    return kit.table(
        "Documentos",
        head=[
            kit.head_check(kit.check_all(t("lists.pick_all"), mixed=True)),
            kit.th("Documento"),
            kit.th("Estado"),
            kit.th("Vence", href="/kit?sort=due", sorted="ascending"),
            kit.th("Total", num=True, drop=2),
            kit.th("Saldo", href="/kit?sort=balance", num=True),
            kit.th("Acciones", hidden_label=True),
        ],
        body=rx.foreach(Samples.rows, line_of),
        foot=kit.pager("4 de 126", next="/kit?after=4", has_previous=False),
    )


def overlays() -> rx.Component:
    return box(
        "Overlays",
        row(
            kit.confirm(
                "¿Quitar la alerta de pagos@andina.co?",
                "Volveremos a escribirle. Si rebota otra vez, la alerta regresa.",
                "Quitar alerta",
                Samples.nothing,
                trigger=kit.button("Diálogo", test_id="open-dialog"),
            ),
            kit.drawer(
                "Contacto",
                kit.text_field("name", "Nombre"),
                trigger=kit.button("Cajón", test_id="open-drawer"),
                footer=[kit.close_button(), kit.button(t("common.save"), kind="main")],
            ),
            kit.menu(
                kit.button("Menú", icon="chevron-down", test_id="open-menu"),
                kit.menu_item("Reenviar", icon="send"),
                kit.menu_item("Anular", icon="ban", danger=True),
                label="Menú",
            ),
            kit.popover(
                kit.button("Detalle", test_id="open-popover"),
                rx.el.p("550 5.1.1 user unknown", class_name="mono"),
                label="Detalle",
            ),
            kit.panel(
                rx.cond(Samples.on, kit.button("Cerrar", on_click=Samples.turn(False))),
                open=Samples.on,
                on_close=Samples.turn(False),
            ),
            kit.palette(
                [(t("nav.today"), "/kit", "home")],
                results=Samples.hits,
                on_search=Samples.search,
                class_name="btn",
            ),
            kit.theme_switch(),
            kit.language_switch(test_id="language-again"),
            kit.dialog(
                "Más datos", "Texto", trigger=kit.button("Hoja"), actions=[kit.close_button()]
            ),
            kit.button("Aviso", on_click=Samples.say, test_id="open-toast"),
        ),
        kit.tabs(
            "Listas",
            kit.tab("Todos", href="/kit", active=True, count=214),
            kit.tab("Por revisar", href="/kit?tab=2", count=12, tone="accent"),
        ),
        kit.tab_panel(rx.el.p("Lo que muestra la pestaña abierta.", class_name="text-ink-2")),
        kit.steps(["Filtro", "Correo", "Enviar"], 1),
        kit.timeline(
            kit.timeline_item(
                "ok", "Pagó", money(431850000, "COP"), "hoy, 3:42 p. m.", tone="good"
            ),
            kit.timeline_item(
                "mail-x",
                "No llegó",
                "el recordatorio",
                "ayer",
                kit.text_button("Corregir correo"),
                tone="bad",
            ),
        ),
        kit.details(
            "Más datos", kit.pairs(kit.pair("NIT", "900.481.227-4"), kit.pair("Ciudad", "Cali"))
        ),
        rx.el.div(
            kit.chip_link("Este mes", href="#", active=True),
            kit.chip_link("Todo", href="#"),
            class_name="chips",
        ),
        kit.bulk_bar("1 de 37", kit.button("Recordar", icon="send"), on_clear=Samples.nothing),
    )


def slips() -> rx.Component:
    return rx.el.div(
        kit.pay_panel(
            "Vas a pagar",
            lines=kit.ledger_line("FE-20812", money(431850000, "COP", code=False)),
            totals=kit.ledger_total("Total", 841235000, "COP"),
            methods=[
                kit.radio_card("m2", "pse", "PSE", icon="bank", default_checked=True),
                kit.radio_card("m2", "card", "Tarjeta", icon="card"),
            ],
            methods_title="Cómo pagas",
            action=kit.button("Pagar ", money(841235000, "COP"), kind="main", size="l", block=True),
            aside="Los dólares se pagan aparte.",
            foot="Pagas en la página segura de tu banco",
        ),
        kit.slip(
            kit.state_badge(BADGES[0], boxed=True, long=True),
            money(124650000, "COP", size="xl"),
            down=[kit.button("Pagar esta factura", kind="main", size="l", block=True)],
        ),
        class_name="grid gap-4 self-start",
    )


def empties() -> rx.Component:
    return rx.el.div(
        kit.card(
            kit.empty(
                "first",
                "Pide a tus contactos que revisen sus datos",
                "Les llega un correo y confirman en un minuto.",
                kit.button("Crear la primera solicitud", kind="main"),
            )
        ),
        kit.card(
            kit.empty(
                "filter",
                "Nada coincide con «rosales» y Vencidas",
                "Hay 3 si quitas el filtro de estado.",
                kit.button(t("lists.clear_filters")),
            )
        ),
        kit.card(
            kit.empty("done", "Estás al día", "Tu próximo vencimiento es el 30 de noviembre.")
        ),
        kit.card(
            kit.empty(
                "denied",
                "No puedes ver la cartera",
                "Tu rol es Consulta. Pídele acceso a Carolina Mejía.",
            )
        ),
        kit.section(t("nav.home"), kit.skeleton("60%"), action=kit.popover_close()),
        kit.loading(Samples.on, kit.skeleton_block(), "x"),
        kit.card(kit.page_head("Facturas", kit.button("Estado")), kit.new_bar(3, Samples.nothing)),
        kit.skeleton_block(),
        kit.skeleton_rows(3),
        class_name="grid gap-4 md:grid-cols-2",
    )


def chat() -> rx.Component:
    return box(
        "Chat",
        kit.chat_bubble("¿Sigue el descuento?", meta=["Luisa · 4:12 p. m."]),
        kit.chat_bubble("Sí, hasta el lunes.", mine=True, meta=["9:02 a. m."]),
        kit.chat_bubble("Siempre pagan.", note=True, meta=["Nota interna"]),
        rx.el.div(*[kit.icon(name, 20) for name in ICON_NAMES], class_name="flex flex-wrap gap-2"),
    )
