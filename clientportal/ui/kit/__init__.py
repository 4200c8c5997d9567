"""The design system: every component of the product, in one name space (`kit.button`, …)."""

from clientportal.ui.i18n import language_switch, theme_switch
from clientportal.ui.keymap import key_map
from clientportal.ui.kit.blocks import (
    card,
    chat_bubble,
    details,
    empty,
    error_part,
    loading,
    note,
    page_head,
    pair,
    pairs,
    progress,
    retry_button,
    section,
    skeleton,
    skeleton_block,
    skeleton_rows,
    stat,
    stat_strip,
    steps,
    timeline,
    timeline_item,
)
from clientportal.ui.kit.charts import ageing_bar, ageing_chart, bar, bars
from clientportal.ui.kit.choices import (
    check_all,
    checkbox,
    radio_card,
    radio_group,
    row_check,
    segmented,
    switch,
)
from clientportal.ui.kit.controls import (
    button,
    close_button,
    copy_button,
    icon_button,
    link,
    link_button,
    spinner,
    submit,
    text_button,
    text_link,
)
from clientportal.ui.kit.fields import (
    Option,
    PlainForm,
    amount_field,
    code_field,
    date_field,
    file_drop,
    form,
    found,
    password_field,
    plain_form,
    search_field,
    select_field,
    text_field,
    textarea_field,
    unsaved_guard,
)
from clientportal.ui.kit.icons import icon
from clientportal.ui.kit.lists import (
    bulk_bar,
    chip_link,
    filter_chip,
    filter_popover,
    filter_row,
    head_check,
    instead,
    live,
    new_bar,
    pager,
    result_line,
    row_name,
    table,
    td,
    th,
    tr,
)
from clientportal.ui.kit.overlays import (
    actions_menu,
    confirm,
    dialog,
    drawer,
    menu,
    menu_item,
    menu_rule,
    panel,
    popover,
    popover_close,
    side_sheet,
)
from clientportal.ui.kit.palette import Hit, palette
from clientportal.ui.kit.parts import classes, nothing, when
from clientportal.ui.kit.reader import reader
from clientportal.ui.kit.root import app_wraps, brand, head, hydrate_fallback, undo_target
from clientportal.ui.kit.slip import (
    double_rule,
    ledger,
    ledger_line,
    ledger_total,
    pay_bar,
    pay_panel,
    slip,
)
from clientportal.ui.kit.states import (
    access_state,
    avatar,
    company_mark,
    contact_state,
    counter,
    delivery_state,
    email_address,
    state,
    state_badge,
)
from clientportal.ui.kit.tabs import tab, tab_panel, tabs

__all__ = [
    "Hit", "Option", "PlainForm", "access_state", "actions_menu", "ageing_bar", "ageing_chart",
    "amount_field", "app_wraps", "avatar", "bar", "bars", "brand", "bulk_bar", "button", "card",
    "chat_bubble", "check_all", "checkbox", "chip_link", "classes", "close_button", "code_field",
    "company_mark", "confirm",
    "contact_state", "copy_button", "counter", "date_field", "delivery_state", "details",
    "dialog", "double_rule", "drawer", "email_address", "empty", "error_part", "file_drop",
    "filter_chip", "filter_popover", "filter_row", "form", "found", "head", "head_check",
    "hydrate_fallback", "icon", "icon_button", "instead", "key_map", "language_switch", "ledger",
    "ledger_line", "ledger_total", "link", "link_button", "live", "loading", "menu",
    "menu_item", "menu_rule", "new_bar", "note", "nothing", "page_head", "pager", "pair",
    "pairs", "palette", "panel", "password_field", "pay_bar", "pay_panel", "plain_form", "popover",
    "popover_close", "progress", "radio_card", "radio_group", "reader", "result_line",
    "retry_button", "row_check", "row_name", "search_field", "section", "segmented", "select_field",
    "side_sheet", "skeleton", "skeleton_block", "skeleton_rows", "slip", "spinner", "stat",
    "stat_strip", "state", "state_badge", "steps", "submit", "switch", "tab", "tab_panel",
    "table", "tabs", "td", "text_button", "text_field", "text_link", "textarea_field", "th",
    "theme_switch", "timeline", "timeline_item", "tr", "undo_target", "unsaved_guard", "when",
]  # fmt: skip
