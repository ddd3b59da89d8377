"""The Discord adapter: its pure parts by value, the whole of it against the local double."""
