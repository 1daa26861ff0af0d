"""A case under secrecy (Law 6284, Art. 8/6): what was said on the line about it is closed with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from escalation.cases.models import Case, CaseContact
from hotline.service import flags
from intake import service as intake_service


def close_contacts(session: Session, case: Case) -> None:
    """Close the contacts of a secret case and their intakes to who reads them for the centre's sake alone.

    Whoever was given one by name goes on reading it: the owner of the case, who answers her now, who accepted her page.
    """
    if not case.confidential:
        return
    contacts = session.scalars(select(CaseContact.contact_id).where(CaseContact.case_id == case.id)).all()
    flags.keep_secret(session, contacts)
    intake_service.keep_secret(session, contacts)


__all__ = ["close_contacts"]
