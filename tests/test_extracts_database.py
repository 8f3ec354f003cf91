"""Sources from a database: SQLite always, PostgreSQL where one can be started; no credential is ever told."""

import importlib.util
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import polars as pl
import pytest

from famlink.errors import FamlinkError, MissingFileError, SourceError, SpecError
from famlink.extracts.querying import address_of
from famlink.extracts.reading import read_sources
from famlink.spec import Hub, Query, Source, read_hub
from famlink.synthetic.world import write_world

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "postgres"
TYPES = """
create table nominals (id numeric(10, 0), first_name text, born date, seen timestamp, score double precision,
                       known boolean, aliases text[], more jsonb, raw bytea)
"""
ROW = """
insert into nominals values (12, 'Zoë', '2012-05-03', '2024-01-02 00:00:00', 1.5, true, array['Zo', 'Zed'], '{"a": 1}', 'ink'),
                            (13, null, null, '2024-01-02 13:14:00', 'nan', false, null, null, null)
"""


def hub(folder: Path, **source: object) -> Hub:
    return Hub(folder=folder, sources=[Source(agency="csc", holder="social-care", **source)])


def load(connection, folder: Path) -> list[str]:
    """Put the tables of a folder of CSV files into a database; their names."""
    names = []
    cursor = connection.cursor()
    for path in sorted(folder.glob("*.csv")):
        frame = pl.read_csv(path, infer_schema=False)
        cursor.execute(f"create table {path.stem} ({', '.join(f'{name} text' for name in frame.columns)})")
        for row in frame.iter_rows():
            cells = ("null" if cell is None else "'" + cell.replace("'", "''") + "'" for cell in row)
            cursor.execute(f"insert into {path.stem} values ({', '.join(cells)})".replace("%", "%%"))
        names.append(path.stem)
    connection.commit()
    return names


def same_people(one: pl.DataFrame, two: pl.DataFrame) -> bool:
    """Whether two readings gave the same records, but for the names of their files."""
    tables = [frame.drop("file", "file_row").sort("record_id", "part") for frame in (one, two)]
    return tables[0].equals(tables[1])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ssd") / "world"
    write_world(folder, families=8, seed=4, formats=("ssd",))
    return folder


@pytest.fixture(scope="module")
def postgres():
    """The address of a server of our own."""
    for name in ("sqlalchemy", "pg8000"):
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name} is not installed: pip install famlink[sql]")
    folder = Path(tempfile.mkdtemp(prefix="famlink-pg-"))
    try:
        started = subprocess.run(
            [SCRIPT, "start", folder],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"scripts/postgres cannot be run here ({type(error).__name__})")
    if started.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL could be started: {started.stderr.strip()[-200:]}")
    yield started.stdout.strip()
    subprocess.run([SCRIPT, "stop", folder], capture_output=True, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def driver(address: str):
    import pg8000.dbapi

    parts = address.removeprefix("postgresql+pg8000://hub:").split("@127.0.0.1:")
    return pg8000.dbapi.connect(
        user="hub", password=parts[0], host="127.0.0.1", port=int(parts[1].split("/")[0]), database="postgres"
    )


def test_a_query_on_postgres_reads_every_type(tmp_path, monkeypatch, postgres):
    with closing(driver(postgres)) as connection:
        cursor = connection.cursor()
        cursor.execute("drop table if exists nominals")
        cursor.execute(TYPES)
        cursor.execute(ROW)
        connection.commit()
    monkeypatch.setenv("FAMLINK_TEST_DB", postgres)
    sql = "select id as record_id, first_name as forename, born as date_of_birth, seen, score, known, aliases, more, raw from nominals where '10:30'::time is not null order by id"
    people = Query(url="env:FAMLINK_TEST_DB", query=sql)
    rows = read_sources(hub(tmp_path, people=people)).records
    wanted = rows.select(
        "record_id",
        "forename",
        "date_of_birth",
        "aliases",
        *(f"extra.{n}" for n in ("seen", "score", "known", "more", "raw")),
    )
    assert wanted.rows() == [
        ("12", "Zoë", "2012-05-03", "Zo;Zed", "2024-01-02", "1.5", "yes", '{"a": 1}', "ink"),
        ("13", None, None, None, "2024-01-02 13:14:00", None, "no", None, None),
    ]


def test_postgres_takes_its_password_from_the_environment_and_never_tells_it(tmp_path, monkeypatch, postgres):
    secret = postgres.split(":")[2].split("@")[0]
    monkeypatch.setenv("DB_PASSWORD", secret)
    url = postgres.replace(secret, "${DB_PASSWORD}")
    rows = read_sources(hub(tmp_path, people=Query(url=url, query="select 7 as record_id"))).records
    assert rows["record_id"].to_list() == ["7"]
    wrong = "not-the-pass-word"
    faults = [
        (url, "select 'kept quiet' from nowhere"),
        (url, "drop table"),
        (url.replace("127.0.0.1", "127.0.0.9"), "select 1"),
    ]
    for address, sql in faults:
        with pytest.raises(SourceError, match="refused") as caught:
            read_sources(hub(tmp_path, people=Query(url=address, query=sql)))
        assert not any(text in str(caught.value) for text in (secret, "kept quiet", "127.0.0"))
        assert caught.value.__suppress_context__
    monkeypatch.setenv("DB_PASSWORD", wrong)
    with pytest.raises(SourceError, match="refused") as caught:
        read_sources(hub(tmp_path, people=Query(url=url, query="select 1 as record_id")))
    assert wrong not in str(caught.value)


def test_reading_postgres_changes_nothing(tmp_path, monkeypatch, postgres):
    monkeypatch.setenv("FAMLINK_TEST_DB", postgres)
    with closing(driver(postgres)) as connection:
        connection.cursor().execute("drop table if exists kept; create table kept (record_id int)")
        connection.commit()
    sql = "insert into kept values (1) returning record_id"
    read_sources(hub(tmp_path, people=Query(url="env:FAMLINK_TEST_DB", query=sql)))
    with closing(driver(postgres)) as connection:
        cursor = connection.cursor()
        cursor.execute("select count(*) from kept")
        assert cursor.fetchone()[0] == 0


def test_the_data_set_in_postgres_is_the_data_set_in_files(tmp_path, monkeypatch, postgres, world):
    with closing(driver(postgres)) as connection:
        load(connection, world / "ssd")
    monkeypatch.setenv("FAMLINK_TEST_DB", postgres)
    from_database = read_sources(hub(tmp_path, format="ssd", files=Query(url="env:FAMLINK_TEST_DB")))
    from_files = read_sources(hub(world, format="ssd", files="ssd"))
    assert same_people(from_database.records, from_files.records)
    assert set(from_database.events["event_id"]) == set(from_files.events["event_id"])


def test_the_data_set_in_sqlite_is_the_data_set_in_files(tmp_path, world):
    with closing(sqlite3.connect(tmp_path / "ssd #1.db")) as connection:
        load(connection, world / "ssd")
        connection.execute("create table other (a text)")
        connection.execute("create view SSD_MISSING_2 as select 1")
    from_database = read_sources(hub(tmp_path, format="ssd", files=Query(url="sqlite:///ssd #1.db")))
    from_files = read_sources(hub(world, format="ssd", files="ssd"))
    assert same_people(from_database.records, from_files.records)
    assert from_database.rejected.is_empty()
    assert set(from_database.events["event_id"]) == set(from_files.events["event_id"])
    assert from_database.records["file"].unique().sort().to_list()[0] == "csc ssd_address"
    assert sorted(from_database.digests) == sorted(f"csc {path.stem}" for path in (world / "ssd").glob("*.csv"))


def test_a_database_without_the_tables_is_told(tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("create table other (a text)")
    with pytest.raises(MissingFileError, match="agency csc: the database has none of the format's tables"):
        read_sources(hub(tmp_path, format="ssd", files=Query(url="sqlite:///x.db")))
    with pytest.raises(SourceError, match="leave query out"):
        read_sources(hub(tmp_path, format="ssd", files=Query(url="sqlite:///x.db", query="select 1")))
    with pytest.raises(SourceError, match="not read from a database"):
        read_sources(hub(tmp_path, format="ctf", files=Query(url="sqlite:///x.db")))
    with pytest.raises(SourceError, match="needs query"):
        read_sources(hub(tmp_path, people=Query(url="sqlite:///x.db")))


def test_sqlite_is_opened_to_be_read(tmp_path):
    with closing(sqlite3.connect(tmp_path / "x.db")) as connection:
        connection.execute("create table people (record_id text)")
    for sql in ("delete from people", "select 1; select 2", "", "select 1 as a, 2 as a"):
        with pytest.raises(FamlinkError):
            read_sources(hub(tmp_path, people=Query(url="sqlite:///x.db", query=sql)))
    with pytest.raises(SourceError, match="refused the query"):
        read_sources(hub(tmp_path, people=Query(url="sqlite:///missing.db", query="select 1")))
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+pg8000://hub:hunter2@db/hub",
        "postgresql+pg8000://hub:hun@ter2@db/hub",
        "postgresql+pg8000://hub:hun/ter2@db/hub",
        "postgresql+pg8000://hub:x${P}hunter2@db/hub",
        "postgresql+pg8000://db/hub?user=hub&password=hunter2",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BPWD%3Dhunter2",
    ],
)
def test_a_password_in_clear_is_refused_and_not_told(tmp_path, url):
    text = f'[[source]]\nagency = "csc"\npeople = {{ url = "{url}", query = "select 1" }}\n'
    (tmp_path / "hub.toml").write_text(text)
    with pytest.raises(SpecError, match="a password is in clear") as caught:
        read_hub(tmp_path / "hub.toml")
    assert "ter2" not in str(caught.value)


def test_what_the_environment_holds_is_put_in_as_it_is(monkeypatch):
    monkeypatch.setenv("DB_USER", "hub@council")
    monkeypatch.setenv("DB_PASSWORD", "p:a/s?s %${DB_USER}")
    url = "mssql+pyodbc://${DB_USER}:${DB_PASSWORD}@server/Mosaic?driver=ODBC+Driver+18+for+SQL+Server"
    made = address_of(Query(url=url), file="csc people")
    assert made.startswith("mssql+pyodbc://hub%40council:p%3Aa%2Fs%3Fs%20%25%24%7BDB_USER%7D@server/Mosaic?driver=ODBC")
    monkeypatch.delenv("DB_PASSWORD")
    with pytest.raises(SourceError, match="csc people: the environment variable DB_PASSWORD is not set"):
        address_of(Query(url=url), file="csc people")


def test_a_driver_that_is_not_there_is_named_without_the_address(tmp_path):
    url = "nodialect://somebody@secret-host/db"
    with pytest.raises(SourceError) as caught:
        read_sources(hub(tmp_path, people=Query(url=url, query="select 1")))
    assert "somebody" not in str(caught.value)
    assert "secret-host" not in str(caught.value)
    assert "refused" in str(caught.value) or "famlink[sql]" in str(caught.value)
