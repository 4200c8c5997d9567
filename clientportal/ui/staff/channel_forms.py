"""The form of a channel's own account, field by field, with what is kept of each secret in dots."""

from typing import Any

import reflex as rx

from clientportal.ui import kit
from clientportal.ui.i18n import error_text, t
from clientportal.ui.staff.channels_state import ChannelsState

# Attributes of a state are Vars while a page is drawn; their annotations say otherwise.
State: Any = ChannelsState
PAIR = "grid gap-4 min-[560px]:grid-cols-2 items-start"


def account_form(channel: str, provider: str, card: Any) -> rx.Component:
    """The account at one provider; sent over the socket, drawn anew after each save."""
    fields = {"resend": _resend, "smtp": _smtp, "whatsapp": _whatsapp}[provider]
    values = rx.cond(card.provider == provider, "own", "new")
    return kit.form(
        rx.el.input(type="hidden", name="channel", value=channel),
        rx.el.input(type="hidden", name="provider", value=provider),
        *fields(channel, provider, card),
        _webhook(provider, card),
        _form_error(channel),
        rx.el.div(
            kit.submit(t("staff.channels.save"), kind="plain", test_id=f"save-{channel}"),
            class_name="flex justify-end",
        ),
        on_submit=State.save,
        key=f"{provider}-{State.form_seq}-{values}",
        class_name="grid gap-4",
        data_testid=f"form-{provider}",
    )


def _form_error(channel: str) -> rx.Component:
    """What concerns no field; an older version is read again before it is saved."""
    mine = (State.wrong == channel) & (State.field == "form")
    again = kit.text_button(t("staff.channels.reload"), on_click=State.load)
    said = kit.note(
        error_text(State.code, State.params), " ", again, tone="bad", role="alert",
        test_id=f"refused-{channel}",
    )  # fmt: skip
    return rx.cond(mine & (State.code != ""), said)


def _error(channel: str, name: str) -> dict[str, Any]:
    mine = (State.wrong == channel) & (State.field == name)
    return {"error": rx.cond(mine, State.code, ""), "error_params": State.params}


def _text(channel: str, provider: str, card: Any, name: str, **props: Any) -> rx.Component:
    return kit.text_field(
        name,
        t(f"staff.channels.{name}"),
        id=f"{provider}-{name}",
        default_value=rx.cond(card.provider == provider, card.filled[name], ""),
        test_id=f"{channel}-{name}",
        **_error(channel, name),
        **props,
    )


def _secret(channel: str, provider: str, card: Any, name: str, **props: Any) -> rx.Component:
    kept = rx.cond(card.provider == provider, card.kept[name], "")
    shown = rx.el.span(
        t("staff.settings.keys_kept", masked=kept),
        class_name="block text-sm text-ink-2 mt-1",
        data_testid=f"kept-{name}",
    )
    return rx.el.div(
        kit.password_field(
            name,
            t(f"staff.channels.{name}"),
            id=f"{provider}-{name}",
            auto_complete="off",
            test_id=f"{channel}-{name}",
            **_error(channel, name),
            **props,
        ),
        rx.cond(kept != "", shown),
    )


def _sender(channel: str, provider: str, card: Any) -> rx.Component:
    return rx.el.div(
        _text(channel, provider, card, "from_address", max_length=254, input_mode="email"),
        _text(channel, provider, card, "from_name", max_length=200, optional=True),
        class_name=PAIR,
    )


def _resend(channel: str, provider: str, card: Any) -> list[rx.Component]:
    return [
        _sender(channel, provider, card),
        rx.el.div(
            _secret(
                channel, provider, card, "api_key", help=t("staff.channels.api_key_help")
            ),
            _secret(
                channel, provider, card, "webhook_secret", optional=True,
                help=t("staff.channels.webhook_secret_help"),
            ),
            class_name=PAIR,
        ),
    ]  # fmt: skip


def _smtp(channel: str, provider: str, card: Any) -> list[rx.Component]:
    choices = [(code, t(f"staff.channels.security_{code}")) for code in ("starttls", "tls", "none")]
    security = kit.select_field(
        "security",
        t("staff.channels.security"),
        choices,
        id=f"{provider}-security",
        default_value=rx.cond(
            (card.provider == provider) & (card.filled["security"] != ""),
            card.filled["security"],
            "starttls",
        ),
        test_id=f"{channel}-security",
        **_error(channel, "security"),
    )
    return [
        _sender(channel, provider, card),
        rx.el.div(
            _text(channel, provider, card, "host", max_length=253, placeholder="smtp.…"),
            rx.el.div(
                _text(channel, provider, card, "port", max_length=5, input_mode="numeric",
                      placeholder="587"),
                security,
                class_name="grid gap-4 grid-cols-[88px_1fr] items-start",
            ),
            _text(channel, provider, card, "user", max_length=254, optional=True),
            _secret(channel, provider, card, "password", optional=True),
            class_name=PAIR,
        ),
        kit.details(
            t("staff.channels.bounces"),
            rx.el.div(
                _text(channel, provider, card, "return_path", max_length=254, optional=True,
                      help=t("staff.channels.return_path_help", mark="{mark}")),
                _secret(channel, provider, card, "bounce_token", optional=True,
                        help=t("staff.channels.bounce_token_help")),
                class_name=f"{PAIR} mt-3",
            ),
        ),
    ]  # fmt: skip


def _whatsapp(channel: str, provider: str, card: Any) -> list[rx.Component]:
    return [
        rx.el.div(
            _text(channel, provider, card, "phone_number_id", max_length=20,
                  input_mode="numeric", help=t("staff.channels.phone_number_id_help")),
            _secret(channel, provider, card, "token", help=t("staff.channels.token_help")),
            _secret(channel, provider, card, "app_secret", optional=True,
                    help=t("staff.channels.app_secret_help")),
            _secret(channel, provider, card, "verify_token", optional=True,
                    help=t("staff.channels.verify_token_help")),
            class_name=PAIR,
        ),
    ]  # fmt: skip


def _webhook(provider: str, card: Any) -> rx.Component:
    """Where the provider reports what became of each message."""
    address = card.webhooks[provider]
    return rx.el.div(
        rx.el.div(t("staff.channels.webhook"), class_name="text-sm font-medium"),
        rx.el.div(
            rx.el.code(address, class_name="text-sm break-all grow", data_testid="webhook"),
            kit.copy_button(address),
            class_name="flex items-center gap-3 mt-1",
        ),
        rx.el.p(t(f"staff.channels.webhook_{provider}"), class_name="text-sm text-ink-2 mt-1"),
    )
