SELECT COUNT(*) AS hits FROM hits
