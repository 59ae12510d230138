"""An update, one machine after the other, stops nobody."""

from machines import roll


def test_all_machines_are_replaced_while_people_upload_and_nobody_sees_an_error(tmp_path):
    seen = roll(tmp_path, uploads=12)
    assert seen.errors == []
    assert seen.completed == 12
