"""Tickets: what a client opens a WebSocket with, because a browser cannot send its token there.

A ticket is good for one connection and for a minute, so it does no harm in a log that an URL ends up in.
"""

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlencode

from genai_runtime.core.request import Caller

TICKET_SECONDS: Final = 60
_BYTES: Final = 32


class TicketStore(Protocol):
    """Keeps who a ticket was given to, under the ticket's hash."""

    def put(self, digest: str, caller: Caller, expires_at: float) -> None:
        """Keep a ticket."""
        ...

    def take(self, digest: str, now: float) -> Caller | None:
        """Return whose the ticket is and forget it; None when there is none that is still good."""
        ...


@dataclass(frozen=True)
class Ticket:
    """A ticket that was given; `expires_at` is in seconds since the epoch, `url` is where to connect with it."""

    ticket: str
    expires_at: int
    url: str


def issue(caller: Caller, store: TicketStore, now: float, websocket_url: str) -> Ticket:
    """Return a new ticket for the caller."""
    ticket, expires_at = secrets.token_urlsafe(_BYTES), int(now) + TICKET_SECONDS
    store.put(_digest(ticket), caller, expires_at)
    return Ticket(ticket, expires_at, f"{websocket_url}?{urlencode({'ticket': ticket})}")


def redeem(ticket: str, store: TicketStore, now: float) -> Caller | None:
    """Return whose the ticket is, once; None when it is unknown, used or too old."""
    return store.take(_digest(ticket), now) if ticket else None


def _digest(ticket: str) -> str:
    # Only the hash is kept: whoever can read the table cannot connect.
    return hashlib.sha256(ticket.encode()).hexdigest()
