"""An HTTP server on loopback that takes what it is sent and remembers it."""
import http.server
import threading


class Subscriber:
    def __init__(self):
        self.taken: list[dict] = []
        self.status = 204
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def handler(self) -> type:
        subscriber = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                subscriber.taken.append({"body": body, "headers": {name.lower(): value for name, value in self.headers.items()}})
                self.send_response(subscriber.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        return Handler

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
