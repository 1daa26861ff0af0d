"""The translation catalogues: extract messages, add Turkish, check that nothing is missing.

    python -m tools.catalogues extract            read code and templates, update both catalogues
    python -m tools.catalogues set "Take" "Al"    translate one message into Turkish
    python -m tools.catalogues fill file.yaml     translate many: a mapping of message to Turkish
    python -m tools.catalogues missing            print what lacks Turkish, as YAML to fill in
    python -m tools.catalogues check              fail if a message is missing, untranslated or fuzzy

A message with a context is written "context|message"; one with a plural by its singular. Several
people may run this at once: each run holds a lock, reads the files anew and replaces them whole.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import yaml
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from config.cli import main as koza
from config.spoken import messages
from core.i18n import LOCALES, LOCALES_FOLDER

ROOT: Final = Path(__file__).resolve().parent.parent
ROOMS: Final = ("config", "core", "dashboard", "escalation", "hotline", "intake", "practice", "routing", "staff")
KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
}
_PLACE: Final = re.compile(r"%\([^)]+\)[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]|%[sd]|\{[a-z_]*\}")

Key = tuple[str, str | None]


def _sources() -> Iterator[tuple[Path, str]]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix == ".py":
                yield path, "python"
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                yield path, "jinja2"


def extract() -> Catalog:
    """Every message in code and templates, and the help of every command."""
    template = Catalog(project="koza", version="")
    for path, method in _sources():
        options = {"silent": "false"} if method == "jinja2" else {}
        found = extract_from_file(method, path, keywords=KEYWORDS, options=options)
        for _line, message, _comments, context in found:
            template.add(message, locations=[(path.relative_to(ROOT).as_posix(), 0)], context=context)
    for message, module in messages(koza):
        template.add(message, locations=[(f"{module.replace('.', '/')}.py", 0)])
    return template


def _key(message: Any) -> Key:
    singular = message.id if isinstance(message.id, str) else message.id[0]
    return singular, message.context


def _name(key: Key) -> str:
    return key[0] if key[1] is None else f"{key[1]}|{key[0]}"


def read(locale: str, folder: Path = LOCALES_FOLDER) -> Catalog:
    """The catalogue of `locale`, empty if there is no file yet."""
    path = folder / locale / "koza.po"
    if not path.exists():
        return Catalog(locale=locale)
    with path.open("rb") as file:
        return read_po(file, locale=locale)


def _known(catalogue: Catalog) -> dict[Key, Any]:
    known = {_key(message): message for message in catalogue.obsolete.values()}
    return known | {_key(message): message for message in catalogue if message.id}


def merge(template: Catalog, old: Catalog, locale: str, *, prune: bool = False) -> Catalog:
    """`template` with the translations of `old`.

    Translations whose message is not in the code are kept as obsolete, because the code that uses
    them may still be on its way; `prune` drops them. Messages are never guessed from similar ones.
    """
    new = Catalog(locale=locale, project="koza", version="1", last_translator="koza", language_team=locale, fuzzy=False)
    new.msgid_bugs_address = "koza"
    new.header_comment = "# Koza's screens. Edited by hand or with python -m tools.catalogues."
    # A fixed date: a catalogue that changes at every run can only be merged with tears.
    new.creation_date = new.revision_date = datetime(2026, 11, 23, tzinfo=UTC)
    known = _known(old)
    for message in template:
        if not message.id:
            continue
        before = known.pop(_key(message), None)
        files = sorted({name for name, _line in message.locations})
        entry = new.add(message.id, locations=[(name, 0) for name in files], context=message.context)
        if before is not None and before.string:
            entry.string = _shaped(before.string, message.id, new.num_plurals)
            entry.user_comments = before.user_comments
            entry.flags |= before.flags & {"fuzzy"}
    if not prune:
        for key, message in known.items():
            if message.string and any(message.string):
                _park(new, key, message)
    return new


def _park(catalogue: Catalog, key: Key, message: Any) -> None:
    singular, context = key
    catalogue.obsolete[singular if context is None else (singular, context)] = message


def _shaped(string: Any, message_id: Any, plurals: int) -> Any:
    first = string if isinstance(string, str) else string[0]
    if isinstance(message_id, str):
        return first
    return tuple(string) if isinstance(string, tuple) and len(string) == plurals else (first,) * plurals


def write(catalogue: Catalog, locale: str, folder: Path = LOCALES_FOLDER) -> None:
    """Replace the catalogue's file as a whole."""
    path = folder / locale / "koza.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with temporary.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, include_lineno=False)
    temporary.replace(path)


@contextmanager
def _locked(folder: Path = LOCALES_FOLDER) -> Iterator[None]:
    # The folder itself is locked, so that no lock file is left behind.
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def update(*, prune: bool = False, folder: Path = LOCALES_FOLDER) -> None:
    """Bring both catalogues up to the code."""
    template = extract()
    with _locked(folder):
        for locale in LOCALES:
            write(merge(template, read(locale, folder), locale, prune=prune), locale, folder)


def fill(translations: Mapping[str, str], folder: Path = LOCALES_FOLDER) -> None:
    """Add Turkish `translations`, for messages in the code already or on their way."""
    template = extract()
    with _locked(folder):
        turkish = merge(template, read("tr", folder), "tr")
        present = {_name(_key(message)): message for message in turkish if message.id}
        for name, text in translations.items():
            if not text.strip():
                continue  # a line of `missing` that nobody has filled in yet
            message = present.get(name)
            if message is None:
                context, bar, plain = name.rpartition("|")
                parked = Catalog(locale="tr").add(plain if bar else name, text, context=context or None)
                _park(turkish, _key(parked), parked)
            else:
                message.string = _shaped(text, message.id, turkish.num_plurals)
                message.flags.discard("fuzzy")
        write(turkish, "tr", folder)
        write(merge(template, read("en", folder), "en"), "en", folder)


def _problem(message: Any, before: Any) -> str | None:
    if before is None or not before.string or not all(before.string):
        return "no Turkish"
    if before.fuzzy:
        return "fuzzy"
    forms = [before.string] if isinstance(before.string, str) else list(before.string)
    ids = [message.id] if isinstance(message.id, str) else list(message.id)
    places = {place for one in ids for place in _PLACE.findall(one)}
    for form in forms:
        if set(_PLACE.findall(form)) != places:
            return "other places than " + " ".join(sorted(places))
    return None


def problems(template: Catalog, turkish: Catalog) -> dict[str, str]:
    """What keeps `turkish` from being complete: message and reason."""
    known = {_key(message): message for message in turkish if message.id}
    found: dict[str, str] = {}
    for message in template:
        reason = _problem(message, known.get(_key(message))) if message.id else None
        if reason is not None:
            found[_name(_key(message))] = reason
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 1 if `check` found something."""
    parser = argparse.ArgumentParser(prog="python -m tools.catalogues", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract").add_argument(
        "--prune", action="store_true", help="drop what the code no longer uses"
    )
    one = commands.add_parser("set")
    one.add_argument("message")
    one.add_argument("turkish")
    commands.add_parser("fill").add_argument("file", type=Path)
    commands.add_parser("missing")
    commands.add_parser("check")
    chosen = parser.parse_args(arguments)
    if chosen.command == "extract":
        update(prune=chosen.prune)
    elif chosen.command == "set":
        fill({chosen.message: chosen.turkish})
    elif chosen.command == "fill":
        fill(yaml.load(chosen.file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))  # noqa: S506 - text only
    else:
        return _report(problems(extract(), read("tr")), as_yaml=chosen.command == "missing")
    return 0


def _report(found: Mapping[str, str], *, as_yaml: bool) -> int:
    if as_yaml:
        yaml.safe_dump(dict.fromkeys(found, ""), sys.stdout, allow_unicode=True, width=1000, default_style='"')
        return 0
    for name, reason in found.items():
        print(f"{reason}: {name}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
