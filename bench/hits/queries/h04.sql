SELECT AVG(user_id / 1000000000) AS average FROM hits
