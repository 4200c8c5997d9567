"""The company's settings: each field at the left, what it does at the right as one types."""

from typing import Any

import reflex as rx

from clientportal.domain.permissions import Permission
from clientportal.rendering.texts import LANGUAGES
from clientportal.ui import kit, places
from clientportal.ui.i18n import error_text, moment, money, t
from clientportal.ui.staff import account_words
from clientportal.ui.staff.common import allowed, needs
from clientportal.ui.staff.settings_state import SettingsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = SettingsState

SAMPLE_MINOR = 841_235_000
ROW = "grid gap-x-6 gap-y-2 items-start min-[900px]:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]"
EFFECT = "text-sm text-ink-2 min-[900px]:pt-6 min-w-0"
TOKENS = ("accent", "accent-tint", "accent-edge", "accent-solid", "accent-solid-2", "on-accent")


def _row(field: Any, *effect: Any) -> rx.Component:
    return rx.el.div(field, rx.el.div(*effect, class_name=EFFECT), class_name=ROW)


def _error(name: str) -> dict[str, Any]:
    return {
        "error": rx.cond(
            (State.field == name) & (State.series_kind == ""),
            State.code,
            "",
        ),
        "error_params": State.params,
    }


def _text(name: str, label: str, **props: Any) -> rx.Component:
    typed = {}
    if name in ("name", "reply_email", "currencies"):
        typed["on_change"] = State.type(name).debounce(200)
    return kit.text_field(
        name,
        t(label),
        default_value=State.values[name],
        read_only=~allowed(Permission.COMPANY_EDIT),
        test_id=f"settings-{name}",
        **_error(name),
        **typed,
        **props,
    )


def _select(name: str, label: str, options: Any, **props: Any) -> rx.Component:
    return kit.select_field(
        name,
        t(label),
        options,
        disabled=~allowed(Permission.COMPANY_EDIT),
        test_id=f"settings-{name}",
        **_error(name),
        **props,
    )


def _who() -> rx.Component:
    shown = rx.cond(
        State.tax_shown != "",
        t("staff.edit.tax_shown", text=State.tax_shown),
        t("staff.settings.tax_effect"),
    )
    return kit.card(
        rx.el.div(
            _row(
                _text("name", "staff.settings.name", max_length=200),
                t("staff.settings.name_effect", name=State.draft["name"]),
            ),
            _row(
                kit.text_field("slug", t("staff.settings.slug"),
                               default_value=State.slug,
                               locked=t("staff.settings.slug_locked")),
                t("staff.settings.slug_effect", slug=State.slug),
            ),
            _row(
                _select("country", "staff.accounts.country",
                        places.country_options(State.values["country"]),
                        default_value=State.values["country"],
                        on_change=State.choose_country),
                t("staff.settings.country_effect"),
            ),
            _row(
                rx.el.div(
                    _select("tax_id_kind", "staff.edit.tax_kind",
                            account_words.tax_kind_options(State.kinds),
                            value=State.tax_kind,
                            on_change=State.choose_tax_kind),
                    _text("tax_id", "staff.edit.tax_id", optional=True, max_length=60,
                          on_blur=State.check_tax_id),
                    class_name="grid gap-3 min-[480px]:grid-cols-[170px_1fr]",
                ),
                shown,
            ),
            class_name="grid gap-5",
        ),
        title=t("staff.settings.who"),
    )  # fmt: skip


def _sample(theme: str) -> rx.Component:
    """A slip and its button in one theme, in the colour that is being chosen."""
    letter = theme[0]
    colours = {f"--{letter}-{name}": State.sample[theme][name] for name in TOKENS}
    return rx.el.div(
        kit.slip(
            rx.el.div(t("staff.settings.sample_due"), class_name="text-sm text-ink-2"),
            rx.el.div(money(SAMPLE_MINOR, State.sample_currencies[0], size="m"),
                      class_name="fig"),
            down=[
                rx.el.span(t("staff.settings.sample_pay"), class_name="btn btn-main w-full"),
                rx.el.span(t("staff.settings.sample_link"), class_name="lk text-sm block mt-2"),
            ],
        ),
        rx.el.span(t(f"shell.theme_{theme}"), class_name="block text-xs text-ink-3 mt-2"),
        data_theme=theme,
        aria_hidden=True,
        style=colours,
        class_name="portal bg-canvas text-ink p-3 rounded-md border border-line min-w-0",
    )  # fmt: skip


def _accent() -> rx.Component:
    picker = rx.el.input(
        type="color",
        value=State.draft["accent"],
        aria_label=t("staff.settings.accent_pick"),
        on_change=State.type("accent").debounce(80),
        disabled=~allowed(Permission.COMPANY_EDIT),
        class_name="w-11 h-8 p-0 rounded-sm border border-line-2 cursor-pointer",
    )
    field = kit.text_field(
        "accent",
        t("staff.settings.accent"),
        value=State.draft["accent"],
        on_change=State.type("accent"),
        read_only=~allowed(Permission.COMPANY_EDIT),
        help=t("staff.settings.accent_help"),
        max_length=7,
        spell_check=False,
        test_id="settings-accent",
        **_error("accent"),
    )
    return _row(
        rx.el.div(
            field,
            rx.el.label(picker, rx.el.span(t("staff.settings.accent_pick")),
                        class_name="flex items-center gap-2 text-sm"),
            class_name="grid gap-2",
        ),
        rx.el.div(
            _sample("light"), _sample("dark"),
            class_name="grid gap-3 min-[480px]:grid-cols-2", data_testid="accent-sample",
        ),
    )  # fmt: skip


def _amount(code: Any) -> rx.Component:
    return money(SAMPLE_MINOR, code, class_name="block")


def _region() -> rx.Component:
    clock = moment(State.now, State.draft["time_zone"], "time")
    languages = [(code, t(f"staff.language.{code}")) for code in LANGUAGES]
    shown = rx.foreach(
        State.sample_currencies,
        _amount,
    )
    return kit.card(
        rx.el.div(
            _row(
                _select("time_zone", "staff.settings.time_zone",
                        places.time_zone_options(State.values["time_zone"]),
                        default_value=State.values["time_zone"],
                        on_change=State.type("time_zone")),
                t("staff.settings.time_zone_effect", time=clock),
            ),
            _row(
                _select("language", "staff.settings.language", languages,
                        default_value=State.values["language"]),
                t("staff.settings.language_effect"),
            ),
            _row(
                _text("currencies", "staff.settings.currencies", max_length=60,
                      help=t("staff.settings.currencies_help")),
                t("staff.settings.currencies_effect"), shown,
            ),
            _row(
                _text("tax_rates", "staff.settings.tax_rates", max_length=100, optional=True,
                      help=t("staff.settings.tax_rates_help")),
                t("staff.settings.tax_rates_effect"),
            ),
            class_name="grid gap-5",
        ),
        title=t("staff.settings.region"),
    )  # fmt: skip


def _payments() -> rx.Component:
    fixed = ~allowed(Permission.COMPANY_EDIT)
    return kit.card(
        rx.el.div(
            _row(
                _text("reply_email", "staff.settings.reply_email", type="email", optional=True,
                      max_length=254),
                rx.cond(
                    State.draft["reply_email"] != "",
                    t("staff.settings.reply_effect", email=State.draft["reply_email"]),
                    t("staff.settings.reply_none"),
                ),
            ),
            _row(
                kit.checkbox(t("staff.settings.partial"), checked=State.partial,
                             on_change=State.turn("allow_partial_payment"),
                             disabled=fixed, test_id="settings-partial"),
                rx.cond(State.partial, t("staff.settings.partial_on"),
                        t("staff.settings.partial_off")),
            ),
            _row(
                kit.checkbox(t("staff.settings.test"), checked=State.is_test,
                             on_change=State.turn("is_test"), disabled=fixed,
                             test_id="settings-test"),
                rx.cond(State.is_test, t("staff.settings.test_on"),
                        t("staff.settings.test_off")),
            ),
            class_name="grid gap-5",
        ),
        title=t("staff.settings.paying"),
    )  # fmt: skip


def _messages() -> rx.Component:
    return kit.card(
        _row(
            kit.checkbox(
                t("staff.settings.fallback"),
                checked=State.fallback,
                on_change=State.turn("fallback_channel"),
                disabled=~allowed(Permission.COMPANY_EDIT),
                test_id="settings-fallback",
            ),
            rx.cond(
                State.fallback,
                t("staff.settings.fallback_on"),
                t("staff.settings.fallback_off"),
            ),
        ),
        title=t("staff.settings.messages_title"),
    )


def _logo() -> rx.Component:
    action = f"/files/logos/{State.slug}"
    version = rx.el.input(type="hidden", name="version", value=State.version.to(str))
    refused = rx.el.div(
        kit.icon("err", 14),
        rx.el.span(error_text(State.logo_error, State.numbers)),
        class_name="hp bad", role="alert", data_testid="logo-error",
    )  # fmt: skip
    change = kit.plain_form(
        version,
        kit.file_drop("logo", t("staff.settings.logo_file"),
                      accept="image/png,image/jpeg,image/webp",
                      hint=t("staff.settings.logo_hint"), test_id="logo-file"),
        rx.cond(State.logo_error != "", refused, rx.fragment()),
        rx.el.div(kit.submit(t("staff.settings.logo_upload"), kind="plain", icon="upload",
                             test_id="logo-upload")),
        action=action,
        enctype="multipart/form-data",
        class_name="grid gap-3",
    )  # fmt: skip
    remove = kit.plain_form(
        version,
        kit.submit(t("staff.settings.logo_remove"), kind="ghost", size="s", test_id="logo-remove"),
        action=f"{action}/remove",
    )
    now = rx.cond(
        State.logo != "",
        rx.el.div(
            rx.el.img(src=State.logo, alt=t("staff.settings.logo_alt"),
                      class_name="max-h-16 max-w-full object-contain", data_testid="logo"),
            rx.el.p(t("staff.settings.logo_effect")),
            needs(Permission.COMPANY_EDIT, remove),
            class_name="grid gap-2 justify-items-start",
        ),
        t("staff.settings.logo_none"),
    )  # fmt: skip
    return kit.card(
        _row(rx.el.div(needs(Permission.COMPANY_EDIT, change)), now),
        title=t("staff.settings.logo"),
    )


def company_tab() -> rx.Component:
    """The form with one save for all of it, then the logo, which is a form of its own."""
    moved = kit.note(
        t("staff.edit.conflict"),
        " ",
        kit.text_button(t("staff.edit.reload"), on_click=State.load),
        tone="warn",
        role="alert",
        test_id="conflict",
    )
    save = rx.el.div(
        kit.submit(t("staff.edit.save"), test_id="settings-save"),
        class_name="sticky bottom-0 bg-canvas py-3 border-t border-line",
    )
    brand = kit.card(_accent(), title=t("staff.settings.brand"))
    return rx.el.div(
        rx.cond(State.moved, moved, rx.fragment()),
        kit.form(
            _who(),
            brand,
            _region(),
            _payments(),
            _messages(),
            needs(Permission.COMPANY_EDIT, save),
            on_submit=State.save,
            key=State.form_seq,
            class_name="grid gap-5",
            test_id="settings",
        ),
        _logo(),
        class_name="grid gap-5 max-w-[1000px]",
    )
