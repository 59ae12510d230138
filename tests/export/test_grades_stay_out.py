"""Grades are beside the log, in no event log."""

import pyarrow.parquet as pq
from conftest import viewed


def test_no_event_log_holds_a_grade_or_what_it_is_in(enrich, tmp_path):
    grades = tmp_path / "grades.csv"
    grades.write_text("ID,Full name,Final viva (Real)\n4,Ana Souza,8.7654\n5,Beto Reis,7.6543\n")
    result = enrich([viewed(4), viewed(5)], grades=grades)
    assert result.summary.grades.found == 2
    logs = [path for path in result.folder.glob("enriched_log*") if path.suffix in (".csv", ".xes", ".json")]
    assert len(logs) == 5
    texts = [path.read_text() for path in logs] + [
        str(pq.read_table(result.folder / "enriched_log.parquet").to_pylist())
    ]
    assert not [text for text in texts for told in ("viva", "8.7654", "7.6543") if told in text]
