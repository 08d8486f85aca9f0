"""Metric math, as far as alarms here need it: arithmetic, comparisons, ``IF`` and ``FILL``.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

_OPERATORS: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(expression: str, values: Mapping[str, float | None]) -> float | None:
    """Return what an expression is for one period, from the values of the metrics that it names; None where one has
    none. Raises ValueError for what is not supported."""
    try:
        return _value(ast.parse(expression, mode="eval").body, values)
    except (KeyError, SyntaxError, TypeError) as error:
        raise ValueError(f"the expression {expression!r} is not supported: {error}") from error
    except ZeroDivisionError:
        return None


def _value(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name():
            return values[node.id]
        case ast.BinOp(left=left, op=symbol, right=right) | ast.Compare(left=left, ops=[symbol], comparators=[right]):
            one, other = _value(left, values), _value(right, values)
            return None if one is None or other is None else float(_OPERATORS[type(symbol)](one, other))
        case ast.Call(func=ast.Name(id="IF"), args=[condition, if_true, if_false]):
            decided = _value(condition, values)
            return None if decided is None else _value(if_true if decided else if_false, values)
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, instead]):
            found = _value(filled, values)
            return _value(instead, values) if found is None else found
        case _:
            raise TypeError(ast.unparse(node))
