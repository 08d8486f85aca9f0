"""Asks one question with the openai SDK, which finds the deployment by OPENAI_BASE_URL and OPENAI_API_KEY."""

from openai import OpenAI

client = OpenAI()
answer = client.chat.completions.create(
    model="nova-lite",
    messages=[{"role": "user", "content": "What is the daily allowance for meals?"}],
)
print(answer.choices[0].message.content)
for source in answer.model_extra["sources"]:
    print(f"from {source['document']} ({source['score']:.2f})")
