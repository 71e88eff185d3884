SELECT country, language, COUNT(*) AS hits FROM hits WHERE country IN ('DE', 'FR', 'NL') AND load_ms BETWEEN 100 AND 500 GROUP BY country, language ORDER BY hits DESC, country, language
