// The chat page: who is signed in, and what a question starts.

import { addAnswer, addQuestion, addText, fail, fill } from "./answers.js";
import { ask, stream } from "./client.js";
import { addJob, showJobs } from "./jobs.js";
import { person, resume, signIn, signOut } from "./sign_in.js";

const element = (id) => document.getElementById(id);

function tell(error) {
  element("problem").textContent = error.message;
  element("problem").hidden = false;
}

async function answer(config, mode, question) {
  if (mode === "job") return addJob(config, question);
  addQuestion(question);
  const place = addAnswer();
  try {
    fill(place, await (mode === "stream" ? stream(config, question, (piece) => addText(place, piece)) : ask(config, question)));
  } catch (error) {
    fail(place, error);
  }
  place.scrollIntoView({ block: "nearest" });
}

async function send(config, event) {
  event.preventDefault();
  const form = event.target;
  const question = element("question").value.trim();
  if (!question) return;
  element("problem").hidden = true;
  element("send").disabled = true;
  element("question").value = "";
  try {
    await answer(config, new FormData(form).get("mode"), question);
  } catch (error) {
    tell(error);
  } finally {
    element("send").disabled = false;
    element("question").focus();
  }
}

function sendOnEnter(event) {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  element("ask").requestSubmit();
}

async function start() {
  const config = await (await fetch("config.json")).json();
  element("sign-in").onclick = () => signIn(config).catch(tell);
  element("sign-out").onclick = () => signOut(config);
  element("ask").onsubmit = (event) => send(config, event);
  element("question").onkeydown = sendOnEnter;
  element("stream-mode").hidden = !config.websocket_url;
  const signedIn = await resume(config).catch((error) => (tell(error), false));
  element(signedIn ? "chat" : "welcome").hidden = false;
  if (!signedIn) return;
  const { email, tenant } = await person(config);
  element("who").textContent = email;
  element("who").title = tenant;
  element("who").hidden = element("sign-out").hidden = false;
  element("question").focus();
  showJobs(config);
}

start().catch(tell);
