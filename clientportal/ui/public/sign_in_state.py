"""What the pages show through which one comes in: start, sign-in and its code."""

import re
from urllib.parse import parse_qs

import reflex as rx
from reflex.event import EventSpec
from starlette.requests import cookie_parser

from clientportal.settings import settings
from clientportal.ui.gate import public
from clientportal.ui.public.doors import CastLine, Door, look
from clientportal.ui.session import principal, read

EMAIL_COOKIE = "sign_in_email"

# What the routes may send back. Anything else in the address shows nothing.
PASSWORD_ERRORS = frozenset({"sign_in_failed", "sign_in_incomplete"})
ERRORS = PASSWORD_ERRORS | {
    "code_expired",
    "code_pause",
    "code_wrong",
    "email_invalid",
    "foreign_origin",
    "not_found",
    "too_large",
    "too_many_tries",
}
FIELDS = frozenset({"email", "code"})


class SignInState(rx.State):
    """The last try by the page's address, the way of signing in, and where one may go."""

    way: str = "code"
    _chosen_at: str = ""
    next: str = ""
    error: str = ""
    field: str = ""
    minutes: int = 0

    # The address that a code was sent to, which this browser typed itself.
    email: str = ""

    # The start page: the doors of the person, or the cast of the demo.
    loaded: bool = False
    doors: list[Door] = []
    staff: list[CastLine] = []
    customers: list[CastLine] = []

    @rx.event
    @public
    async def load(self) -> None:
        """Read the last try's error and where to go afterwards."""
        self._read_try()

    @rx.event
    @public
    async def load_code(self) -> None:
        """Read the address from its cookie and the last try's error from the URL."""
        cookies = cookie_parser(self.router_data.get("headers", {}).get("cookie", ""))
        raw = cookies.get(EMAIL_COOKIE, "")
        try:
            self.email = raw.encode("ascii").decode("unicode_escape")[:254]
        except (UnicodeDecodeError, UnicodeEncodeError):
            self.email = ""
        self._read_try()

    @rx.event
    @public
    async def load_start(self) -> EventSpec | None:
        """Decide what the start page is for this visitor; one door alone is entered at once."""
        start = await read(look, await principal(self), settings().shows_demo_tools)
        if start.empty:
            return rx.redirect("/set-up", replace=True)
        if len(start.doors) == 1:
            return rx.redirect(start.doors[0].href, replace=True)
        self._read_try()
        self.doors = list(start.doors)
        self.staff = [line for line in start.cast if line.role != "customer"]
        self.customers = [line for line in start.cast if line.role == "customer"]
        self.loaded = True
        return None

    @rx.event
    @public
    async def choose(self, way: str) -> None:
        """Show the other way; the typed address stays."""
        self.way = "password" if way == "password" else "code"
        self._chosen_at = self._here()

    def _here(self) -> str:
        return f"{self.router.url.path}?{self.router.url.query}"

    def _read_try(self) -> None:
        """Fill the state from a query: codes by the allow list, numbers as numbers, local paths."""
        query = parse_qs(self.router.url.query)
        error = query.get("error", [""])[0]
        self.error = error if error in ERRORS else ""
        field = query.get("field", [""])[0]
        self.field = field if field in FIELDS else ""
        seconds = query.get("seconds", [""])[0]
        known = int(seconds) if re.fullmatch(r"[0-9]{1,5}", seconds) else 0
        self.minutes = max(1, round(known / 60))
        wanted = query.get("next", [""])[0][:500]
        local = (
            wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
        )
        self.next = wanted if local else ""
        asked = query.get("way", [""])[0]
        if self._chosen_at != self._here():  # whoever chose before the page was read keeps it
            by_password = self.error in PASSWORD_ERRORS or asked == "password"
            self.way = "password" if by_password else "code"
