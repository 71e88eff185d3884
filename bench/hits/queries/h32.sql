SELECT event_date, country, COUNT(*) AS hits, SUM(revenue) AS revenue FROM hits WHERE event_type = 'purchase' GROUP BY event_date, country ORDER BY event_date, country
