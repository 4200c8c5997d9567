"""The one state that every tab has: who is looking, what to tell them, where to send them."""

import logging
from collections.abc import Mapping
from itertools import islice
from typing import Any, cast

import reflex as rx
from reflex.event import EventSpec
from reflex.vars import VarData
from reflex_base.event.context import EventContext
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import Var

from clientportal.domain.errors import NotSignedIn, PortalError
from clientportal.ui.policy import public

logger = logging.getLogger(__name__)

JsonScalar = str | int | float | bool | None

# Page loads in flight (transaction id of the event → whether the page only reads again), so that an
# error of one draws the page's error state instead of a toast. Bounded: an entry that is never read
# must not stay for ever.
_loading: dict[str, bool] = {}
_KEPT = 5_000
# Transactions that failed and got an answer: it is an event too, and may fail of the same fault.
_answered: dict[str, bool] = {}
MOST_PARAMS = 20


class Visitor(rx.State):
    """Filled by the gate. Shells show `name`; the bridges act on `notice_*` and `leave_to`."""

    signed_in: bool = False
    name: str = ""
    email: str = ""

    # An error or a confirmation to show as a toast: a key below `errors.` or `notices.`.
    notice_seq: int = 0
    notice_kind: str = "error"
    notice_code: str = ""
    notice_params: dict[str, JsonScalar] = {}

    # Not empty when the page itself may not be shown: a key below `errors.`.
    refused: str = ""

    # The path for which the page was read last (gate only).
    at: str = ""

    # A path of this site that the browser loads afresh (new socket, new cookie).
    leave_to: str = ""

    # Key of the principal for whom the state tree of this tab was filled (gate only).
    _bound: str = ""

    @rx.event
    @public
    def tell(self, kind: str, code: str, params: dict[str, JsonScalar]) -> None:
        """Show a notice. A browser that calls this itself only talks to itself."""
        self._tell(kind, code, params)

    @rx.event
    @public
    def refuse(self, code: str) -> None:
        """Show the page's error state instead of its content."""
        self.refused = _word(code)

    @rx.event
    @public
    def leave(self, path: str) -> None:
        """Load a path of this site afresh."""
        self._leave(path)

    @rx.event
    @public
    def look_again(self) -> None:
        """Does nothing itself: before it the gate compares the principal, and asks whether they may
        still be where the tab is (live pages send it)."""

    def _tell(self, kind: str, code: str, params: Mapping[str, JsonScalar] | None = None) -> None:
        self.notice_kind = "success" if kind == "success" else "error"
        self.notice_code = _word(code)
        given = islice(params.items() if isinstance(params, dict) else (), MOST_PARAMS)
        self.notice_params = {str(k)[:40]: _scalar(v) for k, v in given}
        self.notice_seq += 1

    def _leave(self, path: str) -> None:
        inside = isinstance(path, str) and path.startswith("/") and path[1:2] not in {"/", "\\"}
        self.leave_to = path[:2_000] if inside else "/"


def _word(code: object) -> str:
    """A code is a short catalogue key, whatever the browser sent."""
    text = code if isinstance(code, str) else ""
    return text[:60] if text.replace("_", "").replace(".", "").isalnum() else "unexpected"


def _scalar(value: object) -> JsonScalar:
    return value if isinstance(value, int | float | bool) or value is None else str(value)[:300]


def _spec(event: object) -> EventSpec:
    """Calling a handler of a state class gives an EventSpec; its annotations say otherwise."""
    return cast(EventSpec, event)


def notice(code: str, **params: JsonScalar) -> EventSpec:
    """What a handler returns to confirm something: `return notice("saved", number="A-1")`.

    `code` is a key below `notices.` of the shared catalogue.
    """
    return _spec(Visitor.tell("success", code, params))


def failure(code: str, **params: JsonScalar) -> EventSpec:
    """What a handler returns to tell of an error and still show what it has changed.

    `code` is a key below `errors.` of the shared catalogue.
    """
    return _spec(Visitor.tell("error", code, params))


def mark_loading(txid: str, *, refreshes: bool = False) -> None:
    """Remember that this transaction loads a page, or reads it again (called by the gate)."""
    _keep(_loading, txid, refreshes)


def _keep(entries: dict[str, bool], txid: str, value: bool) -> None:
    entries[txid] = value
    while len(entries) > _KEPT:
        entries.pop(next(iter(entries)))


def on_backend_error(exception: Exception) -> list[EventSpec]:
    """What the browser gets when a handler raised: a code, never a text or a trace.

    A PortalError is an answer for the person; everything else is a fault and is logged. No toast
    of the framework's own: it would arrive as script to evaluate, which the CSP forbids. What an
    answered failure queued gets no answer of its own: the two would follow each other for ever.
    """
    code = "unexpected"
    params: dict[str, JsonScalar] = {}
    if isinstance(exception, PortalError):
        code = exception.error_code
        params = {key: _scalar(value) for key, value in exception.params.items()}
    else:
        logger.error("event handler failed", exc_info=exception)
    context = EventContext.get()
    if (context.parent_txid or "") in _answered:
        return []
    _keep(_answered, context.txid, True)
    if isinstance(exception, NotSignedIn):
        return [_spec(Visitor.leave("/sign-in"))]
    refreshes = _loading.get(context.txid, _loading.get(context.parent_txid or ""))
    if refreshes is False or (refreshes and isinstance(exception, PortalError)):
        # What a page showed before a fault is better than nothing; what is gone must go.
        return [_spec(Visitor.refuse(code))]
    return [_spec(Visitor.tell("error", code, params))]


_REACT = VarData(imports={"react": [ImportVar("useEffect")]})
_OFFLINE_WORKER = "/offline-worker.js"


class VisitorBridge(rx.Fragment):
    """Acts in the browser on what the gate decides, without eval; part of every page (app wrap).

    Loads `Visitor.leave_to` when it is set, and keeps the offline page by its service worker.
    """

    def add_hooks(self) -> list[str | Var[Any]]:
        target: Var[Any] = cast(Var[Any], Visitor.leave_to)
        leave = f"if ({target!s}) window.location.assign({target!s})"
        keep = f'navigator.serviceWorker?.register("{_OFFLINE_WORKER}").catch(() => undefined)'
        data = VarData.merge(target._get_all_var_data(), _REACT)
        return [
            Var(f"useEffect(() => {{ {leave} }}, [{target!s}])", _var_data=data),
            Var(f"useEffect(() => {{ {keep} }}, [])", _var_data=_REACT),
        ]


@rx.memo
def visitor_bridge() -> rx.Component:
    """The bridge as a component of its own: an app wrap's hooks would run outside the state."""
    return VisitorBridge.create()
