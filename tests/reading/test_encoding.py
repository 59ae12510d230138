"""The letters that come out are those that went in, whatever encoding the file was saved in."""

import pytest
from conftest import log_text, viewed

# The same bytes are letters in several encodings; the languages that are written in them tell which it is.
LATIN = [
    ("cp1250", "Předmět, přednáška a cvičení"),
    ("cp1250", "Árvíztűrő tükörfúrógép, kérdőív és előadás"),
    ("cp1250", "Zażółć gęślą jaźń, ćwiczenia i rozwiązanie"),
    ("cp1250", "Exerciţii, întrebări şi răspunsuri"),
    ("cp1250", "Vježbe, rješenje, učenje i žarište, školska godina"),
    ("cp1252", "Questionário de avaliação: introdução, lição e capítulo"),
    ("cp1252", "Cuestionario de evaluación: año, lección y número"),
    ("cp1252", "Évaluation, leçon, première année: élèves français"),
    ("cp1252", "Übung: Lösungen für die Prüfung, Größe und Schüler"),
    ("cp1252", "Övningar, lösning, frågor och föreläsning"),
    ("cp1254", "Sınav, öğrenci ödevi, çözüm, ünite ve şube"),
    ("cp1257", "Ievads, jautājums, nodaļa, šķēle un mācību gads"),
    ("cp1257", "Įvadas, užduotis, mokslo metai, ąžuolas ir ėjimas"),
    ("mac_roman", "Questionário de avaliação: introdução, lição e capítulo"),
]

LETTERS = {
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "cp1251": "Проверка: как студенты читают страницы курса",
    "cp1252": "“Ação” à vista – coração, año, garçon, Größe",
    "cp1253": "Έλεγχος: οι φοιτητές διαβάζουν τις σελίδες του μαθήματος",
    "cp1254": "Ğüneş doğdu, İstanbul’da ışık, şişe",
    "cp1255": "בדיקה: הסטודנטים קוראים את דפי הקורס",
    "cp1256": "اختبار: الطلاب يقرأون صفحات المقرر الدراسي",
    "cp932": "試験：学生がコースのページを読んでいる",
    "euc_jp": "試験：学生がコースのページを読んでいる",
    "gb18030": "测试：学生正在阅读课程页面的内容",
    "cp949": "시험: 학생들이 강의 페이지를 읽고 있습니다",
    "big5": "測試：學生正在閱讀課程頁面的內容",
    "koi8_r": "Проверка: как студенты читают страницы курса",
    "utf-16": "全部 – всё – όλα – “tudo”",
}


def contexts(rows):
    return {row["event_context"] for row in rows}


@pytest.mark.parametrize("encoding", LETTERS)
def test_it_reads_the_letters_of(read, encoding):
    text = LETTERS[encoding]
    log = [viewed(4, cm=number, **{"Event context": f"Page: {text} {number}"}) for number in range(30)]
    rows, reading = read(log_text(log).encode(encoding))
    assert contexts(rows) == {row["Event context"] for row in log}
    assert reading.detected["letters_lost"] == 0


@pytest.mark.parametrize(("encoding", "text"), LATIN)
def test_it_tells_encodings_of_latin_letters_apart(read, encoding, text):
    log = [viewed(4, cm=number, **{"Event context": f"Page: {text} {number}"}) for number in range(5)]
    rows, _ = read(log_text(log).encode(encoding))
    assert contexts(rows) == {row["Event context"] for row in log}


def test_a_few_stray_bytes_do_not_spoil_a_text_in_utf_8(read):
    log = [viewed(4, **{"Event context": f"Página {number} – ação"}) for number in range(50)]
    content = log_text([*log, viewed(5, **{"Event context": "stray: XYZ"})]).encode().replace(b"XYZ", b"caf\xe9")
    rows, reading = read(content)
    assert contexts(rows) == {row["Event context"] for row in log} | {"stray: café"}
    assert reading.detected["encoding"] == ["utf-8"]


def test_a_byte_that_is_no_letter_is_told(enrich):
    rows = [viewed(4, **{"Event context": f"Página {number} – ação"}) for number in range(50)]
    content = log_text([*rows, viewed(5, **{"Event context": "odd: XYZ"})]).encode("cp1252").replace(b"XYZ", b"\x81")
    result = enrich(content)
    assert "odd: \N{REPLACEMENT CHARACTER}" in contexts(result.events)
    assert result.summary.detected["letters_lost"] == 1
    assert result.warned["letters_lost"].startswith("One letter of the file is damaged (“�”). Download the log")


def test_a_special_byte_at_the_end_of_many_megabytes_decides(read):
    log = log_text([viewed(4)] * 100_000)
    last = log_text([viewed(5, **{"Event context": "Seite für Größe"})]).splitlines()[1]
    rows, _ = read((log + last + "\n").encode("cp1252"))
    assert rows[-1]["event_context"] == "Seite für Größe"


@pytest.mark.parametrize("size", [1, 7, 64])
def test_letters_that_are_read_in_pieces_stay_whole(read, monkeypatch, size):
    monkeypatch.setattr("moodlelogsmart.reading.encoding.CHUNK", size)
    texts = {"Page: Ação e reação", "Page: plain", "Page: 測試"}
    rows, _ = read(log_text([viewed(4, **{"Event context": text}) for text in texts]))
    assert contexts(rows) == texts


def test_halves_of_a_letter_far_apart_are_no_letter(read, monkeypatch):
    before, behind = log_text([viewed(4, **{"Event context": "Page: Liç+es"})]).encode().split("ç".encode())
    size = len(before) + 1
    monkeypatch.setattr("moodlelogsmart.reading.encoding.CHUNK", size)
    torn = before + b"\xc3" + b"x" * size + b"\xa7" + behind
    assert read(torn)[1].detected["encoding"] != ["utf-8"]
