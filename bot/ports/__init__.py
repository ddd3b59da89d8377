"""What the core needs from outside, as small Protocols. `bot.store` fulfils those that keep things, adapters those
that send; tests bring the memory versions, which are held to the same tests.
"""

from bot.ports.imported import ImportedSet, ImportedSets
from bot.ports.preferences import (
    AccountState,
    Asked,
    Choosing,
    Keep,
    Person,
    Place,
    Preferences,
    Privacy,
    Unanswered,
)
from bot.ports.sending import CannotSend, RoomFacts, Sender
from bot.ports.sessions import Fence, Linked, NewSession, Row, Sessions
from bot.ports.store import Store

__all__ = [
    "AccountState",
    "Asked",
    "CannotSend",
    "Choosing",
    "Fence",
    "ImportedSet",
    "ImportedSets",
    "Keep",
    "Linked",
    "NewSession",
    "Person",
    "Place",
    "Preferences",
    "Privacy",
    "RoomFacts",
    "Row",
    "Sender",
    "Sessions",
    "Store",
    "Unanswered",
]
