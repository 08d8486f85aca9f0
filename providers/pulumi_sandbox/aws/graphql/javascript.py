"""APPSYNC_JS: the request and response handlers of a resolver, run by QuickJS with AppSync's ``util``.

Source: AppSync developer guide, "JavaScript runtime features" and "Built-in utilities".
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import quickjs

from pulumi_sandbox.aws.graphql.errors import FieldError

MAX_CODE_BYTES = 32_768
HANDLERS = ("request", "response")
_MEMORY_BYTES = 64 * 1024 * 1024
_TIME_SECONDS = 1.0
_IMPORT = re.compile(r"^import\s*\{([^}]*)\}\s*from\s*['\"]([^'\"]+)['\"];?\s*$", re.MULTILINE)
_IMPORTED = frozenset({"util"})
_PRELUDE = """
const util = (() => {
  class Raised extends Error {}
  const raise = (message, errorType, data, errorInfo) => {
    const raised = new Raised(message);
    raised.told = { message, errorType, data, errorInfo };
    throw raised;
  };
  const known = {
    error: raise,
    unauthorized: () => raise('Not Authorized to access this field', 'Unauthorized'),
  };
  return new Proxy(known, {
    get(target, name) {
      if (name in target) return target[name];
      throw new Error(`the sandbox has no util.${String(name)}`);
    },
  });
})();
const __call = (handler, context) => {
  try {
    return JSON.stringify({ value: handler(JSON.parse(context)) });
  } catch (error) {
    if (error.told) return JSON.stringify({ raised: error.told });
    throw error;
  }
};
"""


class InvalidCodeError(ValueError):
    """Code that AppSync would not take, or that the sandbox cannot run; the text says why."""


def check_code(code: str) -> None:
    """Return if the code declares both handlers. Raises InvalidCodeError."""
    if len(code.encode()) > MAX_CODE_BYTES:
        raise InvalidCodeError(f"the code is over {MAX_CODE_BYTES} bytes")
    context = _load(code)
    for name in HANDLERS:
        if context.eval(f"typeof {name}") != "function":
            raise InvalidCodeError(f"the code exports no function {name}")


def call_handler(code: str, name: str, context: Mapping[str, Any]) -> Any:
    """Return what a handler makes of a context. Raises FieldError: the handler's own, or that it failed."""
    try:
        result: dict[str, Any] = json.loads(_load(code).eval(f"__call({name}, {json.dumps(json.dumps(context))})"))
    except quickjs.JSException as error:
        raise FieldError("Runtime Error", "Code", info={"cause": str(error).splitlines()[0]}) from error
    if told := result.get("raised"):
        raise FieldError(told["message"], told.get("errorType") or "Custom", told.get("data"), told.get("errorInfo"))
    return result.get("value")


def _load(code: str) -> Any:
    for names, module in _IMPORT.findall(code):
        unknown = {name.strip() for name in names.split(",") if name.strip()} - _IMPORTED
        if module != "@aws-appsync/utils" or unknown:
            raise InvalidCodeError(f"the sandbox's APPSYNC_JS has {', '.join(_IMPORTED)} of @aws-appsync/utils alone")
    script = re.sub(r"^export\s+(?=function|const)", "", _IMPORT.sub("", code), flags=re.MULTILINE)
    context = quickjs.Context()
    context.set_memory_limit(_MEMORY_BYTES)
    context.set_time_limit(_TIME_SECONDS)
    try:
        context.eval(_PRELUDE)
        context.eval(script)
    except quickjs.JSException as error:
        raise InvalidCodeError(str(error).splitlines()[0]) from error
    return context
