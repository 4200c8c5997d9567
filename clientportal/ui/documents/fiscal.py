"""The QR of a document's fiscal code: it leads to the tax authority's copy."""

from typing import Any

import reflex as rx

from clientportal.ui.i18n import t


def fiscal_qr(src: Any) -> rx.Component:
    """The picture; `src` is the route that draws it for whoever may see the document."""
    return rx.el.img(
        src=src,
        alt=t("common.fiscal_qr"),
        class_name="w-[120px] h-[120px] mt-3 bg-[var(--paper)] p-1 rounded-xs",
        loading="lazy",
        data_testid="fiscal-qr",
    )
