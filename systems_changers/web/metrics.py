"""Counts requests and tells a Prometheus server how the instance is doing. Nothing of a partner or a person is in it.

Made only where the setting `metrics` is on: prometheus-client is loaded for nobody else. Each process counts for
itself, unless PROMETHEUS_MULTIPROC_DIR names a folder that all of them share.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from hmac import compare_digest
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple

from systems_changers.infra.log import log
from systems_changers.infra.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

SHARED = "PROMETHEUS_MULTIPROC_DIR"
PREFIX = "systems_changers_"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED")
LABELS = ("method", "group", "status")


class Measure(NamedTuple):
    """A figure of the moment: its name without the kit's prefix, what it is, its labels, and the value."""

    name: str
    meaning: str
    value: float
    labels: Mapping[str, str] = {}


class _Now:
    """What prometheus-client asks for the figures of the moment; one that can't be had is told as such."""

    def __init__(self, measure: Callable[[], Sequence[Measure]]) -> None:
        self._measure = measure

    def collect(self) -> Iterator[Metric]:
        from prometheus_client.core import GaugeMetricFamily  # optional: only where metrics are on

        found: dict[str, Any] = {}
        for each in self._looked():
            if each.name not in found:
                found[each.name] = GaugeMetricFamily(PREFIX + each.name, each.meaning, labels=tuple(each.labels))
            found[each.name].add_metric(tuple(each.labels.values()), each.value)
        yield from found.values()

    def _looked(self) -> Sequence[Measure]:
        meaning = "Whether the figures of the moment could be read."
        try:
            return [*self._measure(), Measure("figures_read", meaning, 1)]
        except Exception as error:  # noqa: BLE001 - whatever is away, what was counted is still told
            log.warning("no figures", exc_info=error)
            return [Measure("figures_read", meaning, 0)]


class Metrics:
    """What is counted while requests are answered, and the page that tells it."""

    def __init__(self, settings: Settings, measure: Callable[[], Sequence[Measure]]) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram  # optional: only where metrics are on

        self._settings, self._now = settings, _Now(measure)
        self._counted = CollectorRegistry()
        self._requests = Counter(
            PREFIX + "requests", "Requests that were answered.", LABELS, registry=self._counted
        )  # fmt: skip
        self._seconds = Histogram(
            PREFIX + "request_seconds", "How long answers took.", ("group",), buckets=BUCKETS, registry=self._counted
        )
        self._children: dict[tuple[str, str, str], Any] = {}
        self._clocks: dict[str, Any] = {}

    def count(self, method: str, endpoint: str, status: str, seconds: float) -> None:
        """Count an answered request; of the endpoint only the slice, of the status only the class."""
        group = endpoint.partition(".")[0]
        key = (method, group, f"{status[:1]}xx")
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._requests.labels(*key)
        clock = self._clocks.get(group)
        if clock is None:
            clock = self._clocks[group] = self._seconds.labels(group)
        child.inc()
        clock.observe(seconds)

    def allowed(self, environ: WSGIEnvironment) -> bool:
        """Whether whoever asks may read: with the token, or where none is set from this machine itself."""
        token = self._settings.metrics_token
        if token:
            given = str(environ.get("HTTP_AUTHORIZATION", ""))
            return compare_digest(given.encode(), f"Bearer {token}".encode())
        if any(name in environ for name in FORWARDED):  # a proxy on this machine brings everybody's requests
            return False
        return _is_loopback(str(environ.get("REMOTE_ADDR", "")))

    def page(self) -> tuple[str, bytes]:
        """The media type and the text."""
        from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest  # optional: see above

        now = CollectorRegistry()
        now.register(self._now)
        return CONTENT_TYPE_LATEST, generate_latest(self._all_processes()) + generate_latest(now)

    def _all_processes(self) -> CollectorRegistry:
        if not os.environ.get(SHARED):
            return self._counted
        from prometheus_client import CollectorRegistry  # optional: see above
        from prometheus_client.multiprocess import MultiProcessCollector  # optional: only with several processes

        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
        return registry


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False
