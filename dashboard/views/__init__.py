"""The pages and acts of the dashboard, one module for each place."""

from __future__ import annotations

from flask import Blueprint

from dashboard.views import (
    applications,
    board,
    calendar,
    calling_back,
    cases,
    catalogues,
    consents,
    contacts,
    copying,
    decisions,
    emergency,
    identity,
    informants,
    intakes,
    law,
    listening,
    lists,
    one_person,
    oversight,
    pages,
    petitions,
    phone,
    play,
    prompts,
    register,
    report_duty,
    shifts,
    staffing,
    talking,
    texts,
)

_PLACES = (
    *(board, phone, contacts, talking, calling_back, emergency, report_duty, intakes, identity, cases, applications),
    *(decisions, register, petitions, law, lists, pages, shifts, staffing, oversight, copying, catalogues, calendar),
    *(prompts, play, consents, listening, one_person, informants, texts),
)


def blueprints() -> tuple[Blueprint, ...]:
    """Every blueprint of the dashboard; each view carries its mark."""
    return tuple(place.blueprint for place in _PLACES)
