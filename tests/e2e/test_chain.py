"""A chain of prompts through the state machine: asked for as a model, by the same contract."""

import json
import re
import time
import uuid
from typing import Any

import openai
import pytest
from background import unique
from botocore.config import Config
from deployment import ACME, GLOBEX, Deployment

from genai_runtime.core.chains.work import Work, dump_work
from genai_runtime.core.request import Caller, Message, PromptRequest, Sampling, Trace

pytestmark = pytest.mark.xdist_group("e2e")
CHAIN = "researched-answer"
LAPTOP = "How soon must a lost laptop be reported?"
TIGHT = "tnt_01m85e0bj1eyx9x7ycea71d7h9"


def ask(stack: Deployment, question: str, tenant: str = ACME, **more: Any) -> Any:
    messages: Any = [{"role": "user", "content": question}]
    return stack.openai(tenant).chat.completions.create(model=CHAIN, messages=messages, **more)


def fields(answer: Any) -> dict[str, Any]:
    """The fields of ours, which the SDK keeps beside its own."""
    return answer.model_extra


def machine(stack: Deployment) -> str:
    listed = stack.aws("stepfunctions").list_state_machines()["stateMachines"]
    return next(each["stateMachineArn"] for each in listed if "chain" in each["name"])


def run_machine(stack: Deployment, work: dict[str, Any]) -> dict[str, Any]:
    """A synchronous execution, started by the deployer; the sandbox has no host of its own for them."""
    config = Config(inject_host_prefix=False, read_timeout=40)
    return stack.aws("stepfunctions", config).start_sync_execution(
        stateMachineArn=machine(stack), input=json.dumps(work)
    )


def logged(stack: Deployment, kinds: set[str], seconds: float = 5) -> list[dict[str, Any]]:
    """The machine's log, once it has an event of each of these kinds."""
    logs = stack.aws("logs")
    [group] = logs.describe_log_groups(logGroupNamePrefix="/aws/vendedlogs/states/")["logGroups"]
    until = time.monotonic() + seconds
    while True:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        events = [json.loads(event["message"]) for page in pages for event in page["events"]]
        if kinds <= {event["type"] for event in events} or time.monotonic() > until:
            return events
        time.sleep(0.1)


def work_for(question: str, *, seconds: float = 20, earlier: tuple[Message, ...] = ()) -> Work:
    request = PromptRequest("nova-lite", (*earlier, Message("user", question)), "", Sampling(200), "messages")
    trace = Trace(f"req_{uuid.uuid4().hex[:26]}", uuid.uuid4().hex)
    return Work(request, Caller(ACME, "usr-1"), trace, time.time() + seconds, read_cache=False, write_cache=False)


def test_the_steps_answer_one_after_the_other(stack: Deployment) -> None:
    answer = ask(stack, LAPTOP, extra_headers={"cache-control": "no-store"})
    assert "within one hour" in (answer.choices[0].message.content or "")
    assert (answer.model, answer.choices[0].finish_reason) == (CHAIN, "stop")
    more = fields(answer)
    assert [(step["name"], step["model"]) for step in more["chain"]] == [
        ("facts", "nova-lite"),
        ("answer", "nova-micro"),
    ]
    assert answer.usage
    assert answer.usage.total_tokens == sum(sum(step["usage"].values()) for step in more["chain"])
    assert more["sources"][0]["document"] == "security-handbook.md"
    assert more["prompt_version"].startswith("chain-answer@")


def test_the_last_step_answers_from_what_the_first_one_said(stack: Deployment) -> None:
    text = ask(stack, LAPTOP).choices[0].message.content or ""
    # The sandbox's model begins each answer so; only the first step has passages of documents.
    assert text.count("According to the passages given:") == 2


def test_responses_and_streams_are_the_same(stack: Deployment) -> None:
    client = stack.openai()
    response = client.responses.create(model=CHAIN, input=LAPTOP, metadata={"a": "b"})
    assert "within one hour" in response.output_text
    assert (response.status, response.model, response.metadata) == ("completed", CHAIN, {"a": "b"})
    chunks = list(ask(stack, LAPTOP, stream=True, stream_options={"include_usage": True}))
    assert "within one hour" in "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    events = list(client.responses.create(model=CHAIN, input=LAPTOP, stream=True))
    assert [events[0].type, events[-1].type] == ["response.created", "response.completed"]


def test_the_chain_is_listed_with_the_models(stack: Deployment) -> None:
    client = stack.openai()
    assert [model.id for model in client.models.list()][-1] == CHAIN
    assert client.models.retrieve(CHAIN).id == CHAIN
    with pytest.raises(openai.NotFoundError, match=f"nova-micro, {CHAIN}"):
        client.responses.create(model="other", input=LAPTOP)


def test_the_second_equal_request_comes_from_the_cache_step_by_step(stack: Deployment) -> None:
    question = unique("What must visitors wear?")
    first, second = ask(stack, question), ask(stack, question)
    assert [fields(answer)["cache"]["hit"] for answer in (first, second)] == [False, True]
    assert second.choices[0].message == first.choices[0].message
    assert second.usage
    assert second.usage.total_tokens == 0
    assert first.usage
    saved = fields(second)["cache"]["saved"]
    assert saved == {"input_tokens": first.usage.prompt_tokens, "output_tokens": first.usage.completion_tokens}


def test_instructions_reach_the_step_that_takes_them_and_wishes_the_last_one(stack: Deployment) -> None:
    messages: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": unique(LAPTOP)}]
    answer = stack.openai().chat.completions.create(model=CHAIN, messages=messages, max_completion_tokens=3)
    assert answer.choices[0].finish_reason == "length"
    facts, last = fields(answer)["chain"]
    assert facts["usage"]["output_tokens"] > last["usage"]["output_tokens"] == 3


def test_a_blocked_question_ends_at_the_first_step(stack: Deployment) -> None:
    answer = ask(stack, "Should I buy shares of Globex?")
    assert answer.choices[0].finish_reason == "content_filter"
    more = fields(answer)
    assert [step["name"] for step in more["chain"]] == ["facts"]
    assert (more["guardrail"]["action"], more["sources"]) == ("blocked", [])


def test_a_tenant_gets_nothing_of_another(stack: Deployment) -> None:
    ours = ask(stack, "What is the Globex roadmap for next year?")
    assert {source["document"] for source in fields(ours)["sources"]}.isdisjoint({"roadmap.md"})
    theirs = ask(stack, "What is the Globex roadmap for next year?", GLOBEX)
    assert "roadmap.md" in {source["document"] for source in fields(theirs)["sources"]}


def test_throttling_is_waited_out_by_the_state_machine(stack: Deployment) -> None:
    before = len([event for event in logged(stack, set()) if event["type"] == "TaskFailed"])
    # Two models, each tried twice: the first attempt of the step fails.
    lite, micro = ({"target": f"amazon.nova-{size}-v1:0", "kind": "throttle", "times": 2} for size in ("lite", "micro"))
    with stack.model_fault(**lite), stack.model_fault(**micro):
        answer = ask(stack, unique(LAPTOP))
    assert "within one hour" in (answer.choices[0].message.content or "")
    failures = [event for event in logged(stack, {"TaskFailed"}) if event["type"] == "TaskFailed"][before:]
    assert [event["details"]["error"] for event in failures] == ["ChainStepThrottledError"]


def test_a_model_that_stays_throttled_is_a_429(stack: Deployment) -> None:
    with stack.model_fault(target="*", kind="throttle", times=1_000), pytest.raises(openai.RateLimitError) as raised:
        ask(stack, unique(LAPTOP))
    assert raised.value.code == "rate_limit_exceeded"
    assert raised.value.response.headers["retry-after"] == "2"


def test_a_failed_model_is_the_apis_error(stack: Deployment) -> None:
    with stack.model_fault(target="*", kind="unavailable", times=4), pytest.raises(openai.APIStatusError) as raised:
        ask(stack, unique(LAPTOP))
    assert (raised.value.status_code, raised.value.code) == (503, "service_unavailable")


def test_a_step_that_a_budget_refuses_is_a_429_of_the_client(stack: Deployment) -> None:
    dynamodb = stack.aws("dynamodb")
    [table] = [name for name in dynamodb.list_tables()["TableNames"] if "usage" in name]
    limits = {"tenant": {"S": TIGHT}, "period": {"S": "limits"}, "tokens_per_day": {"N": "10"}}
    dynamodb.put_item(TableName=table, Item=limits)
    with pytest.raises(openai.RateLimitError) as raised:
        ask(stack, LAPTOP, TIGHT)
    assert raised.value.code == "insufficient_quota"
    assert "tokens_per_day" in raised.value.message
    # The client's mistake is no failed execution: nothing failed for good, and no alarm of failures goes off.
    assert any(event["type"] == "SucceedStateEntered" for event in logged(stack, {"SucceedStateEntered"}))


def test_steps_end_at_the_deadline_of_whoever_waits(stack: Deployment) -> None:
    with stack.model_fault(target="*", kind="delay", delay_seconds=20):
        begun = time.monotonic()
        ended = run_machine(stack, {"inline": dump_work(work_for(unique(LAPTOP), seconds=4))})
    assert ended["status"] == "FAILED"
    assert ended["error"] == "ChainStepFailedError"
    assert '\\"cause\\": \\"unavailable\\"' in ended["cause"]
    assert time.monotonic() - begun < 8


def test_work_that_is_too_large_for_a_state_goes_by_reference(stack: Deployment) -> None:
    [bucket] = [each["Name"] for each in stack.aws("s3").list_buckets()["Buckets"] if "payloads" in each["Name"]]
    history = tuple(Message(role, "so it is " * 400) for _ in range(40) for role in ("user", "assistant"))
    work = work_for(LAPTOP, earlier=history)
    content = json.dumps(dump_work(work)).encode()
    assert len(content) > 256 * 1024
    key = f"{ACME}/chains/{work.trace.request_id}/0"
    stack.aws("s3").put_object(Bucket=bucket, Key=key, Body=content)
    ended = run_machine(stack, {"object": key})
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"object": f"{ACME}/chains/{work.trace.request_id}/2"}
    last = stack.aws("s3").get_object(Bucket=bucket, Key=json.loads(ended["output"])["object"])["Body"].read()
    assert "within one hour" in json.loads(last)["outcomes"][1]["answer"]["text"]


def test_a_chain_does_not_answer_in_the_background(stack: Deployment) -> None:
    with pytest.raises(openai.BadRequestError, match="is a chain") as raised:
        stack.openai().responses.create(model=CHAIN, input=LAPTOP, background=True)
    assert raised.value.param == "model"


def test_a_repeated_idempotency_key_runs_no_step_again(stack: Deployment) -> None:
    headers = {"Idempotency-Key": unique("chain"), "cache-control": "no-store"}
    first, second = (ask(stack, LAPTOP, extra_headers=headers) for _ in range(2))
    assert first.id == second.id


def test_logs_tell_of_every_step_and_of_no_prompt(stack: Deployment) -> None:
    word = uuid.uuid4().hex
    ask(stack, f"{LAPTOP} {word}")
    events = logged(stack, {"ExecutionStarted", "TaskStateEntered", "TaskStateExited", "ExecutionSucceeded"})
    assert {event["details"]["name"] for event in events if event["type"] == "TaskStateExited"} == {"facts", "answer"}
    logs = stack.aws("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    told = [name for name in groups if re.search("genai-request-response-(chain|function)", name)]
    assert len(told) == 3
    for name in told:
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
        messages = [event["message"] for page in pages for event in page["events"]]
        assert messages
        assert not any(word in message or "laptop" in message for message in messages), name


def test_the_machines_role_calls_the_step_function_alone(stack: Deployment) -> None:
    iam = stack.aws("iam")
    role = (
        stack.aws("stepfunctions").describe_state_machine(stateMachineArn=machine(stack))["roleArn"].rpartition("/")[2]
    )
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
    named = [(each["Action"], each["Resource"]) for each in statements if each["Resource"] != ["*"]]
    [step] = [
        function["FunctionArn"]
        for function in stack.aws("lambda").list_functions()["Functions"]
        if "chain-step" in function["FunctionName"]
    ]
    assert named == [(["lambda:InvokeFunction"], [step])]
    assert {action.partition(":")[0] for each in statements for action in each["Action"]} == {"lambda", "logs", "xray"}
