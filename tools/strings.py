"""Bring the catalogs up to date with the sentences in the code: `python tools/strings.py [TAG …]`.

New sentences are added untranslated, gone ones removed. A changed English sentence keeps its translation, marked fuzzy,
which counts as missing until a translator has looked at it.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.i18n.extract import extracted  # noqa: E402 - the path comes first
from bot.i18n.languages import load_languages  # noqa: E402

HEADER = """# Kompas in {autonym}.
# msgctxt names the sentence and never changes; placeholders in {{braces}} stay as they are.
#"""

IDLE = (
    '"Project-Id-Version',
    '"Report-Msgid',
    '"POT-Creation',
    '"PO-Revision',
    '"Last-Translator',
    '"Language-Team',
    '"Generated-By',
)
"""Header lines that nobody fills in, or that would change at every run."""


def main() -> None:
    """Update the named catalogs, by default all."""
    locales = ROOT / "locales"
    languages = load_languages(locales)
    template = extracted(ROOT)
    for tag in sys.argv[1:] or languages.written:
        if tag == "en":
            continue
        language = languages[tag]
        file = locales / f"{tag}.po"
        catalog = Catalog(fuzzy=False)
        if file.exists():
            with file.open("rb") as stream:
                catalog = read_po(stream)
        old = {(message.context, message.id): message for message in catalog if message.id}
        by_context = {message.context: message for message in catalog if message.id}
        fresh = Catalog(fuzzy=False, header_comment=HEADER.format(autonym=language.autonym))
        fresh.mime_headers = [
            ("Language", tag.replace("-", "_")),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", language.plural),
        ]
        for message in template:
            if not message.id:
                continue
            known = old.get((message.context, message.id)) or by_context.get(message.context)
            flags = set(known.flags) if known else set()
            if known and known.id != message.id:
                flags.add("fuzzy")
            string = known.string if known and isinstance(known.id, tuple) == isinstance(message.id, tuple) else None
            fresh.add(message.id, string, auto_comments=message.auto_comments, context=message.context, flags=flags)
        stream = io.BytesIO()
        write_po(stream, fresh, width=110, no_location=True)
        lines = stream.getvalue().decode().split("\n")
        file.write_text("\n".join(line for line in lines if not line.startswith(IDLE)), "utf-8")
        print(f"{tag}: {sum(1 for m in fresh if m.id)} sentences")


if __name__ == "__main__":
    main()
