"""Real servers for the tests: a Synapse and a PostgreSQL from PyPI, and people who talk to the Synapse.

Nothing here is a double: the processes are the released programs, in cached environments of their own
(`environments`), started on loopback with fresh data. `fixtures` is what a conftest imports.
"""
