"""What is said to whoever calls, by kind: the same words in every workspace, whoever is known. Nothing is looked up."""

from __future__ import annotations

from collections.abc import Sequence

from dashboard.presenters import CallerKind
from intake.callers import Kind, callers, kinds

#: After these the whole page is drawn anew: what was told before is not told to him.
_ANEW = frozenset({"other_party", "perpetrator"})


def caller_kinds(standing: Sequence[Kind] = ()) -> tuple[CallerKind, ...]:
    """Every kind of caller with its script; ``standing`` are those that the contact's record says."""
    said = {kind.code for kind in standing}
    return tuple(
        CallerKind(
            code=kind.code,
            label=str(kind.label),
            asked=tuple(str(one) for one in kind.asked),
            kept=tuple(str(one) for one in kind.kept),
            standing=kind.code in said,
            mark=kind.recorded == "mark",
            anew=kind.code in _ANEW,
        )
        for kind in callers().kinds
    )


def shown_kinds(every: Sequence[CallerKind]) -> tuple[CallerKind, ...]:
    """Those whose words stand beside the contact: what may cost a life first, of him the most particular alone."""
    found = [kind for kind in every if kind.standing]
    if any(kind.code == "perpetrator" for kind in found):
        found = [kind for kind in found if kind.code != "other_party"]
    return tuple(sorted(found, key=lambda kind: not kind.mark))


def ready_replies() -> tuple[str, ...]:
    """The sentences for a text to who may be the other party."""
    return tuple(str(one) for one in kinds()["other_party"].asked)


__all__ = ["caller_kinds", "ready_replies", "shown_kinds"]
