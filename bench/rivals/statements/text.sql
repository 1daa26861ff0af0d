SELECT (SELECT count(*) FROM hotline_contacts
        WHERE address_index = $1 AND received_at > koza_now() - interval '1 day')::int AS repeats,
       (SELECT id FROM hotline_contacts
        WHERE line_id = $2 AND address_index = $1 AND channel = 'sms' AND ended_at IS NULL FOR NO KEY UPDATE) AS open_contact,
       (SELECT id FROM hotline_conversations WHERE line_id = $2 AND address_index = $1) AS conversation
