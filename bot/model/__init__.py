"""The values that every part of Kompas shares. They import nothing of ours and never change."""
