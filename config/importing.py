"""What a process of the house is made of, loaded once and for as long as it lives."""

from __future__ import annotations

import gc
import importlib
from types import ModuleType


def loaded(name: str) -> ModuleType:
    """The module of this name with all that it imports, which the collector passes over from then on.

    While modules are imported nothing of them becomes garbage: to look for it took a sixth of a process's start.
    """
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


__all__ = ["loaded"]
