SELECT c.id, c.centre_id, c.line_id, c.ended_at, k.stage
FROM hotline_contacts c JOIN hotline_calls k ON k.id = c.id
WHERE k.carrier_sid = $1 FOR NO KEY UPDATE OF c, k
