"""Catalogues: law, provinces, phrases and other knowledge kept as YAML data beside the code.

A catalogue names its source and the date from which it is valid, and is read into a typed model
when the process starts, so that a mistake in the data stops the start and not a call at night.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from core.i18n import current_locale

ModelT = TypeVar("ModelT", bound=BaseModel)

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class CatalogueError(Exception):
    """A catalogue cannot be read. The text names the file and the key."""


class Entry(BaseModel):
    """Base of a catalogue's parts: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Label(Entry):
    """A name in both languages of the screens; as text it is the one of the current language."""

    tr: Text
    en: Text

    def __str__(self) -> str:
        return self.tr if current_locale() == "tr" else self.en


class Catalogue(Entry):
    """Base of a whole catalogue: says where its content comes from and since when it holds."""

    source: Text
    valid_from: date


class _Loader(yaml.SafeLoader):
    """YAML without its surprises: `no` and `on` stay words, `01` stays text, a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the signature of SafeLoader
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise CatalogueError(f"line {line}: the key {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_BOOL = "tag:yaml.org,2002:bool"
_INT = "tag:yaml.org,2002:int"
# A class attribute that SafeLoader shares: the subclass gets its own copy without YAML 1.1's
# words for true and its octal integers, which would turn the answer "no" into False and Adana into 1.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_BOOL, _INT}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver(_INT, re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))


def load_catalogue(path: Path, model: type[ModelT]) -> ModelT:
    """Read the YAML file at `path` into `model`.

    Raises CatalogueError, whose text names the file and every wrong key.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, CatalogueError) as error:
        raise CatalogueError(f"{path}: {error}") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'file'}: {item['msg']}" for item in error.errors()
        )
        raise CatalogueError(f"{path}: {problems}") from error
