"""The server's answers held against the description of its API, api/openapi.yaml."""
import jsonschema
import yaml

from product import ROOT

DOCUMENT = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())


def schema_of(path: str, status: int, method: str = "get") -> dict:
    """The schema of an answer, with what it refers to beside it."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    response = responses.get(str(status), responses.get("default"))
    if "$ref" in response:
        response = DOCUMENT["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]
    return response["content"]["application/json"]["schema"] | {"components": DOCUMENT["components"]}


def validate(document: dict, path: str, status: int, method: str = "GET") -> None:
    """Raises a jsonschema.ValidationError unless the answer is as described."""
    jsonschema.Draft202012Validator(schema_of(path, status, method.lower())).validate(document)
