SELECT MIN(event_date) AS first_day, MAX(event_date) AS last_day FROM hits
