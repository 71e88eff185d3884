SELECT COUNT(DISTINCT search_phrase) AS phrases FROM hits
