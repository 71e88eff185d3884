SELECT url_domain, AVG(LENGTH(referer)) AS length, COUNT(*) AS hits, MIN(referer) AS first_referer FROM hits WHERE referer <> '' GROUP BY url_domain ORDER BY length DESC, url_domain LIMIT 25
