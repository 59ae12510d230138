"""Logs without descriptions, in the languages of Moodle's labels: component and event name tell what was done."""

import pytest
from conftest import event, viewed

from moodlelogsmart.reading.columns import read_labels

# Component, event name; and what it is: module, action, activity type, and "staff" where only staff can do it.
EVENTS = {
    "pt_br": """
        Sistema: Curso visualizado = course viewed View
        Questionário: Módulo do curso visualizado = quiz viewed Assess_P
        Questionário: Tentativa do questionário iniciada = quiz started Assess_A
        Questionário: Tentativa do questionário entregue = quiz submitted Assess_A
        Questionário: Resumo da tentativa do questionário visualizado = quiz viewed Assess_P
        Tarefa: Um envio foi submetido. = assign submitted Exercise_A
        Envio de arquivos: Envio criado. = assign created Exercise_A
        Tarefa: O status da submissão foi visualizado. = assign viewed Exercise_P
        Fórum: Discussão visualizada = forum viewed Interact
        Fórum: Discussão criada = forum created Interact
        Arquivo: Módulo do curso visualizado = resource viewed Study_P
        Wiki: Página wiki criada = wiki created Synthesize
        Logs: Relatório de log visto = report viewed View staff
        Tarefa: Tabela de avaliação visualizada = assign viewed View staff
        Sistema: Módulo do curso criado = course created View staff""",
    "es": """
        Sistema: Curso visto = course viewed View
        Cuestionario: Módulo de curso visto = quiz viewed Assess_P
        Cuestionario: Intento enviado = quiz submitted Assess_A
        Tarea: Se ha visualizado el estado de la entrega. = assign viewed Exercise_P
        Archivos enviados: Entrega creada. = assign created Exercise_A
        Foro: Tema visto = forum viewed Interact
        Foro: Mensaje creado = forum created Interact
        Carpeta: Módulo de curso visto = folder viewed Study_P
        Sistema: Sumarios de cursos vistos = course viewed View
        Usuario: Informe de notas de usuario visto = grades viewed Feedback
        Registros: Informe de registros visto = report viewed View staff""",
    "de": """
        System: Kurs angezeigt = course viewed View
        Test: Kursmodul angezeigt = quiz viewed Assess_P
        Test: Testversuch gestartet = quiz started Assess_A
        Test: Testversuch abgegeben = quiz submitted Assess_A
        Aufgabe: Der Abgabestatus wurde angezeigt. = assign viewed Exercise_P
        Forum: Beitrag erstellt = forum created Interact
        Logdaten: Logdatenbericht angezeigt = report viewed View staff""",
    "fr": """
        Système: Cours consulté = course viewed View
        Test: Module de cours consulté = quiz viewed Assess_P
        Test: Tentative de test commencée = quiz started Assess_A
        Devoir: Un travail a été remis. = assign submitted Exercise_A
        Forum: Discussion consultée = forum viewed Interact
        Fichier: Module de cours consulté = resource viewed Study_P""",
    "it": """
        Quiz: Visualizzato modulo del corso = quiz viewed Assess_P
        Compito: Visualizzato stato della consegna = assign viewed Exercise_P""",
    "nl": """
        Test: Cursusmodule bekeken = quiz viewed Assess_P
        Forum: Discussie aangemaakt = forum created Interact""",
    "ja": """
        システム: コースが閲覧されました = course viewed View
        小テスト: コースモジュールが閲覧されました = quiz viewed Assess_P
        小テスト: 小テスト受験が開始されました = quiz started Assess_A
        課題: 提出ステータスが表示されました = assign viewed Exercise_P
        フォーラム: 投稿が作成されました = forum created Interact
        ログ: ログレポートが閲覧されました = report viewed View staff""",
    "ru": """
        Система: Курс просмотрен = course viewed View
        Тест: Попытка теста начата = quiz started Assess_A
        Форум: Сообщение создано = forum created Interact""",
    "sv": """
        Test: Kursmodul visad = quiz viewed Assess_P
        Forum: Inlägg skapat = forum created Interact""",
    "tr": """
        Sistem: Kurs görüntülendi = course viewed View
        Sınav: Sınav denemesi başlatıldı = quiz started Assess_A
        Ödev: Gönderim oluşturuldu = assign created Exercise_A""",
    "zh_cn": """
        系统: 课程已查看 = course viewed View
        测验: 测验尝试已提交 = quiz submitted Assess_A
        讨论区: 帖子已创建 = forum created Interact""",
}  # fmt: skip
CASES = [
    (language, *line.strip().replace(": ", " = ", 1).split(" = "))
    for language, lines in EVENTS.items()
    for line in lines.strip().splitlines()
]


@pytest.mark.parametrize("header", ["without a description", "with an empty one"])
def test_component_and_event_name_tell_it(enrich, header):
    rows = [
        event(
            "-" if header == "with an empty one" else "", name=f"Person {place}", component=component, event_name=name,
            **{"Event context": f"Somewhere {place}"},
        )
        for place, (_language, component, name, _meaning) in enumerate(CASES)
    ]  # fmt: skip
    result = enrich(rows, keep=("staff",))
    found = {row["user_full_name"]: row for row in result.events}
    wrong = []
    for place, (language, component, name, meaning) in enumerate(CASES):
        row = found[f"Person {place}"]
        told = f"{row['module']} {row['action']} {row['activity_type']}" + " staff" * (row["role"] == "staff")
        if told != meaning:
            wrong.append((language, component, name, meaning, told))
    assert wrong == []


def test_the_examples_are_of_languages_with_known_labels():
    assert set(EVENTS) <= {row["language"] for row in read_labels()}


def test_component_and_name_count_more_than_the_description_and_that_is_counted(enrich):
    says = "The user with id '4' viewed the 'page' activity with course module id '62'."
    rows = [event(says, component="Questionário", event_name="Tentativa do questionário entregue"), viewed(4)]
    result = enrich(rows)
    assert [(row["module"], row["action"]) for row in result.events] == [("quiz", "submitted"), ("page", "viewed")]
    assert result.summary.sources_disagree == 1


def test_an_unknown_plugin_still_has_its_verb(enrich):
    (row,) = enrich([event("-", name="Ana", component="Jogo inventado", event_name="Rodada do jogo iniciada")]).events
    assert row["action"] == "started"
