"""Numbers for operators, in Prometheus' text format at /metrics."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter("clientportal_requests", "HTTP answers", ("method", "kind", "status"))
REQUEST_SECONDS = Histogram("clientportal_request_seconds", "Time of an HTTP answer", ("kind",))
REFUSED = Counter("clientportal_refused", "Sockets and frames refused at the edge", ("reason",))
OPEN_PAGES = Gauge("clientportal_open_pages", "Open sockets of this process")

_KINDS = ("assets", "auth", "files", "webhooks", "staff", "portal", "api", "d")


def count_request(method: str, path: str, status: int, seconds: float) -> None:
    """Count one answer; paths are folded to their first segment, ids never become labels."""
    first = path.lstrip("/").partition("/")[0]
    kind = first if first in _KINDS else "other"
    method = method if method in {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"} else "other"
    REQUESTS.labels(method, kind, str(status)).inc()
    REQUEST_SECONDS.labels(kind).observe(seconds)
