"""The matrix of the event handlers of channels: their settings, and banners of what has stopped."""

from typing import Any

from tests.permissions.handler_rows import H, PageRows, args
from tests.support.matrix import ADMINS, EVERY_STAFF
from tests.support.tenants import World

LOADED = (("channels_state.load", args()),)
KEPT = {
    "channel": "email",
    "provider": "resend",
    "api_key": "re_another",
    "from_address": "matrix@elsewhere.example",
}


def _call(world: World) -> dict[str, Any]:
    return {"batch_id": world.mine.unknown_call, "arrived": True}


CHANNELS: dict[str, PageRows] = {
    "channels_state": PageRows(
        "/staff/{slug}/settings/channels",
        {
            "load": H(EVERY_STAFF, "data", by="admin"),
            "refresh": H(EVERY_STAFF, "data", by="admin"),
            "choose": H(ADMINS, args=args(provider="smtp"), then={"choice": "smtp"}),
            "save": H(ADMINS, "rows", args(data=KEPT), before=LOADED),
            "turn": H(ADMINS, "rows", args(channel="email", on=True), before=LOADED),
            "forget": H(ADMINS, "rows", args(channel="email"), before=LOADED),
            "try_out": H(ADMINS, "rows", args(data={"channel": "email"})),
            "decide": H(ADMINS, "rows", _call, foreign=True),
            "resume": H(ADMINS, "rows", args(channel="whatsapp")),
            "resume_campaign": H(
                ADMINS, "rows", lambda w: {"pause_id": w.mine.campaign_pause}, foreign=True
            ),
        },
    ),
}
