UPDATE hotline_calls SET status = $2 WHERE id = $1
