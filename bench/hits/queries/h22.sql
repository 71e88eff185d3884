SELECT hit_id, event_time, url, title FROM hits WHERE url LIKE '%tomato%' ORDER BY event_time, hit_id LIMIT 10
