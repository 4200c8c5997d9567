"""Every component in all its states, for development builds only."""

import reflex as rx

from clientportal.ui import kit, kit_controls_page, kit_lists_page
from clientportal.ui.i18n import page_title
from clientportal.ui.pages import Page
from clientportal.ui.public.shell import public_shell


def view() -> rx.Component:
    """The kit page."""
    return rx.el.div(
        public_shell(rx.el.h1("Kit", class_name="h1"), company="Papelera del Valle", foot="Kit"),
        rx.el.section(
            page_title("shell.kit"),
            rx.el.div(
                kit_controls_page.buttons(),
                kit_controls_page.choices(),
                kit_controls_page.fields(),
                kit_controls_page.notes(),
                kit_controls_page.states(),
                kit_controls_page.figures(),
                kit_lists_page.overlays(),
                kit_lists_page.slips(),
                kit_lists_page.chat(),
                class_name="grid gap-5 md:grid-cols-2 items-start mb-5",
            ),
            kit_lists_page.table(),
            rx.el.div(kit_lists_page.empties(), class_name="mt-5 mb-12"),
            kit.key_map(),
            kit.pay_bar("3 facturas", 841235000, "COP", kit.button("Pagar", kind="main", size="l")),
            class_name="in-w",
            aria_label="Kit",
        ),
    )


PAGE = Page(route="/kit", view=view, title_key="shell.kit", face="public")
