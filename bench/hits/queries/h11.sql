SELECT device, COUNT(DISTINCT user_id) AS users FROM hits WHERE device <> '' GROUP BY device ORDER BY users DESC, device LIMIT 10
