"""Catalogues: law, provinces, phrases and other knowledge kept as YAML data beside the code.

A catalogue names its source and the date from which it is valid, and is read into a typed model
when the process starts, so that a mistake in the data stops the start and not a call at night.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
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


class _Strict(yaml.constructor.SafeConstructor):
    """YAML without its surprises: `no` and `on` stay words, `01` stays text, a key stands once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the signature of SafeLoader
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(problem="a key is no word", problem_mark=key.start_mark)
            if key.value in seen:
                line = key.start_mark.line + 1
                raise CatalogueError(f"line {line}: the key {key.value!r} stands twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


class _FileLoader(_Strict, yaml.CSafeLoader):
    """Reads the house's own files, in C: every process reads all of them when it starts."""


class _Loader(_Strict, yaml.SafeLoader):
    """Reads what somebody typed, sign by sign as YAML's own words describe it."""


_BOOL = "tag:yaml.org,2002:bool"
_INT = "tag:yaml.org,2002:int"
for _reader in (_FileLoader, _Loader):
    # A class attribute that SafeLoader shares: the subclass gets its own copy without YAML 1.1's
    # words for true and its octal integers, which would turn the answer "no" into False and Adana into 1.
    _reader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_BOOL, _INT}]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _reader.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$"), list("tf"))
    _reader.add_implicit_resolver(_INT, re.compile(r"^-?(?:0|[1-9][0-9]*)$"), list("-0123456789"))


def load_catalogue(path: Path, model: type[ModelT]) -> ModelT:
    """Read the YAML file at `path` into `model`.

    Raises CatalogueError, whose text names the file and every wrong key.
    """
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_FileLoader)  # noqa: S506 - a SafeLoader
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


#: Longer text is no catalogue that somebody wrote by hand.
LONGEST_TYPED = 60_000
#: Deeper nesting is no catalogue either, and would exhaust the reader.
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that cannot be read in what was typed: where, in which key, and the code of what is wrong."""

    line: int
    key: str
    code: str


class TypedError(CatalogueError):
    """What an administrator typed is no part of a catalogue; ``wrong`` names each line."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("; ".join(f"line {one.line}: {one.key} {one.code}" for one in wrong))
        self.wrong = wrong


def read_typed(text: str, model: type[ModelT]) -> ModelT:
    """Read what somebody typed or uploaded as YAML into `model`.

    Nothing in it may refer to another part of it: a few lines of references unfold into gigabytes. Nor may it name a
    type: YAML's own readers of types fail in ways of their own at what does not fit. Raises TypedError.
    """
    if len(text) > LONGEST_TYPED:
        raise TypedError((Wrong(1, "", "too_long"),))
    try:
        node = _plain_node(text)
        loader = _Loader(text)
        data = loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        raise TypedError((Wrong(_line(error.problem_mark or error.context_mark), "", "yaml"),)) from None
    except TypedError:
        raise
    except CatalogueError as error:
        found = re.match(r"line (\d+)", str(error))
        raise TypedError((Wrong(int(found[1]) if found else 1, "", "key_twice"),)) from None
    # A day such as 2026-02-30 is no YAML error but Python's own.
    except (yaml.YAMLError, ValueError):
        raise TypedError((Wrong(1, "", "yaml"),)) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        wrong = tuple(_wrong(node, item["loc"], item["type"], item["msg"]) for item in error.errors())
        raise TypedError(wrong) from None


def as_typed(body: dict[str, Any]) -> str:
    """A part of a catalogue as an administrator reads and changes it; :func:`read_typed` reads it again."""
    text: str = yaml.dump(_without_nothing(body), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    return text


#: Signs that YAML takes for the end of a line or of nothing, unless they are written as what they are.
_BREAKS = re.compile("[\x85\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """YAML as it is read again, sign by sign."""


def _words(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _BREAKS.search(text) else None)


_Dumper.add_representer(str, _words)


def _without_nothing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothing(item) for key, item in value.items() if item is not None}
    return [_without_nothing(item) for item in value] if isinstance(value, list | tuple) else value


def _plain_node(text: str) -> yaml.Node | None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise TypedError((Wrong(_line(event.start_mark), "", "reference"),))
        if getattr(event, "tag", None):
            raise TypedError((Wrong(_line(event.start_mark), "", "yaml"),))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise TypedError((Wrong(_line(event.start_mark), "", "yaml"),))
    return _Loader(text).get_single_node()


def _line(mark: Any) -> int:
    return 1 if mark is None else int(mark.line) + 1


def _wrong(node: yaml.Node | None, place: tuple[int | str, ...], kind: str, message: str) -> Wrong:
    line = 1 if node is None else node.start_mark.line + 1
    for part in place:
        node = _under(node, part)
        if node is None:
            break
        line = node.start_mark.line + 1
    key = ".".join(str(part) for part in place)
    return Wrong(line, key, message.removeprefix("Value error, ") if kind == "value_error" else kind)


def _under(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None
