"""The table of errors on the architecture page lists what the runtime answers with."""

import json

from pages import code, table

from genai_runtime.core.errors import Cause, StepError, refusal
from genai_runtime.core.openai_api.errors import (
    _FAILURES,
    _REFUSALS,
    ErrorResponse,
    render_crash,
    render_failure,
    render_refusal,
)

ANY_OTHER = "all that are not below"


def listed() -> set[tuple[int, str, str]]:
    rows = table("docs/architecture.md", "Errors")
    return {(int(row["status"]), code(row["`type`"])[0], (code(row["`code`"]) or [ANY_OTHER])[0]) for row in rows}


def seen(answer: ErrorResponse) -> tuple[int, str, str]:
    error = json.loads(answer.body)["error"]
    return answer.status, error["type"], error["code"]


def test_every_error_is_listed_as_it_is_answered() -> None:
    answers = [render_refusal(refusal(code, "no"), "req_1") for code in _REFUSALS]
    answers += [render_failure(StepError(cause, "a:B", "detail"), None, "req_1") for cause in Cause]
    answers.append(render_crash("req_1"))
    assert set(_FAILURES) == set(Cause)
    status, kind, _ = seen(render_refusal(refusal("some_other_code", "no"), "req_1"))
    assert listed() == {*map(seen, answers), (status, kind, ANY_OTHER)}
