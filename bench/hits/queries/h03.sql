SELECT SUM(adv_engine_id) AS engines, COUNT(*) AS hits, AVG(screen_width) AS width FROM hits
