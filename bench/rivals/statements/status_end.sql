WITH due_gone AS (
  DELETE FROM core_due WHERE subject = $1::uuid::text AND kind IN ('hotline.deadline', 'hotline.alone')
), call AS (
  UPDATE hotline_calls SET stage = 'over', status = $2, ended_at = koza_now() WHERE id = $1::uuid
), contact AS (
  UPDATE hotline_contacts SET state = 'abandoned_in_ivr', ended_at = koza_now(), ended_by = 'caller' WHERE id = $1::uuid
), intake AS (
  UPDATE intake_intakes SET outcome = 'dropped' WHERE contact_id = $1::uuid AND outcome IS NULL
), page AS (
  INSERT INTO paging_pages (code, centre_id, line_id, subject_kind, subject_id, contact_id, reason, level,
                            policy_version_id, state, epoch, step, loop, due_at, dedupe_key, id)
  VALUES ($3, $4::uuid, $5::uuid, 'contact', $1::uuid, $1::uuid, 'call_unanswered', 2, $6, 'open', 1, -1, 0,
          koza_now(), 'contact:' || $1::uuid::text, $7::uuid)
), due AS (
  INSERT INTO core_due (kind, subject, at, epoch, centre_id)
  VALUES ('paging.step', $7::uuid::text, koza_now(), 1, $4::uuid)
), audit AS (
  INSERT INTO core_audit (id, centre_id, actor_kind, actor_name, act, subject_kind, subject_id, detail)
  VALUES ($8, $4::uuid, 'system', 'pager', 'page_opened', 'page', $7::uuid::text, '{"reason": "call_unanswered", "level": 2}')
), pending AS (
  INSERT INTO core_audit_pending (entry_id) VALUES ($8)
), facts AS (
  INSERT INTO core_facts (id, kind, contact_id, centre_id, payload)
  VALUES ($9, 'CallEnded', $1::uuid, $4::uuid, '{"answered": false, "how": "abandoned"}'),
         ($10, 'PageOpened', $1::uuid, $4::uuid, jsonb_build_object('page_id', $7::uuid))
)
INSERT INTO core_outbox (centre_id, topic, subject)
VALUES ($4::uuid, 'page', $7::uuid::text), ($4::uuid, 'contact', $1::uuid::text)
