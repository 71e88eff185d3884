SELECT search_phrase, MIN(url) AS url, COUNT(*) AS hits FROM hits WHERE url LIKE '%garden%' AND search_phrase <> '' GROUP BY search_phrase ORDER BY hits DESC, search_phrase LIMIT 10
