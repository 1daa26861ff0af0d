INSERT INTO hotline_status_events (id, kind, carrier_sid, status, sequence, applied)
VALUES ($1, 'voice', $2, $3, $4, true) ON CONFLICT DO NOTHING
