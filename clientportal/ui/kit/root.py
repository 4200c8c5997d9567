"""What stands around every page: sprite, toasts, live region, lost connection, brand, skeleton."""

from collections.abc import Callable
from typing import Annotated, Any

import reflex as rx

from clientportal.ui.base import Visitor
from clientportal.ui.kit.blocks import skeleton_block, skeleton_rows

# Inline on purpose: a request would come after the first paint. The CSP allows it by its hash.
_BOOT = """(function(){
var r=document.documentElement,m=function(n){
var f=document.cookie.match("(?:^|; )"+n+"=([a-z]+)");return f?f[1]:""},
t=m("theme"),d=m("density"),l=m("lang")||(navigator.language||"").slice(0,2);
if(t==="light"||t==="dark")r.dataset.theme=t;
if(d==="compact"||d==="roomy")r.dataset.density=d;
r.lang=l==="en"?"en":"es";
try{var b=JSON.parse(localStorage.getItem("brand")||"null");
if(b&&location.pathname.indexOf(b.place)===0)for(var n in b.set)
if(/^--[ld]-[a-z0-9-]+$/.test(n)&&/^#[0-9a-f]{6}$/i.test(b.set[n]))r.style.setProperty(n,b.set[n])
}catch(e){localStorage.removeItem("brand")}})()"""


class _Root(rx.Component):
    library = "$/kit/feedback.js"


class _Boundary(_Root):
    tag = "Boundary"


class _Toasts(_Root):
    tag = "Toasts"

    seq: rx.Var[int]
    kind: rx.Var[str]
    code: rx.Var[str]
    params: rx.Var[dict[str, Any]]


class _LiveRegion(_Root):
    tag = "LiveRegion"


class _ConnectionNote(_Root):
    tag = "ConnectionNote"


class _UndoTarget(_Root):
    tag = "UndoTarget"

    on_undo: Annotated[rx.EventHandler, rx.event.passthrough_event_spec(str)]


class _Sprite(rx.Component):
    library = "$/kit/icon.js"
    tag = "Sprite"


class _FormManners(rx.Component):
    library = "$/kit/keys.js"
    tag = "FormManners"


class _Brand(rx.Component):
    library = "$/kit/brand.js"
    tag = "Brand"

    tokens: rx.Var[dict[str, dict[str, str]]]


def head() -> list[rx.Component]:
    """Head parts of every page: theme, density, language and last brand, before first paint."""
    return [
        rx.el.script(custom_attrs={"dangerouslySetInnerHTML": {"__html": _BOOT}}),
        rx.el.link(rel="icon", href="/icon.svg", type="image/svg+xml"),
        rx.el.meta(name="robots", content="noindex"),
        rx.el.meta(name="color-scheme", content="light dark"),
    ]


def overlay() -> rx.Component:
    """Sprite, toasts, live region and connection note, once per page."""
    return rx.fragment(
        _Sprite.create(),
        _Toasts.create(
            seq=Visitor.notice_seq, kind=Visitor.notice_kind,
            code=Visitor.notice_code, params=Visitor.notice_params,
        ),
        _LiveRegion.create(),
        _ConnectionNote.create(),
        _FormManners.create(),
    )  # fmt: skip


def app_wraps() -> dict[tuple[int, str], Callable[[bool], rx.Component | None]]:
    """`rx.App(app_wraps=…)`: our error boundary and overlay instead of the English defaults."""
    return {
        (55, "ErrorBoundary"): lambda _stateful: _Boundary.create(),
        (5, "Overlay"): lambda stateful: overlay() if stateful else None,
    }


def undo_target(on_undo: Any) -> rx.Component:
    """Where the page takes "undo" of a toast: a handler of one str (the notice's `undo`)."""
    return _UndoTarget.create(on_undo=on_undo)


def brand(tokens: Any) -> rx.Component:
    """A company's accent on the page: {"light": {"accent": "#…"}, "dark": {…}}; {} is ours."""
    return _Brand.create(tokens=tokens)


def hydrate_fallback() -> rx.Component:
    """What a dynamic route shows before its script runs: bones of a shell, no data."""
    return rx.el.div(
        rx.el.div(
            rx.el.div(class_name="h-[60px] border-b border-line bg-surface"),
            rx.el.div(
                skeleton_block(),
                skeleton_rows(),
                class_name="in-w grid gap-4 pt-6",
                aria_hidden=True,
            ),
        ),
        class_name="min-h-screen",
        data_testid="skeleton",
    )
