"""Languages, scripts and sentences. Everything here is pure: the language is always an argument, never a global."""
