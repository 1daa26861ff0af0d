SELECT (SELECT count(*) FROM hotline_contacts
        WHERE address_index = $1 AND received_at > koza_now() - interval '1 day')::int AS repeats,
       EXISTS (SELECT FROM hotline_status_events
               WHERE kind = 'voice' AND carrier_sid = $2 AND applied IS false) AS parked
