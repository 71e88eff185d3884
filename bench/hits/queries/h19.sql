SELECT COUNT(*) AS hits FROM hits WHERE url LIKE '%garden%'
