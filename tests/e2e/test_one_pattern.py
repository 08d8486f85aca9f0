import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from deployment import ROOT, Deployment, deploy
from leftovers import remaining

pytestmark = pytest.mark.xdist_group("one-pattern")

NETWORK = {"subnet_ids": ["subnet-0a1b2c3d", "subnet-0e4f5a6b"], "security_group_ids": ["sg-0c7d8e9f"]}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The example with one pattern, deployed as an outsider would, but deletable and in a network that is there."""
    base = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "examples", base / "examples")
    program = base / "examples" / "one_pattern"
    settings = (program / "Pulumi.yaml").read_text().replace("../../.venv", str(ROOT / ".venv"))
    (program / "Pulumi.yaml").write_text(settings)
    source = (program / "__main__.py").read_text()
    more = f'"retain_data": False, "network": {{"existing": {NETWORK}}}, "limits"'
    (program / "__main__.py").write_text(source.replace('"limits"', more))
    deployment = deploy(base / "sandbox", program, "alone", {"aws:region": "us-east-1"})
    yield deployment
    deployment.stop()


def test_a_pattern_brings_the_tiers_that_it_needs(alone: Deployment) -> None:
    assert alone.outputs["base_url"].endswith("/v1")
    assert set(remaining(alone)) >= {"apigatewayv2", "bedrock", "bedrock-agent", "dynamodb", "lambda", "s3vectors"}


def test_its_functions_run_in_the_network_that_was_given(alone: Deployment) -> None:
    functions = alone.aws("lambda").list_functions()["Functions"]
    places = [(each["VpcConfig"]["SubnetIds"], each["VpcConfig"]["SecurityGroupIds"]) for each in functions]
    assert len(places) > 1
    assert all((sorted(subnets), groups) == tuple(NETWORK.values()) for subnets, groups in places)
    state = json.loads(alone.pulumi("stack", "export"))
    assert not [each for each in state["deployment"]["resources"] if each["type"].startswith("aws:ec2/")]


def test_what_it_keeps_is_shown_to_who_signs_in(alone: Deployment) -> None:
    gateway = alone.aws("apigatewayv2")
    [api] = gateway.get_apis()["Items"]
    routes = {route["RouteKey"]: route for route in gateway.get_routes(ApiId=api["ApiId"])["Items"]}
    of_what_is_kept = ("POST /v1/conversations", "GET /v1/conversations/{proxy+}", "GET /v1/responses/{proxy+}")
    assert {routes[key]["AuthorizationType"] for key in of_what_is_kept} == {"JWT"}


def test_it_can_keep_none(alone: Deployment) -> None:
    main = alone.program / "__main__.py"
    before = main.read_text()
    main.write_text(before.replace('"limits"', '"conversations": {"enabled": False}, "limits"'))
    try:
        preview = json.loads(alone.pulumi("preview", "--json"))
    finally:
        main.write_text(before)
    gone = {step["urn"].rpartition("::")[2] for step in preview["steps"] if step["op"] == "delete"}
    assert gone > {"answers-backend-conversations", "answers-backend-conversation-texts"}
    assert all("conversation" in name for name in gone)
    changed = {step["urn"].rpartition("::")[2] for step in preview["steps"] if step["op"] in ("create", "update")}
    assert changed == {"answers-function", "answers-function-policy"}


def test_renaming_the_component_touches_no_resource(alone: Deployment) -> None:
    main = alone.program / "__main__.py"
    before = main.read_text()
    alias = '    opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="answers")]),\n'
    renamed = before.replace('    "answers",', '    "questions",', 1).replace("    },\n)", f"    }},\n{alias})")
    assert renamed != before
    main.write_text(renamed)
    try:
        preview = json.loads(alone.pulumi("preview", "--json", "--show-sames"))
        assert set(preview["changeSummary"]) == {"same"}
        moved = [step for step in preview["steps"] if step["urn"] != step["oldState"]["urn"]]
        assert len(moved) > 30
        assert all("questions" in step["urn"] and "answers" in step["oldState"]["urn"] for step in moved)
        main.write_text(renamed.replace(alias, ""))
        without_alias = json.loads(alone.pulumi("preview", "--json"))
        assert without_alias["changeSummary"]["create"] >= len(moved)
    finally:
        main.write_text(before)


def test_another_way_of_chunking_replaces_the_data_source_and_what_it_had_ingested(alone: Deployment) -> None:
    main, (base,) = (
        alone.program / "__main__.py",
        alone.aws("bedrock-agent").list_knowledge_bases()["knowledgeBaseSummaries"],
    )
    before = passages(alone)
    text = main.read_text()
    main.write_text(text.replace('"knowledge": {', '"knowledge": {"chunking": {"strategy": "none"}, ', 1))
    steps = json.loads(alone.pulumi("preview", "--json"))["steps"]
    replaced = {step["urn"].rpartition("::")[2] for step in steps if step["op"] == "replace"}
    assert replaced == {"answers-backend-knowledge-source"}
    alone.up()
    (source,) = alone.aws("bedrock-agent").list_data_sources(knowledgeBaseId=base["knowledgeBaseId"])[
        "dataSourceSummaries"
    ]
    after = passages(alone)
    assert before
    assert not {each["key"] for each in before} & {each["key"] for each in after}
    assert {each["metadata"]["x-amz-bedrock-kb-data-source-id"] for each in after} == {source["dataSourceId"]}
    uris = [each["metadata"]["x-amz-bedrock-kb-source-uri"] for each in after]
    assert len(uris) == len(set(uris)) == 2  # a passage a document


def passages(alone: Deployment) -> list[Any]:
    """All vectors of the knowledge base."""
    vectors = alone.aws("s3vectors")
    (bucket,) = vectors.list_vector_buckets()["vectorBuckets"]
    name = bucket["vectorBucketName"]
    return vectors.list_vectors(vectorBucketName=name, indexName="documents", returnMetadata=True)["vectors"]


def test_destroy_leaves_nothing_behind(alone: Deployment) -> None:
    alone.pulumi("destroy", "--yes", "--skip-preview")
    assert remaining(alone) == {}
