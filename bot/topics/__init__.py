"""What Kompas explains and how it finds it: content files, search key, matcher. Pure: no clock, no network, no
database.
"""
