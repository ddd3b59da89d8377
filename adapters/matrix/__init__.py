"""Kompas in Matrix rooms and direct chats, plain and encrypted."""
