"""The page itself."""

from collections.abc import Mapping

from tools.stack_graph import Node

from .at_rest import POLLS_PER_MONTH, STORED, Line, at_rest, total_usd
from .in_use import COLUMNS, MODEL_SECONDS, OTHER_SECONDS, recorded_calls, usd_by_column
from .prices import Price, prices

REQUESTS = 1_000

WHAT = {
    "alarm metric": "alarms, by the metrics that they read",
    "dashboard": "dashboard",
    "key": "encryption key",
    "queue request": "polls of queues by Lambda",
    "web ACL": "firewall",
    "web ACL rule": "firewall rules",
    "secret": "secrets",
    "interface endpoint": "private endpoints, by their zones",
    "search compute unit": "search engine, by its compute units",
}


def cost_page(nodes: Mapping[str, Node], stack: str = "sandbox-aws") -> str:
    """The page about a stack, in Markdown; `stack` is its name."""
    known, lines = prices(), at_rest(nodes)
    first = total_usd(lines, known, options=False, allowance=True)
    later = total_usd(lines, known, options=False, allowance=False)
    count = sum(node.type.startswith("aws:") for node in nodes.values())
    stored = sum(node.type in STORED for node in nodes.values())
    billed = len({name for line in lines for name in line.names})
    return f"""# What a stack costs

Made by `python -m tools.cost` from the state of the stack `{stack}` ({count} resources), list prices of us-east-1, and
the calls that `python -m bench.calls` counted. `python -m tools.cost --stack STACK` prints the same of another stack in
the sandbox. The prices are below, with their sources: check them before you decide by them.

## At rest

A month in which nobody asks anything costs **{first:.2f} USD** with the defaults, where no other stack uses the
account's free allowances, and {later:.2f} USD where others do.

{_rest_table([line for line in lines if not line.option], known)}

- Each queue that a function reads is asked {POLLS_PER_MONTH:,} times a month, also when it is empty: Lambda holds five
  connections to it, each of which asks every 20 seconds. Fewer patterns or modalities are fewer queues.
- {stored} more resources are billed by what they hold: a gigabyte of logs, tables or documents is 0.02 to 0.25 USD a
  month.
- The dashboard is one of an account's three free ones because it shows at most 50 metrics.
- The other {count - stored - billed} cost nothing until they are used.

This stack has options besides, which are off by default:

{_rest_table([line for line in lines if line.option], known)}

## {REQUESTS:,} requests of each pattern, beyond the model

In US dollars, without free allowances. The model's tokens come on top.

{_use_table(known)}

- Counted in the sandbox, for one request: calls of tables, queues, topics, buckets, guardrail, retrieval and functions,
  and bytes of logs. A polled answer is looked at once; a fan-out has two parts; a batch has ten lines, each a request.
- Assumed: {MODEL_SECONDS:g} s until the model has answered, {OTHER_SECONDS:g} s besides for each call of a function, at
  most 1,000 characters of a question and of an answer, items of at most 1 KB.
- The guardrail is nearly all of it. It is charged by 1,000 characters, so short texts cost as much as those.
- An answer from the cache costs no retrieval and no tokens, and no guardrail but for the question.
- Metrics that functions write are {known["custom metric"].usd:.2f} USD a month each while they are written: 8 for each
  function that answers, and 8 for each function, tenant and model that meet.
- Not counted: minutes of open WebSocket connections (0.25 USD a million), traces, requests of keys (most are cached),
  data that leaves the region.

## Prices

{_price_table(known)}
"""


def _rest_table(lines: list[Line], known: Mapping[str, Price]) -> str:
    with_option = any(line.option for line in lines)
    columns = ["what", "resources", "units a month", "first in its account, USD", "allowances used up, USD"]
    columns += ["option"] * with_option
    rows = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    for line in lines:
        price = known[line.price]
        # The defaults have used the free units up.
        cheap, dear = price.of(line.units, allowance=not with_option), price.of(line.units)
        option = f" `{line.option}` |" if " " not in line.option else f" {line.option} |"
        rows.append(
            f"| {WHAT[line.price]} | {_names(line.names)} | {line.units:,} | {cheap:.2f} | {dear:.2f} |"
            + option * with_option
        )
    return "\n".join(rows)


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name.removeprefix('genai-')}`" for name in names)


def _use_table(known: Mapping[str, Price]) -> str:
    rows = [f"| pattern | {' | '.join(COLUMNS)} | all |", "| --- |" + " --- |" * (len(COLUMNS) + 1)]
    for pattern, measured in recorded_calls().items():
        parts = usd_by_column(measured, known, REQUESTS)
        cells = " | ".join(f"{usd:.4f}" for usd in parts.values())
        rows.append(f"| {pattern} | {cells} | **{sum(parts.values()):.2f}** |")
    return "\n".join(rows)


def _price_table(known: Mapping[str, Price]) -> str:
    rows = ["| price | USD | for | free a month | source | date |", "| --- | --- | --- | --- | --- | --- |"]
    for name, price in known.items():
        amount = f"{price.usd:.10f}".rstrip("0") if price.usd < 0.01 else f"{price.usd:.3f}".removesuffix("0")
        rows.append(
            f"| {name} | {amount} | {price.per:,} {price.unit} | {price.free or ''} | {price.source} | {price.date} |"
        )
    return "\n".join(rows)
