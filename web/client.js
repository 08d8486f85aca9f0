// The API, as the page uses it. What goes wrong is thrown with the API's own message.

import { token } from "./sign_in.js";

const FINAL = ["response.completed", "response.incomplete", "response.failed", "response.cancelled", "error"];

async function call(config, method, path, body) {
  const answer = await fetch(`${config.api_url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${await token(config)}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error?.message ?? `The API answered ${answer.status}.`);
  return found;
}

export const textOf = (response) =>
  (response.output ?? []).flatMap((item) => item.content ?? []).map((part) => part.text ?? part.refusal ?? "").join("");

export async function ask(config, question) {
  const found = await call(config, "POST", "chat/completions", { messages: [{ role: "user", content: question }] });
  return { text: found.choices[0].message.content, sources: found.sources ?? [] };
}

// Calls `onText` with each piece; resolves with the whole answer. Each stream has a connection, and a ticket, of its own.
export async function stream(config, question, onText) {
  const { url } = await call(config, "POST", "websocket/tickets");
  const socket = new WebSocket(`${config.websocket_url}?${new URL(url).searchParams}`);
  try {
    return await new Promise((resolve, reject) => {
      socket.onopen = () => socket.send(JSON.stringify({
        action: "response.stream", request_id: crypto.randomUUID(), response: { input: question },
      }));
      socket.onclose = () => reject(new Error("The connection ended before the answer did. Please ask again."));
      socket.onmessage = ({ data }) => {
        const event = JSON.parse(data);
        if (event.type === "response.output_text.delta") onText(event.delta);
        if (!FINAL.includes(event.type)) return;
        if (event.type === "error") reject(new Error(event.error?.message ?? event.message ?? "It did not work."));
        else if (event.response?.error) reject(new Error(event.response.error.message));
        else resolve({ text: textOf(event.response), sources: event.response.sources ?? [] });
      };
    });
  } finally {
    socket.onclose = null;
    socket.close();
  }
}

export const startJob = (config, question) => call(config, "POST", "responses", { input: question, background: true });
export const getJob = (config, id) => call(config, "GET", `responses/${encodeURIComponent(id)}`);
export const cancelJob = (config, id) => call(config, "POST", `responses/${encodeURIComponent(id)}/cancel`);
