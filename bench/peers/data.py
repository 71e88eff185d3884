"""The workloads' data as Parquet for the peers and as a warehouse for Canopy, and their queries."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
TPCH = "customer lineitem nation orders part partsupp region supplier".split()

# Where GoogleSQL's text over arrays has another form: over DuckDB's lists, and over flat tables.
LISTS = {
    "n1": "SELECT count(*), sum(len(name)), sum(len(links.forward)) FROM documents",
    "n2": "SELECT sum(list_sum(links.forward)) FROM documents",
    "n3": "SELECT count(*) FROM documents WHERE len(list_filter(name, lambda n: n.url IS NULL)) > 0",
    "n4": "SELECT l.code, count(*) AS uses FROM (SELECT unnest(n.language) AS l FROM (SELECT unnest(name) AS n "
          "FROM documents)) GROUP BY l.code ORDER BY uses DESC, l.code",
    "n5": "SELECT doc_id, coalesce(list_sum(list_transform(name, lambda n: len(list_filter(n.language, "
          "lambda l: l.country = 'us')))), 0)::BIGINT AS us FROM documents ORDER BY us DESC, doc_id LIMIT 10",
    "n6": "SELECT country, count(v) AS votes, sum(v) AS points FROM (SELECT l.country AS country, unnest(CASE WHEN "
          "coalesce(len(l.votes), 0) = 0 THEN [NULL] ELSE l.votes END) AS v FROM (SELECT unnest(n.language) AS l "
          "FROM (SELECT unnest(name) AS n FROM documents))) GROUP BY country ORDER BY country NULLS FIRST",
    "n7": "SELECT count(*), count(DISTINCT t.doc_id) FROM (SELECT unnest(links.forward) AS link FROM documents) AS d "
          "JOIN documents AS t ON t.doc_id = d.link",
}
FLAT = {
    "n1": "SELECT (SELECT count(*) FROM docs), (SELECT count(*) FROM names), (SELECT count(*) FROM forward)",
    "n2": "SELECT sum(link) FROM forward",
    "n3": "SELECT count(DISTINCT doc_id) FROM names WHERE url IS NULL",
    "n4": "SELECT code, count(*) AS uses FROM languages GROUP BY code ORDER BY uses DESC, code",
    "n5": "SELECT d.doc_id, count(l.doc_id) AS us FROM docs AS d LEFT JOIN languages AS l ON l.doc_id = d.doc_id AND "
          "l.country = 'us' GROUP BY d.doc_id ORDER BY us DESC, d.doc_id LIMIT 10",
    "n6": "SELECT l.country, count(v.vote) AS votes, sum(v.vote) AS points FROM languages AS l LEFT JOIN votes AS v "
          "ON v.doc_id = l.doc_id AND v.name_no = l.name_no AND v.language_no = l.language_no GROUP BY l.country "
          "ORDER BY l.country NULLS FIRST",
    "n7": "SELECT count(*), count(DISTINCT t.doc_id) FROM forward AS f JOIN docs AS t ON t.doc_id = f.link",
}
FLAT_TABLES = [
    "CREATE TABLE docs AS SELECT doc_id, crawled FROM source",
    "CREATE TABLE names AS SELECT doc_id, n AS name_no, name[n].url AS url FROM "
    "(SELECT doc_id, name, unnest(range(1, len(name) + 1)) AS n FROM source)",
    "CREATE TABLE languages AS SELECT doc_id, name_no, l AS language_no, language[l].code AS code, "
    "language[l].country AS country, language[l].votes AS votes FROM (SELECT doc_id, n AS name_no, name[n].language AS "
    "language, unnest(range(1, len(name[n].language) + 1)) AS l FROM (SELECT doc_id, name, "
    "unnest(range(1, len(name) + 1)) AS n FROM source))",
    "CREATE TABLE votes AS SELECT doc_id, name_no, language_no, unnest(votes) AS vote FROM languages",
    "ALTER TABLE languages DROP votes",
    "CREATE TABLE forward AS SELECT doc_id, unnest(links.forward) AS link FROM source",
]


def canopy(program, folder, *arguments):
    subprocess.run([program, "--warehouse", str(folder / "warehouse"), *arguments], check=True,
                   stdout=subprocess.DEVNULL)


def prepare(workload, scale, folder, program):
    """Makes what is not there yet; returns the queries: {"name", "sql": {engine or "*": text}}."""
    done = folder / "done"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        {"tpch": prepare_tpch, "hits": prepare_hits, "nested": prepare_nested}[workload](scale, folder, program)
        done.touch()
    if workload == "tpch":
        files = sorted((ROOT / "tpch/queries").glob("q*.sql"))
        fraction = f"{0.0001 / float(scale):.10f}".rstrip("0")
        texts = [(file.stem, file.read_text().replace("{FRACTION}", fraction)) for file in files]
        return [{"name": name, "sql": {"canopy": text, "*": standard(text), "chdb": clickhouse(text)}}
                for name, text in texts]
    if workload == "hits":
        files = sorted((ROOT / "hits/queries").glob("h*.sql"))
        return [{"name": file.stem, "sql": {"*": file.read_text()}} for file in files]
    ours = (ROOT / "src/documents/queries.rs").read_text()
    queries = re.findall(r'name: "(n\d)".*?sql: "(.*?)",\n\s+oracle', ours, re.S)
    return [{"name": name, "sql": {"canopy": re.sub(r"\\\n\s*", "", sql), "duckdb-lists": LISTS[name],
                                   "duckdb-flat": FLAT[name], "*": ""}} for name, sql in queries]


def standard(text):
    """GoogleSQL's dates and decimals as standard SQL has them."""
    text = re.sub(r"NUMERIC '([0-9.]+)'", r"\1", text)
    return re.sub(r"DATE_(ADD|SUB)\((DATE '[^']+'), INTERVAL (\d+) (\w+)\)",
                  lambda m: f"({m[2]} {'+' if m[1] == 'ADD' else '-'} INTERVAL '{m[3]}' {m[4]})", text)


def clickhouse(text):
    return re.sub(r"INTERVAL '(\d+)'", r"INTERVAL \1", standard(text))


def prepare_tpch(scale, folder, program):
    generator = pathlib.Path(sys.executable).parent / "tpchgen-cli"
    subprocess.run([generator, "parquet", "-s", scale, f"--output-dir={folder}"], check=True)
    for table in TPCH:
        canopy(program, folder, "load", table, str(folder / f"{table}.parquet"))


def prepare_hits(scale, folder, program):
    import pyarrow as pa
    import pyarrow.parquet as pq
    canopy(program, folder, "bench", "hits", "--scale", scale, "--runs", "1", "--queries", "h01")
    canopy(program, folder, "export", "hits", str(folder / "exported.parquet"))
    table = pq.read_table(folder / "exported.parquet")
    # Money as anyone would declare it for the peers, so that they are at their best.
    plain = {pa.string_view(): pa.string(), pa.decimal128(38, 9): pa.decimal128(15, 2)}
    schema = pa.schema([field.with_type(plain.get(field.type, field.type)) for field in table.schema])
    pq.write_table(table.cast(schema), folder / "hits.parquet", compression="zstd")
    (folder / "exported.parquet").unlink()


def prepare_nested(scale, folder, program):
    canopy(program, folder, "bench", "nested", "--scale", scale, "--runs", "1", "--queries", "n1")
    canopy(program, folder, "export", "documents", str(folder / "documents.parquet"))
