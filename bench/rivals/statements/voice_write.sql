WITH inbox AS (
  INSERT INTO hotline_inbox (provider, account_sid, kind, key, contact_id, body_index, payload_sealed, answer_sealed, id, data_key_id)
  VALUES ('twilio', $1, 'voice', $2, $3::uuid, $4, $5, $6, $7, $8)
), key AS (
  INSERT INTO core_data_keys (id, wrapped, wrapping_key) VALUES ($8, $9, '1')
), contact AS (
  INSERT INTO hotline_contacts (centre_id, line_id, channel, carrier_sid, state, address_kind, address_index,
                                received_at, last_inbound_at, repeat, address_sealed, id, data_key_id)
  VALUES ($10::uuid, $11::uuid, 'voice', $2, 'ringing', 'number', $12, koza_now(), koza_now(), $13, $14, $3::uuid, $8)
), call AS (
  INSERT INTO hotline_calls (id, carrier_sid, conference, deadline_at, stage, last_seen_at, status)
  VALUES ($3::uuid, $2, $15, koza_now() + interval '120 seconds', 'greeting', koza_now(), 'ringing')
), due AS (
  INSERT INTO core_due (kind, subject, at, epoch, centre_id)
  VALUES ('hotline.deadline', $3::uuid::text, koza_now() + interval '120 seconds', 0, $10::uuid)
), facts AS (
  INSERT INTO core_facts (id, kind, contact_id, centre_id, payload)
  VALUES ($16, 'CallArrived', $3::uuid, $10::uuid, jsonb_build_object('line_id', $11::uuid, 'late', false)),
         ($17, 'IntakeOpened', $3::uuid, $10::uuid, jsonb_build_object('intake_id', $18::uuid))
), intake AS (
  INSERT INTO intake_intakes (ref, centre_id, contact_id, level, extra, id)
  VALUES ($19, $10::uuid, $3::uuid, 2, '{"channel": "voice"}', $18::uuid)
)
INSERT INTO core_outbox (centre_id, topic, subject) VALUES ($10::uuid, 'contact', $3::uuid::text)
