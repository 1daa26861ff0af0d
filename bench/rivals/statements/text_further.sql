WITH held AS (
  UPDATE hotline_contacts SET last_inbound_at = koza_now(), state = 'waiting_staff' WHERE id = $3::uuid
), inbox AS (
  INSERT INTO hotline_inbox (provider, account_sid, kind, key, contact_id, body_index, payload_sealed, answer_sealed, id, data_key_id)
  VALUES ('twilio', $1, 'sms', $2, $3::uuid, $4, $5, $6, $7, $8)
), message AS (
  INSERT INTO hotline_messages (conversation_id, contact_id, direction, carrier_sid, state, media, at, body_sealed, id, data_key_id)
  VALUES ($9, $3::uuid, 'in', $2, 'received', '[]', koza_now(), $10, $11::uuid, $8)
), facts AS (
  INSERT INTO core_facts (id, kind, contact_id, centre_id, payload)
  VALUES ($12, 'TextArrived', $3::uuid, $13::uuid,
          jsonb_build_object('line_id', $14::uuid, 'message_id', $11::uuid, 'first', false, 'late', false))
)
INSERT INTO core_outbox (centre_id, topic, subject) VALUES ($13::uuid, 'contact', $3::uuid::text)
