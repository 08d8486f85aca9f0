"""The embedded model: it answers with the sentences of the given passages that fit the question best.

It writes nothing of its own but a fixed lead, so that whoever reads an answer knows what made it. The same
conversation always gets the same answer. Sentences are scored by BM25 over all sentences given, a
sentence's heading counting half; an answer needs a third of the question's weight to be matched.

Tools (for testing agent loops): with `tool_choice` "any" or a tool's name, a call is always made; with
"auto", one for each clause of the question (they end at a sentence's end and at "and") that names a tool or
shares at least two terms with its name and description, all in one turn. Inputs are filled from the clause:
enum values and quoted texts found in it, numbers in order, else the clause itself. Once tools have answered,
it calls those that a result names, with inputs from that result (it is credulous, as models are), else it
answers, with the results among the passages.
"""

import math
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from .conversation import AnswerStream, Conversation, Finish, StopReason, Text, Tool, ToolCall, ToolResult
from .prompt_parts import question_and_passages
from .sentences import Sentence, split_sentences
from .terms import terms
from .tokens import count_all, count_tokens, first_tokens, pieces
from .tool_choice import choose_tools, named_tools

LEAD = "According to the passages given: "
NO_ANSWER = "I do not know: the passages given do not answer this question."
NO_PASSAGES = "I do not know: no passages were given to answer from."

_MAX_SENTENCES = 3
_LEAST_SHARE_OF_QUESTION = 1 / 3
_LEAST_SHARE_OF_BEST = 0.6
_FEWEST_SENTENCES = 10
_HEADING_WEIGHT = 0.5
_K1 = 1.2
_B = 0.75
_DIGEST_BYTES = 8


def answer(conversation: Conversation) -> AnswerStream:
    """Yield the answer in small parts, the last of them a `Finish`."""
    question, passages = question_and_passages(conversation)
    used = input_tokens(conversation)
    if calls := _tool_calls(conversation, question):
        yield from calls
        written = sum(count_tokens(call.name) + count_tokens(str(dict(call.input))) for call in calls)
        yield Finish("tool_call", used, written)
        return
    whole = answer_text(question, passages)
    kept, reason, stopped_at = _limited(whole, conversation.max_tokens, conversation.stop)
    for piece in pieces(kept):
        yield Text(piece)
    yield Finish(reason, used, count_tokens(kept), stopped_at)


def answer_text(question: str, passages: Sequence[str]) -> str:
    """Return the whole answer to the question from these passages."""
    sentences = list(dict.fromkeys(sentence for passage in passages for sentence in split_sentences(passage)))
    if not sentences:
        return NO_PASSAGES
    best = best_sentences(question, sentences)
    return LEAD + " ".join(_closed(sentence.text) for sentence in best) if best else NO_ANSWER


def best_sentences(question: str, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return at most three sentences that fit the question, the best first; none if nothing fits."""
    wanted = set(terms(question))
    bags = [_bag(sentence) for sentence in sentences]
    holding = Counter(term for bag in bags for term in bag)
    # Of very few sentences, a term that none has would outweigh all that are there.
    weights = {term: _rarity(max(len(sentences), _FEWEST_SENTENCES), holding[term]) for term in wanted}
    total = sum(weights.values())
    average = sum(bag.total() for bag in bags) / len(bags)
    scores = [sum(weights[term] * _saturation(bag, term, average) for term in wanted if term in bag) for bag in bags]
    best = max(scores, default=0.0)
    ranked = sorted(
        (
            index
            for index, bag in enumerate(bags)
            if scores[index] > 0
            and scores[index] >= best * _LEAST_SHARE_OF_BEST
            and sum(weights[term] for term in wanted if term in bag) >= total * _LEAST_SHARE_OF_QUESTION
        ),
        key=lambda index: (-scores[index], index),
    )
    return [sentences[index] for index in ranked[:_MAX_SENTENCES]]


def input_tokens(conversation: Conversation) -> int:
    """Return how many tokens the model reads for this conversation, tool definitions included."""
    count = count_all(conversation.system)
    for message in conversation.messages:
        for part in message.parts:
            if isinstance(part, Text):
                count += count_tokens(part.text)
            elif isinstance(part, ToolResult):
                count += count_all(part.texts)
            else:
                count += count_tokens(part.name) + count_tokens(str(dict(part.input)))
    tools = ((tool.name, tool.description, str(dict(tool.schema))) for tool in conversation.tools)
    return count + sum(map(count_all, tools))


def _bag(sentence: Sentence) -> Counter[str]:
    # Counted in halves: a term of the sentence is two, one of its heading is one.
    bag = Counter(terms(sentence.text) * round(1 / _HEADING_WEIGHT))
    bag.update(terms(sentence.heading))
    return bag


def _rarity(total: int, holding: int) -> float:
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


def _saturation(bag: Counter[str], term: str, average: float) -> float:
    frequency = bag[term] * _HEADING_WEIGHT
    return frequency * (_K1 + 1) / (frequency + _K1 * (1 - _B + _B * bag.total() / average))


def _closed(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?:\u3002\uff01\uff1f" else sentence + "."


def _limited(text: str, max_tokens: int, stop: Sequence[str]) -> tuple[str, StopReason, str | None]:
    cut = first_tokens(text, max_tokens)
    reason: StopReason = "length" if cut != text else "end"
    stops = [(place, sequence) for sequence in stop if sequence and (place := cut.find(sequence)) >= 0]
    if stops:
        place, sequence = min(stops)
        return cut[:place], "stop_sequence", sequence
    return cut, reason, None


def _tool_calls(conversation: Conversation, question: str) -> list[ToolCall]:
    if not conversation.messages:
        return []
    results = [part for part in conversation.messages[-1].parts if isinstance(part, ToolResult)]
    if results and conversation.tool_choice == "auto":
        told = [text for result in results if not result.failed for text in result.texts]
        chosen = named_tools(conversation.tools, told)
    else:
        chosen = choose_tools(conversation.tools, conversation.tool_choice, question)
    turn = len(conversation.messages)
    return [_call(f"{turn}:{number}", *each) for number, each in enumerate(chosen)]


def _call(place: str, tool: Tool, arguments: dict[str, Any]) -> ToolCall:
    identity = f"{place}:{tool.name}:{sorted(arguments.items())}"
    return ToolCall(
        f"tooluse_{blake2b(identity.encode(), digest_size=_DIGEST_BYTES).hexdigest()}", tool.name, arguments
    )
