SELECT l.id, l.centre_id,
       array(SELECT a.centre_id FROM staff_line_answerers a WHERE a.line_id = l.id ORDER BY a.centre_id) AS listed,
       pg_advisory_xact_lock($2::bigint) AS turn
FROM staff_lines l JOIN staff_centres c ON c.id = l.centre_id
WHERE l.number = $1
