WITH inbox AS (
  INSERT INTO hotline_inbox (provider, account_sid, kind, key, contact_id, body_index, payload_sealed, answer_sealed, id, data_key_id)
  VALUES ('twilio', $1, 'sms', $2, $3::uuid, $4, $5, $6, $7, $8)
), keys AS (
  INSERT INTO core_data_keys (id, wrapped, wrapping_key) VALUES ($8, $9, '1'), ($10, $11, '1')
), conversation AS (
  INSERT INTO hotline_conversations (line_id, address_index, address_sealed, id, data_key_id)
  VALUES ($12::uuid, $13, $14, $15, $10) ON CONFLICT DO NOTHING
), contact AS (
  INSERT INTO hotline_contacts (centre_id, line_id, conversation_id, channel, carrier_sid, state, address_kind,
                                address_index, received_at, last_inbound_at, repeat, address_sealed, id, data_key_id)
  VALUES ($16::uuid, $12::uuid, $15, 'sms', $2, 'waiting_staff', 'number', $13, koza_now(), koza_now(), $17, $18, $3::uuid, $8)
), message AS (
  INSERT INTO hotline_messages (conversation_id, contact_id, direction, carrier_sid, state, media, at, body_sealed, id, data_key_id)
  VALUES ($15, $3::uuid, 'in', $2, 'received', '[]', koza_now(), $19, $20::uuid, $8)
), facts AS (
  INSERT INTO core_facts (id, kind, contact_id, centre_id, payload)
  VALUES ($21, 'TextArrived', $3::uuid, $16::uuid,
          jsonb_build_object('line_id', $12::uuid, 'message_id', $20::uuid, 'first', true, 'late', false)),
         ($22, 'IntakeOpened', $3::uuid, $16::uuid, jsonb_build_object('intake_id', $23::uuid))
), intake AS (
  INSERT INTO intake_intakes (ref, centre_id, contact_id, level, extra, id)
  VALUES ($24, $16::uuid, $3::uuid, 2, '{"channel": "sms"}', $23::uuid)
), queue AS (
  INSERT INTO routing_queue (contact_id, centre_id, line_id, channel, level, wants_woman, returned, repeat, since)
  VALUES ($3::uuid, $16::uuid, $12::uuid, 'sms', 2, false, false, $17, koza_now())
), due AS (
  INSERT INTO core_due (kind, subject, at, epoch, centre_id)
  VALUES ('routing.wave', $3::uuid::text, koza_now(), 0, $16::uuid),
         ('paging.text_unanswered', $3::uuid::text, koza_now() + make_interval(secs => $25), 0, $16::uuid)
)
INSERT INTO core_outbox (centre_id, topic, subject) VALUES ($16::uuid, 'contact', $3::uuid::text)
