"""The Matrix adapter: its pure parts by value, the whole against a real Synapse."""
