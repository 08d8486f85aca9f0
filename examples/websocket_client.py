"""Asks one question over the WebSocket and prints the answer while it is written.

OPENAI_BASE_URL and OPENAI_API_KEY say where, as for the openai SDK.
"""

import json
import os
import urllib.request

from websockets.sync.client import connect

ticket = urllib.request.Request(
    f"{os.environ['OPENAI_BASE_URL']}/websocket/tickets",
    headers={"authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"},
    method="POST",
)
with urllib.request.urlopen(ticket) as answer:
    url = json.load(answer)["url"]

with connect(url) as connection:
    question = {"input": "What must visitors wear?"}
    connection.send(json.dumps({"action": "response.stream", "request_id": "first", "response": question}))
    for message in connection:
        event = json.loads(message)
        if event["type"] == "response.output_text.delta":
            print(event["delta"], end="", flush=True)
        elif event["type"] == "response.completed":
            print(f"\nfrom {event['response']['sources'][0]['document']}")
            break
