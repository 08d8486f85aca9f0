"""`/v1/files`: https://platform.openai.com/docs/api-reference/files."""

from dataclasses import dataclass
from typing import Any, Final

from genai_runtime.core.batches import Source
from genai_runtime.core.config import BatchConfig
from genai_runtime.core.errors import refusal
from genai_runtime.core.files import File, FileKey, FileStore, Objects, object_name, show
from genai_runtime.core.http import HttpResponse
from genai_runtime.core.http_exchange import Exchange, Routes, json_response
from genai_runtime.core.multipart import Part, parse_form
from genai_runtime.core.openai_api.pages import page, page_limit
from genai_runtime.core.ports import Clock
from genai_runtime.core.request import Caller
from genai_runtime.ids import is_id, new_id

DIRECT_BYTES: Final = 2_500_000
"""A larger content is given by a URL: a function's answer has at most 6 MB, in which every quote of JSON takes two
bytes (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
URL_SECONDS: Final = 300
_MOST_LISTED: Final = 10_000


@dataclass(frozen=True)
class Files:
    """The part of the HTTP surface that takes and gives files."""

    config: BatchConfig
    files: FileStore
    objects: Objects
    clock: Clock

    @property
    def routes(self) -> Routes:
        """What answers for files."""
        return {
            "/v1/files": {"POST": self._create, "GET": self._list},
            "/v1/files/*": {"GET": self._get, "DELETE": self._delete},
            "/v1/files/*/content": {"GET": self._content},
        }

    def file(self, exchange: Exchange, caller: Caller, file_id: str, param: str) -> File:
        """Return a file of the caller.

        Raises:
            RefusalError: there is none; another user's is told apart from none by nobody.
        """
        found = None
        if is_id(file_id, "file"):
            with exchange.steps.step("file"):
                found = self.files.get(FileKey(caller.tenant, caller.user, file_id), self.clock.now())
        if found is None:
            raise refusal("file_not_found", f"There is no file {file_id[:40]!r}.", param)
        return found

    def _create(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        part = self._uploaded(exchange)
        key, now = FileKey(caller.tenant, caller.user, new_id("file")), int(self.clock.now())
        with exchange.steps.step("object"):
            version = self.objects.put(object_name(key), part.content)
        file = File(
            key=key,
            filename=(part.filename or "upload.jsonl")[:255],
            purpose="batch",
            size_bytes=len(part.content),
            created_at=now,
            expires_at=now + self.config.batch.kept_seconds,
            source=Source(object_name(key), version),
        )
        with exchange.steps.step("file"):
            self.files.create(file)
        exchange.record["file_id"] = key.id
        return json_response(show(file))

    def _uploaded(self, exchange: Exchange) -> Part:
        form = parse_form(exchange.request.headers.get("content-type", ""), exchange.request.body)
        purpose = form["purpose"].content.decode(errors="replace") if "purpose" in form else None
        if purpose != "batch":
            said = "is missing" if purpose is None else f"is {purpose[:40]!r}"
            raise refusal("invalid_value", f"purpose {said}; this deployment takes files for 'batch'.", "purpose")
        part = form.get("file")
        if part is None or not part.content.strip():
            raise refusal("missing_parameter", "file is missing or empty; send a JSONL file.", "file")
        limit = self.config.batch.max_upload_bytes
        if len(part.content) > limit:
            raise refusal(
                "request_too_large",
                f"The file has {len(part.content)} bytes; an upload may have {limit} bytes. Send it in parts, each"
                " its own batch, or have an operator put it into the batch bucket, at <tenant>/inbox/<name>.jsonl.",
                "file",
            )
        try:
            part.content.decode()
        except UnicodeDecodeError as error:
            raise refusal("invalid_file", f"The file is not UTF-8: byte {error.start} is wrong.", "file") from None
        return part

    def _list(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        query = exchange.request.query
        limit = page_limit(query, _MOST_LISTED, _MOST_LISTED)
        order = query.get("order", "desc")
        if order not in {"asc", "desc"}:
            raise refusal("invalid_value", f"order is {order[:40]!r}; it must be 'asc' or 'desc'.", "order")
        with exchange.steps.step("files"):
            found = self.files.listed(caller.tenant, caller.user, self.clock.now())
        wanted = [file for file in found if query.get("purpose") in {None, file.purpose}]
        shown: list[dict[str, Any]] = [show(file) for file in (wanted if order == "asc" else reversed(wanted))]
        ids = [file["id"] for file in shown]
        after = query.get("after")
        if after is not None and after not in ids:
            raise refusal("file_not_found", f"There is no file {after[:40]!r} in the list.", "after")
        start = ids.index(after) + 1 if after else 0
        return json_response(page(shown[start:], limit))

    def _get(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        return json_response(show(self.file(exchange, caller, _named(exchange, -1), "file_id")))

    def _delete(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        file = self.file(exchange, caller, _named(exchange, -1), "file_id")
        with exchange.steps.step("file"):
            self.files.delete(file.key)
        with exchange.steps.step("object"):
            # A batch that reads it goes on: it reads a version, which stays for a day.
            self.objects.delete(file.source.object)
        return json_response({"id": file.key.id, "object": "file", "deleted": True})

    def _content(self, exchange: Exchange, caller: Caller) -> HttpResponse:
        file = self.file(exchange, caller, _named(exchange, -2), "file_id")
        if file.size_bytes > DIRECT_BYTES:
            return HttpResponse(302, {"location": self.objects.url(file.source, URL_SECONDS)}, "")
        with exchange.steps.step("object"):
            content = self.objects.read(file.source, 0, file.size_bytes)
        return HttpResponse(200, {"content-type": "application/jsonl; charset=utf-8"}, content.decode())


def _named(exchange: Exchange, part: int) -> str:
    return exchange.request.path.rstrip("/").split("/")[part]
