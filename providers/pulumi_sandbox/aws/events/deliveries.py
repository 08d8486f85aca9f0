"""Deliveries: accepted at once, kept on disk until they are made, retried, then sent to where failures go.

A delivery that was under way when the sandbox was killed is made again, so a target may get an event twice.
"""

import logging
import threading
import time
import uuid
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pulumi_sandbox.aws.events.targets import Letter, RefusedError, Sender, send
from pulumi_sandbox.durable import open_map

_LANES = 8
_LONGEST_RETRY_SECONDS = 300.0
# All others send dead letters as themselves, whatever role they send events as.
_DEAD_LETTERS_AS_ROLE = frozenset({"scheduler.amazonaws.com"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way; times are epoch seconds. ``dead_letters`` is a queue's ARN, or empty.

    ``dead_letter_attributes`` go with the event to that queue, beside the error, unless it is SNS that sends:
    its dead letters are the message and nothing else.
    """

    letter: Letter
    sender: Sender
    dead_letters: str = ""
    dead_letter_attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    max_retries: int = 185
    max_age_seconds: float = 86_400
    accepted: float = 0.0
    due: float = 0.0
    attempts: int = 0


_stored = open_map("event-deliveries")
_changed = threading.Condition()
_waiting: dict[str, Delivery] = {}


def accept(delivery: Delivery) -> None:
    """Take over a delivery; it is on disk when this returns, and made when the deliverer runs."""
    now = time.time()
    # Ordered by time, so that a restart keeps the order.
    _put(f"{time.time_ns():020d}-{uuid.uuid4().hex[:8]}", replace(delivery, accepted=now, due=now))


def _put(key: str, delivery: Delivery) -> None:
    _stored[key] = asdict(delivery)
    with _changed:
        _waiting[key] = delivery
        _changed.notify_all()


def _read(value: Mapping[str, Any]) -> Delivery:
    parts: dict[str, Any] = {"letter": Letter(**value["letter"]), "sender": Sender(**value["sender"])}
    return Delivery(**{**value, **parts})


class Deliverer:
    """Makes the deliveries; ``start`` also takes up what an earlier process left."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        # One thread a lane: what goes to one target goes in order.
        self._lanes = [ThreadPoolExecutor(1, thread_name_prefix=f"delivery-{number}") for number in range(_LANES)]
        self._dispatcher = threading.Thread(target=self._dispatch, name="deliveries", daemon=True)
        self._stopping = False

    def start(self) -> None:
        """Start delivering."""
        with _changed:
            _waiting.update({key: _read(value) for key, value in _stored.snapshot().items()})
        self._dispatcher.start()

    def stop(self) -> None:
        """Stop delivering; what is not done stays on disk."""
        with _changed:
            self._stopping = True
            _changed.notify_all()
        self._dispatcher.join(5)
        for lane in self._lanes:
            lane.shutdown(wait=False, cancel_futures=True)
        with _changed:
            _waiting.clear()

    def _dispatch(self) -> None:
        while True:
            with _changed:
                if self._stopping:
                    return
                now = time.time()
                due = {key: delivery for key, delivery in _waiting.items() if delivery.due <= now}
                for key in due:
                    del _waiting[key]
                if not due:
                    _changed.wait(min((delivery.due - now for delivery in _waiting.values()), default=None))
            for key, delivery in due.items():
                lane = zlib.crc32(delivery.letter.target.encode()) % _LANES
                self._lanes[lane].submit(self._guarded, key, delivery)

    def _guarded(self, key: str, delivery: Delivery) -> None:
        try:
            self._deliver(key, delivery)
        except Exception:  # noqa: BLE001 - the pool would swallow it in silence
            _log.exception("a delivery to %s is lost", delivery.letter.target)
            _stored.pop(key, None)

    def _deliver(self, key: str, delivery: Delivery) -> None:
        try:
            send(delivery.letter, delivery.sender, self._endpoint)
        except RefusedError as error:
            self._give_up(delivery, error.code, str(error))
        except Exception as error:  # noqa: BLE001 - what is no refusal may pass
            delay = min(_LONGEST_RETRY_SECONDS, 2.0**delivery.attempts)
            too_old = time.time() + delay - delivery.accepted > delivery.max_age_seconds
            if delivery.attempts < delivery.max_retries and not too_old:
                _put(key, replace(delivery, attempts=delivery.attempts + 1, due=time.time() + delay))
                return
            self._give_up(delivery, "RETRIES_EXHAUSTED", str(error))
        _stored.pop(key, None)

    def _give_up(self, delivery: Delivery, code: str, message: str) -> None:
        _log.warning("%s cannot deliver to %s: %s", delivery.sender.source_arn, delivery.letter.target, message)
        if not delivery.dead_letters:
            return
        values = {}
        if delivery.sender.service != "sns.amazonaws.com":
            values = {**delivery.dead_letter_attributes, "ERROR_CODE": code, "ERROR_MESSAGE": message[:1000]}
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items() if value}
        own = delivery.letter.parameters if delivery.letter.service == "sqs" else {}
        parameters = {**own, "MessageAttributes": {**own.get("MessageAttributes", {}), **attributes}}
        sender = delivery.sender
        if sender.service not in _DEAD_LETTERS_AS_ROLE:
            sender = replace(sender, role="")
        try:
            send(Letter(delivery.dead_letters, delivery.letter.body, parameters), sender, self._endpoint)
        except Exception as error:  # noqa: BLE001 - there is nobody left to tell
            _log.warning("the dead letter of %s is lost: %s", delivery.sender.source_arn, error)
