"""What a period, a step, a petition or a copy sheet stands on, in the reader's language.

The catalogues write their sources once, in English, for the lawyer's tables; here are those that are shown.
"""

from __future__ import annotations

from core.i18n import gettext as _


def told(text: str) -> str:
    """A source in the current language; one that an administrator wrote stands as it was typed."""
    return {
        "The record": _("The record"),
        "The decision": _("The decision"),
        "The law itself": _("The law itself"),
        "The working calendar": _("The working calendar"),
        "This project's rule of rounding": _("Our own rule of rounding"),
        "Law 6100, Art. 92/1": _("Law 6100, Art. 92/1"),
        "Law 6100, Art. 92/2": _("Law 6100, Art. 92/2"),
        "Regulation of Law 6284, Art. 29/1-2": _("Regulation of Law 6284, Art. 29/1-2"),
        "Regulation of Law 6284, Art. 29/3": _("Regulation of Law 6284, Art. 29/3"),
        "Regulation of Law 6284, Art. 29/3; Law 6100, Art. 93": _(
            "Regulation of Law 6284, Art. 29/3; Law 6100, Art. 93"
        ),
        "Law 2429; this project's rule of rounding": _("Law 2429; our own rule of rounding"),
        "Law 6284, Art. 3/2 and 5/2; Regulation, Art. 29/1-2": _("Law 6284, Art. 3/2 and 5/2; Regulation, Art. 29/1-2"),
        "Law 6284, Art. 3/2; Regulation, Art. 29/1 and 29/3": _("Law 6284, Art. 3/2; Regulation, Art. 29/1 and 29/3"),
        "Law 6284, Art. 5/2; Regulation, Art. 29/2 and 29/3": _("Law 6284, Art. 5/2; Regulation, Art. 29/2 and 29/3"),
        "Law 6284, Art. 3/2 and 5/2; confirmed by a person, never by the clock": _(
            "Law 6284, Art. 3/2 and 5/2; confirmed by a person, never by the clock"
        ),
        "Law 6284, Art. 8/2; start from service after a law office's page, from the decision after Art. 10/7": _(
            "Law 6284, Art. 8/2; start from service after a law office's page, from the decision after Art. 10/7"
        ),
        "Law 6284, Art. 8/2": _("Law 6284, Art. 8/2"),
        "Law 6284, Art. 9": _("Law 6284, Art. 9"),
        "Law 6284, Art. 9, taken to hold for decisions under Art. 13 as well": _(
            "Law 6284, Art. 9, taken to hold for decisions under Art. 13 as well"
        ),
        "Law 6284, Art. 8/4; the steps of 24 and 72 hours are this project's own": _(
            "Law 6284, Art. 8/4; the steps of 24 and 72 hours are this project's own"
        ),
        'Law 6284, Art. 13; "without delay"': _('Law 6284, Art. 13; "without delay"'),
        "Law 6284, Art. 13/1-2": _("Law 6284, Art. 13/1-2"),
        "Law 6284, Art. 13/2 (six months, taken as the fewest days that six months can have)": _(
            "Law 6284, Art. 13/2 (six months, taken as the fewest days that six months can have)"
        ),
        "Regulation on women's shelters of 5 January 2013": _("Regulation on women's shelters of 5 January 2013"),
        "Law 6284, Art. 17": _("Law 6284, Art. 17"),
        "Law 6284, Art. 3/1-d": _("Law 6284, Art. 3/1-d"),
        "Law 6284, Art. 5/1-h, 5/1-ı and 15/3": _("Law 6284, Art. 5/1-h, 5/1-ı and 15/3"),
        "Law 6284, Art. 15; the date stands in the court's letter": _(
            "Law 6284, Art. 15; the date stands in the court's letter"
        ),
        "Service goals of this project; only inside her safe window": _(
            "Service goals of this project; only inside her safe window"
        ),
        "Service goals of this project": _("Service goals of this project"),
        'Turkish Penal Code, Art. 278-280; "without delay"': _('Turkish Penal Code, Art. 278-280; "without delay"'),
        "Law 6698, Art. 12/5; Board decision 2019/10 (72 hours)": _(
            "Law 6698, Art. 12/5; Board decision 2019/10 (72 hours)"
        ),
        "Law 6284, Art. 8/1 (application), 8/3 (no proof is asked for), 20/1 (free of fees)": _(
            "Law 6284, Art. 8/1 (application), 8/3 (no proof is asked for), 20/1 (free of fees)"
        ),
        "Law 6284, Art. 13/1 and 13/2 (coercive detention), 10/7 (missing service does not prevent enforcement)": _(
            "Law 6284, Art. 13/1 and 13/2 (coercive detention), 10/7 (missing service does not prevent enforcement)"
        ),
        "Law 6284, Art. 8/2 (measures may be extended where the danger continues)": _(
            "Law 6284, Art. 8/2 (measures may be extended where the danger continues)"
        ),
        "Law 6284, Art. 8/6 (identity and address kept secret in all official records)": _(
            "Law 6284, Art. 8/6 (identity and address kept secret in all official records)"
        ),
        "Law 6284, Art. 12 (technical means; no listening, watching or recording)": _(
            "Law 6284, Art. 12 (technical means; no listening, watching or recording)"
        ),
        "Shipped order, not yet compared with the screens of the ministry's system": _(
            "Shipped order, not yet compared with the screens of the ministry's system"
        ),
    }.get(text, text)
