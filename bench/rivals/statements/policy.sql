SELECT v.id, v.body, p.id AS policy_id
FROM paging_policy_versions v JOIN paging_policies p ON p.id = v.policy_id
WHERE p.centre_id = $1 OR p.centre_id IS NULL
ORDER BY p.centre_id IS NULL, p.slug, v.origin = 'shipped', v.number DESC
