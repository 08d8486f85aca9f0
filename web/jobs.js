// The list of answers that are made in the background: looked at until they are final. Ids are kept in this tab.

import { cancelJob, getJob, startJob, textOf } from "./client.js";
import { fill } from "./answers.js";

const KEPT = "jobs";
const POLL_MS = 1_000;
const OPEN = ["queued", "in_progress"];
const NAMES = { queued: "waiting", in_progress: "being answered", completed: "done", cancelled: "cancelled", failed: "failed", incomplete: "cut short" };

const kept = () => JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");

export async function addJob(config, question) {
  const job = await startJob(config, question);
  sessionStorage.setItem(KEPT, JSON.stringify([{ id: job.id, question }, ...kept()]));
  show(config, job, question);
}

export function showJobs(config) {
  for (const { id, question } of kept().reverse()) show(config, { id, status: "queued" }, question);
}

function show(config, job, question) {
  document.getElementById("jobs").hidden = false;
  const row = document.createElement("li");
  row.innerHTML = '<span class="question"></span><span class="status" role="status"></span>' +
    '<button type="button" class="quiet">Cancel</button><div class="result answer" hidden></div>';
  row.querySelector(".question").textContent = question;
  row.querySelector("button").setAttribute("aria-label", `Cancel: ${question}`);
  row.querySelector("button").onclick = () => cancelJob(config, job.id).then((found) => update(row, found), (error) => told(row, error));
  document.getElementById("job-list").prepend(row);
  update(row, job);
  follow(config, row, job);
}

function told(row, error) {
  row.querySelector(".status").textContent = error.message;
}

function update(row, job) {
  row.dataset.status = job.status;
  row.querySelector(".status").textContent = NAMES[job.status] ?? job.status;
  row.querySelector("button").hidden = !OPEN.includes(job.status);
  const result = row.querySelector(".result");
  const text = job.error?.message ?? textOf(job);
  result.hidden = OPEN.includes(job.status) || !text;
  if (!result.hidden) fill(result, { text, sources: job.sources ?? [] });
}

async function follow(config, row, job) {
  while (OPEN.includes(row.dataset.status)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    if (!OPEN.includes(row.dataset.status)) return;
    try {
      update(row, await getJob(config, job.id));
    } catch (error) {
      row.dataset.status = "unknown";
      row.querySelector("button").hidden = true;
      told(row, error);
    }
  }
}
