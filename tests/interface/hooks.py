"""What schemathesis is told of this interface: how a request is signed, what CBOR is, and what exists.

Loaded by `run.py` through SCHEMATHESIS_HOOKS. Each positive case may be given real things to name
(an application, a ticket, a batch); negative ones are sent as they were generated.
"""

import os
import pathlib
import re
import threading

import cbor2
import requests
import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import negated_parameters
from schemathesis.transport.serialization import Binary
from standing import Exhausted, FromAddresses, Standing, base64url, from_base64url, hashlib, stamp

STANDING = Standing(
    os.environ["LIANGMA_URL"],
    pathlib.Path(os.environ["LIANGMA_FOLDER"]),
    int(os.environ["LIANGMA_SEED"]),
)
STANDING.first()
ADAPTER = FromAddresses()
#: Of signed requests, how many are signed over another body: they must be refused, and nothing else.
MISSIGNED = 0.04
BY_DEVICE_UNVERIFIED = 0.1
REAL = 0.7


def operation_id(case):
    return case.operation.definition.raw.get("operationId")


class Sign(requests.auth.AuthBase):
    """Signs a request when everything about it is settled."""

    def __init__(self, caller):
        self.caller = caller

    def __call__(self, request):
        standing = STANDING
        body = request.body or b""
        if isinstance(body, str):
            body = body.encode()
        path = request.path_url
        with standing.lock:
            if self.caller == "reader":
                device = current_device()
                request.headers["authorization"] = f"Bearer {device.token}"
            else:
                if self.caller == "device":
                    device = current_device()
                    session, key = device.session, device.key
                else:
                    device = None
                    name, key = standing.principal(path)
                    session = f"principal:{name}"
                if standing.random.random() < MISSIGNED:
                    body += b" "
                for name, value in standing.headers(request.method, path, body, session, key).items():
                    request.headers[name] = value
        request.register_hook("response", lambda response, **_: heard(device, response))
        return request


def current_device():
    chosen = getattr(CHOSEN, "device", None)
    if chosen is None or not chosen.alive:
        verified = STANDING.random.random() >= BY_DEVICE_UNVERIFIED
        chosen = STANDING.device(verified)
    return chosen


CHOSEN = threading.local()


def heard(device, response):
    STANDING.keep_nonce(response)
    if device and response.status_code == 401 and b"session_ended" in response.content:
        device.alive = False


def caller_of(operation):
    security = operation.definition.raw.get("security") or []
    if not security:
        return None
    if "readToken" in security[0]:
        return "reader"
    by_principal = operation.path.startswith("/v1/counter/") and operation.path != "/v1/counter/handles"
    return "principal" if by_principal or operation.path == "/v1/evidence/approvals" else "device"


SIGNED = {"liangma-session", "liangma-nonce", "liangma-signature"}


@schemathesis.auth(refresh_interval=None)
class Standings:
    def get(self, case, ctx):
        # What is to be refused for want of a signature is left without one.
        meta = case._meta
        if meta is not None and meta.is_negative_at(ParameterLocation.HEADER):
            negated = {name.lower() for name, _ in negated_parameters(meta)}
            given = {name.lower() for name in case.headers or {}}
            if negated & SIGNED or not SIGNED <= given:
                return None
        return caller_of(ctx.operation)

    def set(self, case, caller, ctx):
        case._auth = Sign(caller)


def as_cbor(value):
    """What the interface document writes as JSON, as the CBOR that it stands for."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [as_cbor(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for key, item in value.items():
        if key in ("1", "4") and isinstance(item, str):
            try:
                item = from_base64url(item)
            except ValueError:
                pass
        number = re.fullmatch("0|[1-9][0-9]{0,8}", key)
        result[int(key) if number else key] = as_cbor(item)
    return result


@schemathesis.serializer("application/cbor")
def write_cbor(context, value):
    if isinstance(value, Binary):
        # Of the bytes of a batch no schema can say anything: half of them are batches.
        with STANDING.lock:
            return STANDING.batch() if STANDING.random.random() < 0.5 else value.data
    if isinstance(value, bytes):
        return value
    return cbor2.dumps(as_cbor(value))


@schemathesis.deserializer("application/cbor")
def read_cbor(context, response):
    if context.operation.definition.raw.get("operationId") != "makeCode" or response.status_code != 200:
        return base64url(response.content)
    answer = cbor2.loads(response.content)
    return {
        "1": answer[1],
        "2": [base64url(credential) for credential in answer[2]],
        "3": answer[3],
    }


@schemathesis.hook
def before_call(context, case, kwargs):
    if "session" in kwargs and kwargs["session"] is not None:
        kwargs["session"].mount("http://", ADAPTER)
    CHOSEN.device = None
    with STANDING.lock:
        operation = operation_id(case)
        caller = caller_of(case.operation)
        if caller in ("device", "reader"):
            CHOSEN.device = current_device()
            withdrawn = CHOSEN.device.verified and not CHOSEN.device.consents
            if withdrawn and STANDING.random.random() < 0.8 and not STANDING.consent(CHOSEN.device):
                CHOSEN.device = current_device()
        fill = FILL.get(operation)
        positive = case.meta is None or case.meta.generation.mode.is_positive
        if fill and positive and STANDING.random.random() < REAL:
            try:
                body = fill(case.body)
            except Exhausted:
                body = None
            if body is not None:
                case.body = body


@schemathesis.hook
def after_call(context, case, response):
    operation = operation_id(case)
    device = getattr(CHOSEN, "device", None)
    with STANDING.lock:
        if response.status_code == 200 and operation in KEEP:
            KEEP[operation](device, case.body, response)


# What a request can name.


def with_fields(**fields):
    """Puts real values into a body that has the form of one."""

    def fill(body):
        if not isinstance(body, dict):
            return None
        real = {name: make() for name, make in fields.items()}
        return {**body, **{name: value for name, value in real.items() if value is not None}}

    return fill


def choose(items):
    return STANDING.random.choice(items) if items else None


def start_login(body):
    person = choose(STANDING.people)
    device = STANDING.device()
    fields = ("name", "document_type", "document_number", "phone")
    channel = choose(["counter", "counter", "counter", "sms", "voice"])
    real = {field: person[field] for field in fields}
    return real | {"device_key": base64url(device.key.public), "channel": channel}


def complete_login(body):
    if STANDING.random.random() < 0.6:
        return None
    device = STANDING.visitor()
    attempt = STANDING.start(device, "counter")
    return STANDING.completion(device, attempt, STANDING.counter_code(device, attempt))


def at_counter(body):
    """A document that fits the thing that is named, or one that does not."""
    device = CHOSEN.device or STANDING.device()
    person = device.person if STANDING.random.random() < 0.8 else choose(STANDING.people)
    return {field: person[field] for field in ("document_type", "document_number")}


def draw_login_code(body):
    if not isinstance(body, dict):
        return None
    fields = at_counter(body)
    if STANDING.random.random() < 0.5:
        device = STANDING.visitor()
        fields |= {field: device.person[field] for field in fields}
        fields["attempt"] = STANDING.start(device, "counter")
    return {**body, **fields}


def approve_at_counter(body):
    if not isinstance(body, dict):
        return None
    fields = at_counter(body)
    handle = choose(STANDING.handles)
    if STANDING.random.random() < 0.3:
        # Somebody who has come to the counter for the first time with this phone.
        device = STANDING.complete(STANDING.visitor())
        handle = STANDING.handle(device) or handle
        fields |= {field: device.person[field] for field in fields}
    if handle:
        name, told = choose([("handle", "handle"), ("spoken", "spoken_code")])
        fields["reference"] = {name: handle[told]}
    return {**body, **fields}


def declare_trip(body):
    if not isinstance(body, dict):
        return None
    origin = choose([{"from_division": "330106"}, {"from_country": "LAO"}])
    return {"to_division": choose(["330100", "450103"]), "arrived_at": stamp(60), **origin}


def application():
    return CHOSEN.device.application if CHOSEN.device else None


VERIFIER = bytes(range(32))


def challenge():
    return base64url(hashlib.sha256(VERIFIER).digest())


def redeem(body):
    device = CHOSEN.device
    if device is None or device.application is None:
        return None
    if not device.tickets:
        value = with_fields(application=application, challenge=challenge)({"state": base64url(bytes(16))})
        response = STANDING.signed("/v1/face/tickets", value, device.session, device.key)
        if response.status_code != 200:
            return None
        device.tickets.append(response.json())
    ticket = choose(device.tickets)
    provider = ticket["provider_url"].split("/check")[0]
    outcome = choose(["pass", "fail", "cancel", "time_out"])
    answer = STANDING.session.post(
        provider + "/outcomes", json={"ticket": ticket["ticket"], "outcome": outcome}, timeout=30
    )
    handle = answer.json()["handle"] if answer.status_code == 200 else base64url(bytes(32))
    return {"ticket": ticket["ticket"], "handle": handle, "verifier": base64url(VERIFIER)}


def approve_evidence(body):
    waiting = [batch for batch in STANDING.batches if batch["state"] == "waiting_for_approval"]
    batch = choose(waiting or STANDING.batches)
    if batch is None:
        return None
    return {
        "authority": choose([batch["authority"]] * 9 + sorted(STANDING.authorities)),
        "batch": batch["batch"],
        "digest": batch["digest"],
        "approve": choose([True, False]),
    }


def end_device(body):
    # One's own now and then: the next request finds its session ended and logs in anew.
    devices = getattr(CHOSEN.device, "others", []) if STANDING.random.random() < 0.3 else []
    return {"device": choose(devices)} if devices else None


def make_code(body):
    return STANDING.code_request(CHOSEN.device) if CHOSEN.device else None


FILL = {
    "startLogin": start_login,
    "completeLogin": complete_login,
    "drawLoginCode": draw_login_code,
    "approveAtCounter": approve_at_counter,
    "endDevice": end_device,
    "newFaceTicket": with_fields(
        application=application,
        challenge=challenge,
    ),
    "redeemFaceCheck": redeem,
    "newCounterHandle": with_fields(application=application),
    "declareHealth": with_fields(observed_at=lambda: stamp(choose([0, 60, 86_400]))),
    "declareTrip": declare_trip,
    "makeCode": make_code,
    "verifyCode": with_fields(text=lambda: choose(STANDING.codes)),
    "approveEvidence": approve_evidence,
}


# What an answer tells.


def keep(name, most=20):
    def kept(device, body, response):
        items = getattr(STANDING, name)
        items.append(response.json())
        del items[:-most]

    return kept


def keep_consents(device, body, response):
    if device:
        consents = response.json()["consents"]
        device.consents = len(consents) == 4 and all(consent["given"] for consent in consents)


def keep_application(device, body, response):
    if device:
        device.application = response.json()["application"]


def keep_ticket(device, body, response):
    if device and isinstance(body, dict) and body.get("challenge") == challenge():
        device.tickets = device.tickets[-5:] + [response.json()]


def keep_batch(device, body, response):
    STANDING.batches = STANDING.batches[-20:] + [{**response.json(), "authority": STANDING.submitter}]


def keep_devices(device, body, response):
    if device:
        device.others = [other["device"] for other in response.json()["devices"]]


def keep_codes(device, body, response):
    if device:
        STANDING.keep_codes(device, cbor2.loads(response.content))


KEEP = {
    "newFaceTicket": keep_ticket,
    "newCounterHandle": keep("handles"),
    "submitEvidence": keep_batch,
    "recordConsent": keep_consents,
    "openApplication": keep_application,
    "endDevice": keep_devices,
    "listDevices": keep_devices,
    "makeCode": keep_codes,
}


@schemathesis.hook("after_call")
def count(context, case, response):
    with (STANDING.folder / "reached.txt").open("a") as file:
        file.write(f"{operation_id(case)} {response.status_code}\n")
