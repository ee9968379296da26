#include "modules/codebase/link/standard_names.hpp"

#include <unordered_set>

namespace gsdb::codebase::link {

namespace {

using extract::Language;

// Of Python 3.8 to 3.14, as sys.stdlib_module_names and dir(builtins) list them.
constexpr std::string_view python_modules =
    "__future__ _collections_abc _thread _weakref abc aifc annotationlib antigravity argparse array ast asynchat "
    "asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk "
    "cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib "
    "contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest "
    "email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib "
    "functools gc genericpath getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib "
    "imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma "
    "macpath mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib "
    "nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev parser pathlib pdb pickle pickletools pipes "
    "pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc "
    "pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched secrets select "
    "selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile "
    "sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symbol symtable sys "
    "sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token "
    "tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu "
    "uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport "
    "zlib zoneinfo";
constexpr std::string_view python_builtins =
    "ArithmeticError AssertionError AttributeError BaseException BaseExceptionGroup BlockingIOError BrokenPipeError "
    "BufferError BytesWarning ChildProcessError ConnectionAbortedError ConnectionError ConnectionRefusedError "
    "ConnectionResetError DeprecationWarning EOFError Ellipsis EncodingWarning EnvironmentError Exception "
    "ExceptionGroup False FileExistsError FileNotFoundError FloatingPointError FutureWarning GeneratorExit IOError "
    "ImportError ImportWarning IndentationError IndexError InterruptedError IsADirectoryError KeyError "
    "KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError None NotADirectoryError NotImplemented "
    "NotImplementedError OSError OverflowError PendingDeprecationWarning PermissionError ProcessLookupError "
    "PythonFinalizationError RecursionError ReferenceError ResourceWarning RuntimeError RuntimeWarning "
    "StopAsyncIteration StopIteration SyntaxError SyntaxWarning SystemError SystemExit TabError TimeoutError True "
    "TypeError UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError UnicodeTranslateError "
    "UnicodeWarning UserWarning ValueError Warning WindowsError ZeroDivisionError __build_class__ __debug__ __doc__ "
    "__file__ __import__ __loader__ __name__ __package__ __path__ __spec__ abs aiter all anext any ascii bin bool "
    "breakpoint bytearray bytes callable chr classmethod compile complex copyright credits delattr dict dir divmod "
    "enumerate eval exec exit filter float format frozenset getattr globals hasattr hash help hex id input int "
    "isinstance issubclass iter len license list locals map max memoryview min next object oct open ord pow print "
    "property quit range repr reveal_locals reveal_type reversed round set setattr slice sorted staticmethod str sum "
    "super tuple type vars zip";
// Of Node 18 to 22, as module.builtinModules and globalThis list them, and of browsers.
constexpr std::string_view node_modules =
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain "
    "events fs http http2 https inspector module net os path perf_hooks process punycode querystring readline repl "
    "sea sqlite stream string_decoder sys test timers tls trace_events tty url util v8 vm wasi worker_threads zlib";
constexpr std::string_view javascript_globals =
    "AbortController AbortSignal AggregateError Array ArrayBuffer AsyncDisposableStack Atomics Audio AudioContext "
    "BigInt BigInt64Array BigUint64Array Blob Boolean BroadcastChannel Buffer ByteLengthQueuingStrategy CSS "
    "CompressionStream CountQueuingStrategy Crypto CryptoKey CustomEvent DOMException DOMParser DataTransfer DataView "
    "Date DecompressionStream DisposableStack Document DocumentFragment Element Error EvalError Event EventSource "
    "EventTarget File FileList FileReader FinalizationRegistry Float32Array Float64Array FormData Function "
    "HTMLCanvasElement HTMLCollection HTMLElement HTMLInputElement Headers Image ImageData Infinity Int16Array "
    "Int32Array Int8Array IntersectionObserver Intl Iterator JSON KeyboardEvent Map Math MediaRecorder MediaStream "
    "MessageChannel MessageEvent MessagePort MouseEvent MutationObserver NaN Node NodeList Notification Number Object "
    "OffscreenCanvas Option Path2D Performance PerformanceEntry PerformanceMark PerformanceMeasure "
    "PerformanceObserver PerformanceObserverEntryList PerformanceResourceTiming PointerEvent Promise Proxy "
    "RTCPeerConnection Range RangeError ReadableByteStreamController ReadableStream ReadableStreamBYOBReader "
    "ReadableStreamBYOBRequest ReadableStreamDefaultController ReadableStreamDefaultReader ReferenceError Reflect "
    "RegExp Request ResizeObserver Response SVGElement Selection Set ShadowRoot SharedArrayBuffer SharedWorker String "
    "SubtleCrypto SuppressedError Symbol SyntaxError Text TextDecoder TextDecoderStream TextEncoder TextEncoderStream "
    "TouchEvent TransformStream TransformStreamDefaultController TypeError URIError URL URLSearchParams Uint16Array "
    "Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet WebAssembly WebSocket Worker WritableStream "
    "WritableStreamDefaultController WritableStreamDefaultWriter XMLHttpRequest XMLSerializer __dirname __filename "
    "addEventListener alert arguments atob blur btoa caches cancelAnimationFrame cancelIdleCallback clearImmediate "
    "clearInterval clearTimeout close confirm console crypto customElements decodeURI decodeURIComponent "
    "dispatchEvent document encodeURI encodeURIComponent escape eval exports fetch focus getComputedStyle "
    "getSelection global globalThis history importScripts indexedDB isFinite isNaN localStorage location matchMedia "
    "module navigator open parent parseFloat parseInt performance postMessage print process prompt queueMicrotask "
    "removeEventListener requestAnimationFrame requestIdleCallback require screen scroll scrollBy scrollTo self "
    "sessionStorage setImmediate setInterval setTimeout structuredClone top undefined unescape window";

class Names {
  public:
    explicit Names(std::string_view separated_by_spaces) {
        for (auto rest = separated_by_spaces; !rest.empty();) {
            const auto end = std::min(rest.find(' '), rest.size());
            names_.insert(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    bool has(std::string_view name) const { return names_.contains(name); }

  private:
    std::unordered_set<std::string_view> names_;
};

bool is_javascript(Language language) {
    return language == Language::javascript || language == Language::typescript || language == Language::tsx;
}

}  // namespace

bool is_builtin_name(Language language, std::string_view name) {
    static const Names python(python_builtins);
    static const Names javascript(javascript_globals);
    if (language == Language::python) return python.has(name);
    return is_javascript(language) && javascript.has(name);
}

bool is_standard_module(Language language, std::string_view first) {
    static const Names python(python_modules);
    static const Names node(node_modules);
    if (language == Language::python) return python.has(first);
    return is_javascript(language) && (first.starts_with("node:") || node.has(first));
}

}  // namespace gsdb::codebase::link
