// What is asked and answered, as elements. Text of people and models is only ever set as text.

const list = () => document.getElementById("answers");

export function addQuestion(question) {
  document.getElementById("empty")?.remove();
  const mine = document.createElement("p");
  mine.className = "mine";
  mine.textContent = question;
  list().append(mine);
}

// An answer that is still to come.
export function addAnswer() {
  const answer = document.createElement("article");
  answer.className = "answer";
  answer.setAttribute("aria-busy", "true");
  answer.append(document.createElement("p"));
  list().append(answer);
  answer.scrollIntoView({ block: "nearest" });
  return answer;
}

export function addText(answer, piece) {
  answer.querySelector("p").textContent += piece;
}

export function fill(answer, { text, sources }) {
  const words = document.createElement("p");
  words.textContent = text;
  answer.replaceChildren(words);
  answer.setAttribute("aria-busy", "false");
  if (sources.length) answer.append(sourcesOf(sources));
}

export function fail(answer, error) {
  answer.classList.add("failed");
  fill(answer, { text: error.message, sources: [] });
}

function sourcesOf(sources) {
  const details = document.createElement("details");
  details.className = "sources";
  const summary = document.createElement("summary");
  summary.textContent = `From ${[...new Set(sources.map((source) => source.document))].join(", ")}`;
  details.append(summary);
  for (const source of sources) {
    const passage = document.createElement("blockquote");
    passage.textContent = source.passage;
    details.append(passage);
  }
  return details;
}
