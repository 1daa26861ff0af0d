"""What must hold of the rows when all is quiet: nobody unanswered is forgotten, and nothing is doubled."""

from __future__ import annotations

from typing import Final

from tests.faults.house import House

#: What is wrong, and a statement that finds the ids of those with whom it is.
STATEMENTS: Final = {
    # Of its own, or by a row that is merged into the page of an earlier call of her number.
    "a call that ended unanswered has no page": """
        SELECT c.id::text FROM hotline_contacts c
        WHERE c.channel = 'voice' AND c.ended_at IS NOT NULL AND c.answered_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM paging_pages p WHERE p.contact_id = c.id)
    """,
    # The clock of a text that nobody has answered runs until its page opens.
    "a text that nobody answered has no page and no clock": """
        SELECT c.id::text FROM hotline_contacts c
        WHERE c.channel = 'sms' AND c.ended_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM hotline_messages m WHERE m.contact_id = c.id AND m.direction = 'out')
          AND NOT EXISTS (SELECT 1 FROM paging_pages p WHERE p.contact_id = c.id)
          AND NOT EXISTS (
              SELECT 1 FROM core_due d WHERE d.kind = 'paging.text_unanswered' AND d.subject = c.id::text
          )
    """,
    # Many texts share one page, and so do the calls of one number: each has a row that is merged into it and stays open
    # until she was answered. A page that ended while she waits in it calls nobody for her.
    "somebody waits in a page that calls nobody": """
        SELECT w.contact_id::text FROM paging_pages w LEFT JOIN paging_pages p ON p.id = w.merged_into
        WHERE w.state = 'merged' AND w.closed_at IS NULL
          AND (p.id IS NULL OR p.state NOT IN ('open', 'acked', 'snoozed'))
    """,
    # A page of another person's calls says nothing of hers: whoever ends it has not reached her.
    "a call waits in the page of another number": """
        SELECT w.contact_id::text FROM paging_pages w
        JOIN paging_pages p ON p.id = w.merged_into
        JOIN hotline_contacts hers ON hers.id = w.contact_id JOIN hotline_contacts first ON first.id = p.contact_id
        WHERE w.state = 'merged' AND w.reason = 'call_unanswered' AND w.closed_at IS NULL
          AND (hers.address_index, hers.line_id) IS DISTINCT FROM (first.address_index, first.line_id)
    """,
    # Danger, and whoever is more urgent than the page, has her own; of one level one page calls for a number.
    "two pages call people for one number": """
        SELECT p.contact_id::text FROM paging_pages p JOIN hotline_contacts c ON c.id = p.contact_id
        JOIN hotline_contacts d ON d.line_id = c.line_id AND d.address_index = c.address_index AND d.id <> c.id
        JOIN paging_pages q ON q.contact_id = d.id AND q.level = p.level AND q.reason = p.reason
        WHERE p.reason = 'call_unanswered' AND p.level > 1
          AND p.state IN ('open', 'acked', 'snoozed') AND q.state IN ('open', 'acked', 'snoozed')
          AND abs(extract(epoch FROM c.received_at - d.received_at)) < 86400
    """,
    # Who was answered, or became more urgent, waits with the others no more: a page of hers after that is another one.
    "two pages of one contact for one reason": """
        SELECT contact_id::text FROM paging_pages
        WHERE contact_id IS NOT NULL AND NOT (state = 'merged' AND closed_at IS NOT NULL)
        GROUP BY contact_id, reason HAVING count(*) > 1
    """,
    "two people have accepted one contact": """
        SELECT contact_id::text FROM routing_offers WHERE state = 'accepted'
        GROUP BY contact_id, round HAVING count(DISTINCT account_id) > 1
    """,
    "an offer is open of somebody who does not wait": """
        SELECT o.contact_id::text FROM routing_offers o JOIN routing_queue q USING (contact_id)
        WHERE o.state = 'open' AND q.state NOT IN ('waiting', 'offered')
    """,
    "the end of a call was reported twice": """
        SELECT contact_id::text FROM core_facts WHERE kind = 'CallEnded'
        GROUP BY contact_id HAVING count(*) > 1
    """,
}


def broken(house: House) -> list[str]:
    """What does not hold, with the rows concerned; empty when all holds."""
    found = []
    for name, statement in STATEMENTS.items():
        rows = house.rows(statement)
        if rows:
            found.append(f"{name}: {', '.join(sorted(row[0] for row in rows))}")
    return found
