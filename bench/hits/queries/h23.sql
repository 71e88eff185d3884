SELECT search_phrase FROM hits WHERE search_phrase <> '' ORDER BY event_time, hit_id, search_phrase LIMIT 10
