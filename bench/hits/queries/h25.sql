SELECT counter_id, AVG(LENGTH(url)) AS length, COUNT(*) AS hits FROM hits WHERE url <> '' GROUP BY counter_id HAVING COUNT(*) > 1000 ORDER BY length DESC, counter_id LIMIT 25
