"""Reflex configuration; everything that varies comes from clientportal.settings."""

import reflex as rx
from reflex.constants import StateManagerMode

from clientportal.settings import settings
from clientportal.ui.kit_build import KitPlugin

# The address in a build is a placeholder: web/env_chunk.py answers with the visitor's own origin.
BUILD_URL = "http://localhost:3000"

_settings = settings()

config = rx.Config(
    app_name="clientportal",
    app_module_import="clientportal.clientportal",
    api_url=BUILD_URL,
    deploy_url=BUILD_URL,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    react_strict_mode=False,
    frontend_lazy_bundled_libraries=True,
    frontend_compression_formats=["brotli", "gzip"],
    cors_allowed_origins=list(_settings.allowed_origins),
    trusted_proxy_hops=_settings.trusted_proxy_hops,
    state_manager_mode=(StateManagerMode.REDIS if _settings.redis_url else StateManagerMode.MEMORY),
    redis_url=_settings.redis_url or None,
    redis_token_expiration=900,
    plugins=[KitPlugin()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
