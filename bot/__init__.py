"""The core of Kompas: what it knows, how it understands, what it says. No platform library is imported here."""
