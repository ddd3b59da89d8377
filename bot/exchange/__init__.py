"""Quizzes of other programs: bytes in, items out, and back. Pure: no file, no network, nothing is executed.

read.read_quiz -> GIFT | Moodle XML | XLSX | our YAML -> Draft -> Item
write_gift, write_yaml <- Item
"""
