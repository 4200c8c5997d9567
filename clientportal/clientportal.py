"""Composition root: the app with its pages, routes, wraps and tasks. No logic."""

import reflex as rx
from starlette.applications import Starlette

from clientportal import live
from clientportal.jobs import runtime
from clientportal.rendering.texts import t
from clientportal.settings import settings
from clientportal.ui import kit, live_pages, memory
from clientportal.ui.base import on_backend_error, visitor_bridge
from clientportal.ui.gate import Gate
from clientportal.ui.pages import all_pages
from clientportal.web import sandbox
from clientportal.web.edge import Edge
from clientportal.web.pages import EXCEPTION_HANDLERS
from clientportal.web.routes import all_routes

app = rx.App(
    html_lang="es",
    reset_style=False,
    toaster=None,
    head_components=kit.head(),
    app_wraps={
        **kit.app_wraps(),
        (4, "VisitorBridge"): lambda _stateful: rx.fragment(visitor_bridge()),
    },
    hydrate_fallback=kit.hydrate_fallback,
    backend_exception_handler=on_backend_error,
    api_transformer=[
        Starlette(routes=all_routes(), exception_handlers=EXCEPTION_HANDLERS),
        Edge,
    ],
)
app.add_middleware(Gate())

for page in all_pages(development=not settings().is_production):
    app.add_page(
        page.view, route=page.route, title=t(page.title_key, "es"), on_load=list(page.on_load)
    )

# Started in this order, stopped in the reverse one.
app.register_lifespan_task(live.lifespan)
app.register_lifespan_task(live_pages.lifespan)
app.register_lifespan_task(memory.lifespan)
app.register_lifespan_task(runtime.lifespan)
app.register_lifespan_task(sandbox.lifespan)
