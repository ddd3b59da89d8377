"""Spelling of everything people read: texts under content/, catalogs, and the English sentences in the code."""
