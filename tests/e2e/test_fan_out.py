"""Pattern 5 as its clients see it: parts by modality, at the same time, combined; partial when something is late."""

import base64
import json
import time
import uuid
from typing import Any

import pytest
from background import attributes, depth, until
from deployment import ACME, GLOBEX, Deployment
from fan_outs import (
    LITE,
    MICRO,
    answer,
    create,
    ended,
    fan_out,
    image,
    kill,
    part,
    png,
    seen,
    structured,
    text,
    visibility,
)
from roles import function_role, without
from sockets import Socket, answer_of, socket

pytestmark = pytest.mark.xdist_group("e2e")
TICKET: dict[str, Any] = {
    "type": "object",
    "properties": {
        "severity": {"type": "string", "enum": ["low", "high"]},
        "laptops": {"type": "integer", "minimum": 0},
    },
    "required": ["severity", "laptops"],
    "additionalProperties": False,
}


def test_three_modalities_are_worked_on_at_the_same_time_and_combined(stack: Deployment) -> None:
    with stack.http() as client:
        ended(client, create(client, text("Warm."), image(), structured("Severity low, 1 laptop.", TICKET))["id"])
        with stack.model_fault(target=LITE, kind="delay", delay_seconds=3, times=3):
            began = time.monotonic()
            made = create(
                client,
                text("How soon must a lost laptop be reported?", id="policy"),
                image(64, 48, id="badge"),
                structured("Severity high: 2 laptops were lost.", TICKET, id="ticket"),
                metadata={"case": "4711"},
            )
            assert (made["object"], made["status"]) == ("response", "queued")
            done = ended(client, made["id"])
            taken = time.monotonic() - began
        assert client.get(f"/v1/responses/{made['id']}").json()["output"] == done["output"]
    assert (done["status"], done["metadata"], done["incomplete_details"]) == ("completed", {"case": "4711"}, None)
    assert [each["status"] for each in done["parts"]] == ["completed"] * 3
    assert "within one hour" in part(done, "policy")["output_text"]
    assert "64 x 48 pixels" in part(done, "badge")["output_text"]
    assert json.loads(part(done, "ticket")["output_text"]) == {"severity": "high", "laptops": 2}
    assert answer(done) == "\n\n".join(each["output_text"] for each in done["parts"])
    used = [each["usage"] for each in done["parts"]]
    assert done["usage"]["input_tokens"] == sum(each["input_tokens"] for each in used) > 0
    assert 3 <= taken < 6, "the parts together took as long as one after another"


def test_what_misses_the_deadline_is_named_and_kept_when_it_comes(stack: Deployment) -> None:
    with stack.http() as client, stack.model_fault(target=MICRO, kind="delay", delay_seconds=5):
        slow = text("Who accompanies visitors?", id="slow", model="nova-micro")
        made = create(client, text("What must visitors wear?", id="quick"), slow, deadline_seconds=2)
        partial = ended(client, made["id"])
        late = until(
            lambda: seen(client, made["id"]), lambda response: part(response, "slow")["status"] == "completed", 20
        )
    assert (partial["status"], partial["error"]) == ("incomplete", None)
    assert partial["incomplete_details"] == {"reason": "deadline", "parts": ["slow"]}
    assert answer(partial) == part(partial, "quick")["output_text"]
    assert part(late, "slow")["output_text"]
    assert (late["status"], answer(late)) == ("incomplete", answer(partial))


def test_the_first_answer_is_enough_for_the_rule_first(stack: Deployment) -> None:
    with stack.http() as client, stack.model_fault(target=MICRO, kind="delay", delay_seconds=4):
        slow = text("Who accompanies visitors?", id="slow", model="nova-micro")
        began = time.monotonic()
        made = create(client, slow, text("What must visitors wear?", id="quick"), combine={"rule": "first"})
        done = ended(client, made["id"])
        taken = time.monotonic() - began
        late = until(lambda: seen(client, made["id"]), lambda now: part(now, "slow")["status"] == "completed")
    assert (done["status"], answer(done)) == ("completed", part(done, "quick")["output_text"])
    assert answer(late) == answer(done)
    assert taken < 4


def test_a_model_combines_and_names_the_parts_as_its_sources(stack: Deployment) -> None:
    parts = [text("How soon must a lost laptop be reported?", id="policy"), image(32, 16, id="badge")]
    combine = {"rule": "model", "instructions": f"How soon must a lost laptop be reported? {uuid.uuid4().hex}"}
    with stack.http() as client:
        done = ended(client, create(client, *parts, combine=combine)["id"])
    assert done["status"] == "completed"
    assert "within one hour" in answer(done)
    assert [source["document"] for source in done["sources"]] == ["policy", "badge"]
    assert done["usage"]["input_tokens"] > sum(each["usage"]["input_tokens"] for each in done["parts"])


def test_a_large_image_arrives_whole(stack: Deployment) -> None:
    data = base64.b64encode(png(50, 20, noise=150_000)).decode()
    with stack.http() as client:
        done = ended(client, create(client, image(id="large") | {"image": {"format": "png", "data": data}})["id"])
    assert "50 x 20 pixels" in part(done, "large")["output_text"]


def test_a_throttled_model_is_stood_in_for(stack: Deployment) -> None:
    with stack.http() as client, stack.model_fault(target=LITE, kind="throttle", times=2):
        done = ended(client, create(client, text("What is a receipt?", id="one"))["id"])
    assert (done["status"], part(done, "one")["model"]) == ("completed", "nova-micro")


def test_a_worker_that_is_killed_is_followed_by_another(stack: Deployment) -> None:
    with visibility(stack, "text", 6), stack.http() as client:
        with stack.model_fault(target=LITE, kind="delay", delay_seconds=4):
            made = create(client, text("What must visitors wear?", id="one"))
            until(lambda: seen(client, made["id"]), lambda now: part(now, "one")["status"] == "in_progress")
            assert kill(fan_out(stack, "workers")["text"]) >= 1
        done = ended(client, made["id"], 40)
        until(lambda: depth(stack, fan_out(stack, "queues")["text"]), lambda messages: messages == 0, 30)
    assert (done["status"], part(done, "one")["status"]) == ("completed", "completed")


def test_messages_that_come_twice_are_answered_once(stack: Deployment) -> None:
    with visibility(stack, "text", 5), stack.http() as client:
        before = _calls(stack, "text")
        with stack.model_fault(target=LITE, kind="delay", delay_seconds=1, times=2):
            made = create(client, text("Who accompanies visitors?", id="one"), text("What is a receipt?", id="two"))
            done = ended(client, made["id"])
        for part_id in ("one", "two", "one"):
            stack.aws("sns").publish(
                TopicArn=fan_out(stack, "topic_arn"),
                Message=json.dumps({"tenant": ACME, "id": made["id"], "part": part_id}),
                MessageAttributes={"modality": {"DataType": "String", "StringValue": "text"}},
            )
        message = json.dumps({"tenant": ACME, "id": made["id"]})
        stack.aws("sqs").send_message(QueueUrl=fan_out(stack, "queues")["combine"], MessageBody=message)
        time.sleep(1)
        # A part that another worker is at comes back after some seconds.
        until(lambda: depth(stack, fan_out(stack, "queues")["text"]), lambda messages: messages == 0, 60)
        assert seen(client, made["id"]) == done
    assert _calls(stack, "text") == before + 2


def test_a_part_that_fails_for_good_is_a_dead_letter_and_is_done_once_its_cause_is_mended(stack: Deployment) -> None:
    sqs, failed = stack.aws("sqs"), fan_out(stack, "failed_queues")["structured"]
    with stack.http() as client:
        with without(stack, fan_out(stack, "workers")["structured"], "bedrock:InvokeModel"):
            for queue in fan_out(stack, "queues").values():
                sqs.send_message(QueueUrl=queue, MessageBody="no JSON")
            poison = structured("Severity low: 7 laptops.", TICKET, id="poison")
            made = create(client, text("When are updates installed?", id="good"), poison)
            partial = ended(client, made["id"], 70)
            until(lambda: depth(stack, failed), lambda messages: messages == 2, 60)
        assert partial["incomplete_details"] == {"reason": "part_failed", "parts": ["poison"]}
        assert part(partial, "poison")["error"]["code"] == "server_error"
        assert answer(partial) == part(partial, "good")["output_text"]
        for letter in sqs.receive_message(QueueUrl=failed, MaxNumberOfMessages=10)["Messages"]:
            if letter["Body"] == "no JSON":
                sqs.delete_message(QueueUrl=failed, ReceiptHandle=letter["ReceiptHandle"])
            else:
                sqs.change_message_visibility(
                    QueueUrl=failed, ReceiptHandle=letter["ReceiptHandle"], VisibilityTimeout=0
                )
        sqs.start_message_move_task(SourceArn=attributes(stack, failed)["QueueArn"])
        late = until(lambda: seen(client, made["id"]), lambda now: part(now, "poison")["status"] == "completed")
    assert json.loads(part(late, "poison")["output_text"]) == {"severity": "low", "laptops": 7}
    for name, url in fan_out(stack, "failed_queues").items():
        if name != "structured":
            until(lambda url=url: depth(stack, url), lambda messages: messages == 1, 60)
            [letter] = sqs.receive_message(QueueUrl=url)["Messages"]
            assert letter["Body"] == "no JSON"
            sqs.delete_message(QueueUrl=url, ReceiptHandle=letter["ReceiptHandle"])
    assert (late["status"], answer(late)) == ("incomplete", answer(partial))
    assert depth(stack, failed) == 0


def test_mistakes_are_named_before_any_work(stack: Deployment) -> None:
    not_a_png = {"format": "png", "data": base64.b64encode(b"GIF89a").decode()}
    parts = [
        {"modality": "smell", "input": "?"},
        image(id="a") | {"image": not_a_png},
        structured("?", {"type": "array"}, id="a"),
        text("?", model="gpt-5"),
    ]
    with stack.http() as client:
        refused = client.post("/v1/fanouts", json={"parts": parts, "deadline_seconds": 0}).json()["error"]
        large = client.post("/v1/fanouts", json={"parts": [text("x" * 300_000)]})
        none = client.post("/v1/fanouts", json={})
    wrong = {detail["param"] for detail in refused["details"]}
    assert wrong == {
        "parts[0].modality",
        "parts[1].image.data",
        "parts[2].id",
        "parts[2].schema",
        "parts[3].model",
        "deadline_seconds",
    }
    assert (large.status_code, large.json()["error"]["code"]) == (413, "request_too_large")
    assert (none.status_code, none.json()["error"]["param"]) == (400, "parts")


def test_the_same_key_gives_the_same_fan_out_and_cancelling_ends_it(stack: Deployment) -> None:
    key = {"idempotency-key": uuid.uuid4().hex}
    asked = text("What must visitors wear?", id="one")
    with stack.http() as client, stack.model_fault(target=LITE, kind="delay", delay_seconds=2):
        made = create(client, asked, headers=key)
        assert create(client, asked, headers=key)["id"] == made["id"]
        other = client.post("/v1/fanouts", json={"parts": [text("Another?")]}, headers=key)
        cancelled = client.post(f"/v1/fanouts/{made['id']}/cancel").json()
        time.sleep(3)
        after = seen(client, made["id"])
        again = client.post(f"/v1/fanouts/{made['id']}/cancel")
    assert (other.status_code, other.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert cancelled["status"] == after["status"] == "cancelled"
    assert after["output"] == []
    assert again.status_code == 200


@pytest.mark.parametrize(("tenant", "user"), [(GLOBEX, ""), (ACME, "another")])
def test_nobody_else_reaches_it(stack: Deployment, tenant: str, user: str) -> None:
    with stack.http() as owner, stack.http(tenant, user) as other:
        made = create(owner, text("What must visitors wear?"))
        for method, path in (("GET", ""), ("POST", "/cancel")):
            answered = other.request(method, f"/v1/fanouts/{made['id']}{path}")
            assert (answered.status_code, answered.json()["error"]["code"]) == (404, "response_not_found")
        assert ended(owner, made["id"])["status"] == "completed"
    with stack.http(None) as nobody:
        assert nobody.get(f"/v1/fanouts/{made['id']}").status_code == 401


def test_the_answer_is_pushed_after_a_reconnect(stack: Deployment) -> None:
    with stack.model_fault(target=LITE, kind="delay", delay_seconds=3, times=2):
        with socket(stack) as client:
            asked = {"parts": [text("What must visitors wear?", id="one"), image(id="two")]}
            _ask(client, asked)
            created = client.receive()
        assert created["type"] == "response.created"
        with socket(stack) as client:
            resume = {"action": "response.resume", "request_id": "r", "response_id": created["response_id"]}
            client.send({**resume, "starting_after": created["sequence_number"]})
            events = client.until_final()
    assert events[-1]["type"] == "response.completed"
    assert [each["status"] for each in events[-1]["response"]["parts"]] == ["completed", "completed"]
    assert "visitor" in answer_of(events[-1]).lower()


def test_the_same_message_again_gets_the_same_events(stack: Deployment) -> None:
    asked = {"parts": [text("What is a receipt?", id="one")]}
    with socket(stack) as client:
        request_id = _ask(client, asked)
        first = client.until_final()
        _ask(client, asked, request_id)
        assert client.until_final() == first
        _ask(client, {"parts": []})
        assert client.receive()["error"]["param"] == "parts"


def test_each_worker_may_invoke_only_the_models_of_its_modality(stack: Deployment) -> None:
    policies = {
        modality: json.dumps(_policy(stack, fan_out(stack, "workers")[modality])) for modality in ("image", "text")
    }
    assert "nova-lite" in policies["image"]
    assert "nova-micro" not in policies["image"]
    assert "nova-micro" in policies["text"]
    assert "bedrock:Retrieve" not in policies["image"]


def _policy(stack: Deployment, function: str) -> Any:
    iam, role = stack.aws("iam"), function_role(stack, function)
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]


def _ask(client: Socket, body: Any, request_id: str | None = None) -> str:
    name = request_id or uuid.uuid4().hex
    client.send({"action": "fanout.create", "request_id": name, "fanout": body})
    return name


def _calls(stack: Deployment, modality: str) -> int:
    """How often the worker of a modality has called a model; every model is called through an inference profile."""
    role = function_role(stack, fan_out(stack, "workers")[modality])
    return sum(
        entry["count"]
        for entry in stack.sandbox("iam/calls")
        if entry["role"].endswith(f"/{role}")
        and entry["action"] == "bedrock:InvokeModel"
        and entry["allowed"]
        and any(":inference-profile/" in resource for resource in entry["resources"])
    )
