"""Keeps files in an object store that speaks S3, under the addresses that they have in the data folder too.

Each is sent in one request, which the store takes whole or not at all. Loaded only where the setting `files` names one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import UUID

from systems_changers.infra.errors import Misconfigured
from systems_changers.infra.files import ADDRESS, CHUNK, Stored, StoreFailed, address_of
from systems_changers.infra.log import log
from systems_changers.infra.settings import Settings
from systems_changers.infra.text import msg

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

TRIES, PATIENCE = 2, timedelta(seconds=15)
TRIED_OUT = "tried-out"


class ObjectStore:
    """The bucket and prefix that the settings name; nothing is asked of it before it is first used."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def _bucket(self) -> S3Store:
        try:
            from obstore.store import S3Store  # optional: only where files lie in an object store
        except ImportError:
            said = msg("Files in an object store need an extra: install systems-changers[s3].")
            raise Misconfigured(said) from None
        settings, place = self._settings, urlsplit(self._settings.files)
        given: S3Config = {
            "region": settings.files_region, "access_key_id": settings.files_key,
            "secret_access_key": settings.files_secret, "virtual_hosted_style_request": False,
        }  # fmt: skip
        if settings.files_endpoint:
            given["endpoint"] = settings.files_endpoint
        return S3Store(
            place.netloc, prefix=place.path.strip("/") or None, config=given,
            client_options={"allow_http": settings.files_endpoint.startswith("http:"), "connect_timeout": "5s"},
            retry_config={"max_retries": TRIES, "retry_timeout": PATIENCE},
        )  # fmt: skip

    def put(self, partner_id: UUID, sha256: str, content: bytes) -> None:
        """Send it in one request."""
        import obstore  # optional: as above

        with _told():
            if self.size(partner_id, sha256) != len(content):
                obstore.put(self._bucket, address_of(partner_id, sha256), content, use_multipart=False)

    def open(self, partner_id: UUID, sha256: str) -> Iterator[bytes]:
        """The content in chunks, as the store sends them."""
        import obstore  # optional: as above

        with _told():
            found = obstore.get(self._bucket, address_of(partner_id, sha256))
        return (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))

    def size(self, partner_id: UUID, sha256: str) -> int | None:
        """How many bytes are there; None where there is nothing."""
        import obstore  # optional: as above
        from obstore.exceptions import NotFoundError  # optional: as above

        with _told():
            try:
                found: int = obstore.head(self._bucket, address_of(partner_id, sha256))["size"]
            except (NotFoundError, FileNotFoundError):
                return None
        return found

    def delete(self, partner_id: UUID, sha256: str) -> None:
        """Take it away; a store of versions keeps an older one as it is set to."""
        import obstore  # optional: as above

        with _told():
            obstore.delete(self._bucket, address_of(partner_id, sha256))

    def list(self, partner_id: UUID) -> Iterator[Stored]:
        """Everything of this partner."""
        import obstore  # optional: as above

        with _told():
            for some in obstore.list(self._bucket, prefix=f"{partner_id}/"):
                for each in some:
                    name = each["path"].rpartition("/")[2]
                    if ADDRESS.fullmatch(name):
                        yield Stored(name, each["size"], each["last_modified"])

    def clear_unfinished(self, partner_id: UUID, before: datetime) -> int:  # noqa: ARG002 - the store's interface
        """Nothing: what was interrupted on its way is never kept."""
        return 0

    def try_out(self) -> None:
        """Write something and take it away again."""
        import obstore  # optional: as above

        with _told():
            obstore.put(self._bucket, TRIED_OUT, b"?", use_multipart=False)
            obstore.delete(self._bucket, TRIED_OUT)


@contextmanager
def _told() -> Iterator[None]:
    """The store's trouble as the kit's; only its kind goes to the log, because what the store said holds addresses."""
    from obstore.exceptions import BaseError  # optional: as above

    try:
        yield
    except (BaseError, OSError) as error:
        log.error("file store", why=type(error).__name__)
        raise StoreFailed from error
