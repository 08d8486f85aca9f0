"""What a provider does with resources, in plain Python values; the gRPC side of it is in ``servicer``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pulumi_sandbox.plugin import check, config, diff, preview, schema, tags
from pulumi_sandbox.plugin.cloud import SandboxCloud, connect
from pulumi_sandbox.plugin.errors import UserError
from pulumi_sandbox.plugin.facts import TypeFacts, type_facts
from pulumi_sandbox.plugin.handler import PartialFailureError, Resource
from pulumi_sandbox.plugin.handlers import handler_for
from pulumi_sandbox.plugin.naming import EngineNaming
from pulumi_sandbox.plugin.schema import ResourceSchema, resource_schema
from pulumi_sandbox.plugin.secrecy import keep_secrets, like
from pulumi_sandbox.plugin.values import UNKNOWN, has_unknown, plain, unwrap

Properties = dict[str, Any]

# What a resource that does not say it takes from its provider.
_INHERITED = {"aws": ("region",), "gcp": ("project",)}


@dataclass(frozen=True, slots=True)
class State:
    """A resource as the engine's state holds it: secrets wrapped, ``__defaults`` among the inputs."""

    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]


class PartlyDoneError(Exception):
    """A create or update that left a resource behind; ``state`` is what to remember of it."""

    def __init__(self, state: State, reason: str) -> None:
        super().__init__(reason)
        self.state = state


class Provider:
    """One configured provider of a package ("aws" or "gcp")."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.config: Properties = {}
        self._cloud: SandboxCloud | None = None
        self._regional: dict[str, SandboxCloud] = {}

    def check_config(self, news: Mapping[str, Any]) -> check.Checked:
        """Check the configuration's names and types."""
        declared = schema.provider_schema(self.package)
        return check.check_config(self.package, declared, config.decode(news, declared))

    def configure(self, news: Mapping[str, Any]) -> None:
        """Take the configuration and find the sandbox. Raises UserError when it does not answer."""
        self.config = config.decode(news, schema.provider_schema(self.package))
        known = {name: value for name, value in plain(self.config).items() if not has_unknown(value)}
        if self.package == "aws" and unwrap(self.config.get("region")) is UNKNOWN:
            # A preview of a provider whose region is not known yet: nothing is asked of the cloud.
            known["region"] = "unknown"
        self._cloud = connect(self.package, known)

    def cloud(self, inputs: Mapping[str, Any]) -> SandboxCloud:
        """Return the cloud for a resource or function, which may name a region of its own."""
        if self._cloud is None:
            raise UserError(f"the {self.package} provider is not configured")
        region = inputs.get("region")
        if self.package != "aws" or not isinstance(region, str) or region == self._cloud.region:
            return self._cloud
        places = {**self._cloud.places, "region": region}
        return self._regional.setdefault(region, replace(self._cloud, places=places, _clients={}))

    def check(
        self,
        token: str,
        name: str,
        olds: Mapping[str, Any],
        news: Mapping[str, Any],
        seed: bytes,
        engine: EngineNaming | None,
    ) -> check.Checked:
        """Check a resource's inputs and fill in its defaults and name."""
        declared, facts = _known(token)
        return check.check_resource(
            name, declared, facts, olds=olds, news=news, config=self.config, seed=seed, engine=engine
        )

    def diff(self, token: str, old: State, news: Mapping[str, Any], ignore: Sequence[str]) -> diff.Difference:
        """Compare a resource with its new inputs."""
        declared, facts = _known(token)
        return diff.difference(
            declared,
            facts,
            old_inputs=old.inputs,
            old_outputs=old.outputs,
            news={**self._inherited(declared, old), **news},
            ignore=ignore,
        )

    def _inherited(self, declared: ResourceSchema, old: State) -> Properties:
        """Return the region or project that a resource takes from the provider, where another is in its state.

        A provider that was pointed elsewhere cannot move what it made: the resource must be replaced.
        """
        places = {} if self._cloud is None else self._cloud.places
        return {
            name: UNKNOWN if unwrap(self.config.get(name)) is UNKNOWN else places[name]
            for name in _INHERITED[self.package]
            if name in places and name in declared.inputs and unwrap(old.outputs.get(name))
        }

    def preview_create(self, token: str, inputs: Mapping[str, Any]) -> Properties:
        """Return the outputs that are known before a resource is created."""
        declared, facts = _known(token)
        places = {} if self._cloud is None else self._cloud.places
        known = {
            name: places[name]
            for name in _INHERITED[self.package]
            if name in places and unwrap(self.config.get(name)) is not UNKNOWN
        }
        outputs = preview.created(declared, facts, inputs, known)
        return keep_secrets(inputs, outputs, declared, facts)

    def create(self, token: str, inputs: Mapping[str, Any]) -> State:
        """Create a resource. Raises PartlyDoneError when it exists but is not as declared."""
        given = plain(inputs)
        try:
            made = handler_for(token).create(self.cloud(given), given)
        except PartialFailureError as partial:
            raise PartlyDoneError(self._state(token, partial.resource, inputs), partial.reason) from partial
        return self._state(token, made, inputs)

    def preview_update(self, token: str, old: State, news: Mapping[str, Any]) -> Properties:
        """Return the outputs that are known before a resource is changed in place."""
        declared, facts = _known(token)
        return keep_secrets(news, preview.updated(declared, facts, old.inputs, old.outputs, news), declared, facts)

    def update(self, token: str, old: State, news: Mapping[str, Any]) -> State:
        """Change a resource in place."""
        given = plain(news)
        before = Resource(old.id, plain(old.outputs), plain(old.inputs))
        update = handler_for(token).update
        if update is None:
            raise UserError(f"{token} cannot be changed in place, yet its facts do not say what replaces it")
        try:
            outputs = dict(update(self.cloud(before.outputs), before, given))
        except PartialFailureError as partial:
            raise PartlyDoneError(self._state(token, partial.resource, news), partial.reason) from partial
        return self._state(token, Resource(old.id, outputs, given), news)

    def delete(self, token: str, old: State) -> None:
        """Remove a resource; one that is already gone is success."""
        before = Resource(old.id, plain(old.outputs), plain(old.inputs))
        handler_for(token).delete(self.cloud(before.outputs), before)

    def read(self, token: str, old: State) -> State | None:
        """Return what the cloud says of a resource now, or None when it is gone.

        On refresh the inputs change where the cloud's answer changed, so that the next diff shows the drift. On
        import (no old inputs) they describe the resource, so that a program that says the same is up to date.
        """
        declared, facts = _known(token)
        known = plain(old.inputs)
        found = handler_for(token).read(self.cloud(plain(old.outputs) or known), old.id, known)
        if found is None:
            return None
        if not known:
            inputs = self._imported(declared, found)
            return self._state(token, found, inputs)
        state = self._state(token, found, old.inputs)
        return replace(state, inputs=_drifted(declared, facts, old, found.outputs))

    def _imported(self, declared: ResourceSchema, found: Resource) -> Properties:
        inputs = {name: value for name, value in found.inputs.items() if value not in (None, "", [], {})}
        if tags.takes_tags(declared):
            every = found.outputs.get("tagsAll", found.outputs.get("tags")) or {}
            inputs["tags"] = tags.own_tags(every, {}, self.config)
            inputs["tagsAll"] = every
        return {name: value for name, value in inputs.items() if name in declared.inputs or name == "tagsAll"}

    def _state(self, token: str, made: Resource, inputs: Mapping[str, Any]) -> State:
        declared, facts = _known(token)
        outputs = {**plain(inputs), **made.outputs, "id": made.id}
        if self.package == "gcp":
            outputs = tags.with_labels(outputs, plain(self.config), declared)
        return State(made.id, inputs, keep_secrets(inputs, outputs, declared, facts))


def _known(token: str) -> tuple[ResourceSchema, TypeFacts]:
    # The SDK first: a token that does not exist at all is another mistake than one without facts.
    return resource_schema(token), type_facts(token)


def _drifted(declared: ResourceSchema, facts: TypeFacts, old: State, outputs: Mapping[str, Any]) -> Mapping[str, Any]:
    before = plain(old.outputs)
    inputs = dict(old.inputs)
    for name in (*declared.inputs, "tagsAll"):
        now = outputs.get(name)
        if diff.equal(facts, before.get(name), now, name):
            continue
        if name in inputs:
            inputs[name] = like(inputs[name], now)
        elif name != "tagsAll" and now and not before.get(name) and not declared.is_computed(name):
            inputs[name] = now
    return {name: value for name, value in inputs.items() if value is not None}
