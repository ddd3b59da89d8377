"""Kompas in a terminal: no account, no network. Colours and completion for a person, plain lines for a pipe."""
