"""The services of others, as tests/services plays them, and a product that works on them."""
import json
import pathlib
import signal
import subprocess
import urllib.request

from product import ROOT, Product, git


class Service:
    """A program of tests/services; its first line is its URL."""

    def __init__(self, name: str, *arguments: str):
        self.process = subprocess.Popen(["node", str(ROOT / "tests/services" / f"{name}.mjs"), *arguments], stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def control(self, what: str, **body):
        request = urllib.request.Request(f"{self.url}/_test/{what}", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as response:
            return json.loads(response.read() or "{}")

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
        self.process.stdout.close()


TOKENS = {"github": "token-1", "linear": "lin_api_test", "anthropic": "test-key"}


def services_for(product: Product, folder: pathlib.Path) -> tuple[dict[str, Service], pathlib.Path]:
    """GitHub, with a bare repository that the one in the folder was pushed to, Linear, and models; the product's settings name
    them. Returns them and the bare repository. The caller ends them."""
    elsewhere = product.folder / "octo/hello.git"
    elsewhere.mkdir(parents=True)
    git(elsewhere, "init", "-q", "--bare")
    git(folder, "remote", "add", "origin", f"file://{elsewhere}")
    git(folder, "push", "-q", "origin", "HEAD:main")
    services = {"github": Service("github", str(elsewhere), "octo/hello"), "linear": Service("linear"), "models": Service("models")}
    product.environment |= {
        "GSDB_SERVICES_NETWORKS": "127.0.0.0/8",
        "GSDB_SERVICES_GITHUB_URL": services["github"].url,
        "GSDB_SERVICES_LINEAR_URL": services["linear"].url,
        "GSDB_SERVICES_ANTHROPIC_URL": services["models"].url,
        "GSDB_SERVICES_LOOK_MILLISECONDS": "200",
    }
    return services, elsewhere


def connect(product: Product, *names: str) -> None:
    for name in names:
        connected = product.run("service", "connect", name, "--token-file", "-", stdin=TOKENS[name] + "\n")
        assert connected.code == 0, connected
