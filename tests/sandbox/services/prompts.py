"""Requests that the tests of the Bedrock runtime make."""

from typing import Any

NOVA = "us.amazon.nova-lite-v1:0"
PASSAGE = "Refunds are paid within 30 days. Express shipping costs 12 euros. Contact us at help@example.com."


def asking(question: str, *passages: str, model: str = NOVA, **more: Any) -> dict[str, Any]:
    """Return a Converse request with the passages as blocks of their own."""
    blocks = [f"<passage>{passage}</passage>" for passage in passages or (PASSAGE,)]
    content = [{"text": text} for text in (*blocks, question)]
    return {"modelId": model, "messages": [{"role": "user", "content": content}], **more}


def text_of(answer: dict[str, Any]) -> str:
    """Return the text of a Converse answer."""
    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])


def streamed(events: list[dict[str, Any]]) -> str:
    """Return the text that a stream brought."""
    return "".join(each["contentBlockDelta"]["delta"].get("text", "") for each in events if "contentBlockDelta" in each)
