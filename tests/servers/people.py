"""The people of the Matrix tests: `Person` in plain rooms, `EncryptedPerson` also in encrypted ones."""

from .encrypted_person import EncryptedPerson
from .inbox import Message
from .person import Person
from .synapse import Account, MatrixError

__all__ = ["Account", "EncryptedPerson", "MatrixError", "Message", "Person"]
