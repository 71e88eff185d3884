SELECT region_id, SUM(adv_engine_id) AS engines, COUNT(*) AS hits, AVG(screen_width) AS width, COUNT(DISTINCT user_id) AS users FROM hits GROUP BY region_id ORDER BY hits DESC, region_id LIMIT 10
