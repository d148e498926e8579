"""Somebody with real standing on a sandbox platform: logged in, verified at the counter, holding keys.

Random requests alone get no further than "not signed". What stands here signs them properly, so that
random *bodies* reach what reads them; and it keeps what the platform answered, so that later requests
can name real applications, tickets, batches and codes.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import threading
import time

import cbor2
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEOPLE = ROOT / "platform/src/sandbox/people.rs"

#: Requests come from these in turn, as they would from many homes: the platform counts logins by
#: address. All of them are this machine.
ADDRESSES = [f"127.0.0.{number}" for number in range(11, 43)]


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sandbox_people():
    """The invented people, read where the platform reads them."""
    fields = ("key", "name", "document_number", "phone")
    people = []
    for block in re.findall(r"SandboxPerson \{(.*?)\n    \}", PEOPLE.read_text(), re.S):
        person = {field: re.search(rf'{field}: "([^"]*)"', block) for field in fields}
        if all(person.values()):
            person = {field: match.group(1) for field, match in person.items()}
            kind = re.search(r"DocumentType::(\w+)", block).group(1)
            person["document_type"] = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
            people.append(person)
    return people


class FromAddresses(requests.adapters.HTTPAdapter):
    """Sends each request from the next of several loopback addresses."""

    def __init__(self):
        super().__init__()
        self.turn = 0
        self.adapters = []
        for address in ADDRESSES:
            adapter = requests.adapters.HTTPAdapter()
            adapter.init_poolmanager(2, 2, source_address=(address, 0))
            self.adapters.append(adapter)

    def send(self, request, **options):
        self.turn = (self.turn + 1) % len(self.adapters)
        return self.adapters[self.turn].send(request, **options)

    def close(self):
        for adapter in self.adapters:
            adapter.close()


class Key:
    """An ES256 key, as a device or a principal holds one."""

    def __init__(self, key=None):
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.id = hashlib.sha256(b"\x02" + self.public).digest()[:4]

    @classmethod
    def from_file(cls, path):
        return cls(serialization.load_pem_private_key(path.read_bytes(), None))

    def sign(self, message):
        r, s = decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def sign1(self, payload, context):
        """An untagged COSE_Sign1 (PROTOCOL 2.1)."""
        protected = cbor2.dumps({1: -9, 4: self.id}, canonical=True)
        signed = cbor2.dumps(["Signature1", protected, context, payload], canonical=True)
        return cbor2.dumps([protected, {}, payload, self.sign(signed)], canonical=True)


def hkdf(secret, info, length):
    """HKDF with SHA-256 and no salt, for up to 32 bytes."""
    extracted = hmac.new(bytes(32), secret, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()[:length]


class Strip:
    """The secret of a strip and what follows from it (PROTOCOL 3)."""

    def __init__(self, first_hour):
        self.secret = os.urandom(32)
        self.first_hour = first_hour
        self.first_key = hkdf(self.secret, b"LM1-rcl", 16)

    def cid(self, hour):
        key = self.first_key
        for _ in range(hour - self.first_hour):
            key = hashlib.sha256(b"LM1-next" + key).digest()[:16]
        return hashlib.sha256(b"LM1-cid\0" + hour.to_bytes(4, "big") + key).digest()[:8]

    def value(self, hour, index):
        """c_index of an hour; index 0 is the anchor."""
        number, cid = hour.to_bytes(4, "big"), self.cid(hour)
        value = hkdf(self.secret, b"LM1-seed" + number, 16)
        for slot in range(239, index - 1, -1):
            link = b"LM1-slot" + number + cid + slot.to_bytes(2, "big") + value
            value = hashlib.sha256(link).digest()[:16]
        return value


BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(data):
    text = ""
    for at in range(0, len(data), 2):
        pair = data[at : at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, digit = divmod(number, 45)
            text += BASE45[digit]
    return text


def this_hour():
    return int(time.time()) // 3600


class Exhausted(Exception):
    """A cap of the platform was reached: for now nobody more logs in. Refusals are tried all the same."""


class Device:
    """A device of one person, logged in."""

    def __init__(self, person):
        self.person = person
        self.key = Key()
        self.session = self.token = self.application = self.strip = None
        self.verified = self.consents = False
        self.alive = True
        self.tickets = []


class Standing:
    """Devices and principals, and what the platform has told them."""

    def __init__(self, url, folder, seed):
        self.url = url
        self.folder = folder
        self.random = random.Random(seed)
        self.lock = threading.RLock()
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", FromAddresses())
        self.people = sandbox_people()
        self.counter = ("counter-1", Key.from_file(folder / "counter.pem"))
        self.authorities = {
            path.stem: Key.from_file(path)
            for path in sorted((folder / "data/sandbox").glob("*.key"))
            if path.stem != "counter"
        }
        self.verified = self.unverified = None
        self.visits = 80
        self.nonces = []
        self.handles, self.batches, self.codes = [], [], []

    # What every request needs.

    def call(self, method, path, **options):
        return self.session.request(method, self.url + path, timeout=30, **options)

    def nonce(self):
        if self.nonces:
            return self.nonces.pop()
        return self.call("POST", "/v1/nonces").json()["nonce"]

    def keep_nonce(self, response):
        nonce = response.headers.get("liangma-next-nonce")
        if nonce and len(self.nonces) < 8:
            self.nonces.append(nonce)

    def headers(self, method, path, body, session, key):
        nonce = self.nonce()
        message = "\n".join(
            ["liangma/request/1", method, path, hashlib.sha256(body).hexdigest(), session, nonce]
        )
        return {
            "liangma-session": session,
            "liangma-nonce": nonce,
            "liangma-signature": base64url(key.sign(message.encode())),
        }

    def signed(self, path, value, session, key):
        body = json.dumps(value).encode()
        headers = self.headers("POST", path, body, session, key)
        headers["content-type"] = "application/json"
        response = self.call("POST", path, data=body, headers=headers)
        self.keep_nonce(response)
        return response

    def by_counter(self, path, value):
        name, key = self.counter
        return self.signed(path, value, f"principal:{name}", key)

    # How standing is gained.

    def start(self, device, channel):
        person = device.person
        fields = ("name", "document_type", "document_number", "phone")
        value = {field: person[field] for field in fields}
        value |= {"device_key": base64url(device.key.public), "channel": channel}
        return within_caps(self.call("POST", "/v1/login/start", json=value))["attempt"]

    def counter_code(self, device, attempt):
        fields = ("document_type", "document_number")
        value = {field: device.person[field] for field in fields} | {"attempt": attempt}
        for _ in range(50):
            # The register is asked behind the answer.
            response = self.by_counter("/v1/counter/login-codes", value)
            if response.status_code in (200, 429):
                return within_caps(response)["code"]
            time.sleep(0.1)
        return must(response)

    def sms_code(self, device, known):
        """The newest code that the platform printed for a person."""
        for _ in range(100):
            codes = self.sms_codes(device)
            if len(codes) > known:
                return codes[-1]
            time.sleep(0.1)
        raise AssertionError("no login code was printed")

    def sms_codes(self, device):
        text = (self.folder / "serve.out").read_text(errors="replace")
        return re.findall(rf"to {device.person['key']}: login code (\d{{6}})", text)

    def completion(self, device, attempt, code):
        message = b"liangma/enrol/1\n" + from_base64url(attempt) + code.encode()
        return {"attempt": attempt, "code": code, "proof": base64url(device.key.sign(message))}

    def log_in(self, person, channel="counter"):
        return self.complete(Device(person), channel)

    def complete(self, device, channel="counter"):
        known = len(self.sms_codes(device)) if channel == "sms" else 0
        attempt = self.start(device, channel)
        if channel == "sms":
            code = self.sms_code(device, known)
        else:
            code = self.counter_code(device, attempt)
        answer = must(
            self.call("POST", "/v1/login/complete", json=self.completion(device, attempt, code))
        )
        device.session, device.token = answer["session"], answer["read_token"]
        return device

    def consent(self, device):
        """Consents to everything; False when the device was ended meanwhile."""
        for purpose in ("health_code", "face_check", "health_declaration", "trip_declaration"):
            value = {"purpose": purpose, "text_version": 1, "language": "zh-CN", "given": True}
            response = self.signed("/v1/consents", value, device.session, device.key)
            if response.status_code == 401:
                device.alive = False
                return False
            must(response)
        device.consents = True
        return True

    def handle(self, device):
        """Applies, and gets a handle for the counter; None when so many were given that the cap is reached."""
        self.consent(device)
        headers = self.headers("POST", "/v1/applications", b"", device.session, device.key)
        answer = must(self.call("POST", "/v1/applications", headers=headers))
        device.application = answer["application"]
        value = {"application": device.application}
        response = self.signed("/v1/counter/handles", value, device.session, device.key)
        if response.status_code == 429:
            # So many were verified within the hour that the cap was reached.
            return None
        return must(response)

    def verify(self, device):
        handle = self.handle(device)
        if handle is None:
            return False
        approval = {
            "reference": {"handle": handle["handle"]},
            "document_type": device.person["document_type"],
            "document_number": device.person["document_number"],
        }
        within_caps(self.by_counter("/v1/counter/approvals", approval))
        device.verified = True
        return True

    def device(self, verified=True):
        """A device that is logged in; a new one when the last was ended."""
        with self.lock:
            name = "verified" if verified else "unverified"
            device = getattr(self, name)
            if device is None or not device.alive:
                people = self.people[: len(self.people) // 2]
                self.random.shuffle(people)
                try:
                    for person in people:
                        device = self.log_in(person)
                        if not verified or self.verify(device):
                            break
                except Exhausted:
                    # Goes on with what there is, and is refused.
                    device = device or self.verified
                setattr(self, name, device)
            return device

    def visitor(self):
        """Somebody else, who logs in or comes to the counter now and then: the counter has caps by the day."""
        if self.visits == 0:
            raise Exhausted
        self.visits -= 1
        people = self.people[len(self.people) // 2 :]
        return Device(self.random.choice(people))

    def first(self):
        """The first login goes by the message that a person would get."""
        device = self.log_in(self.people[0], "sms")
        self.verify(device)
        self.verified = device

    def principal(self, path):
        if path.startswith("/v1/counter/"):
            return self.counter
        # Of the two people that answer for a batch one is of a health authority.
        name = self.random.choice(sorted(self.authorities) + ["health-commission"] * 7)
        return f"{name}-1", self.authorities[name]

    # What a well-formed request can name.

    def code_request(self, device):
        hour = this_hour()
        begins = device.strip is None or self.random.random() < 0.2
        if begins:
            device.strip = Strip(hour)
        strip, hours = device.strip, self.random.randint(1, 24)
        anchors = b"".join(strip.value(hour + ahead, 0) for ahead in range(hours))
        value = {"2": strip.first_hour, "3": hour, "4": base64url(anchors)}
        if begins:
            value["1"] = base64url(strip.first_key)
        return value

    def keep_codes(self, device, answer):
        """The texts of codes that could be shown just now."""
        hour, slot = this_hour(), int(time.time()) % 3600 // 15
        for ahead, credential in enumerate(answer.get(2, [])):
            if device.strip and answer.get(1, 0) + ahead == hour:
                live = [credential, slot, device.strip.value(hour, slot + 1)]
                self.codes = ["LM1:" + base45(cbor2.dumps(live)), "LM1:" + base45(credential)]

    def batch(self):
        """A signed batch, well formed or not quite."""
        choose = self.random
        name, key = choose.choice(sorted(self.authorities.items()))
        tidy = choose.random() < 0.5
        if tidy:
            name = choose.choice(sorted(USUAL))
            key = self.authorities[name]
        kinds = [USUAL[name]] if tidy else KINDS
        entries = [
            entry(choose, self.people, kinds, 0 if tidy else 0.3)
            for _ in range(choose.choice([1, 1, 2, 5, 21, 40]))
        ]
        self.submitter = name
        body = {"when_rows_are_bad": choose.choice(["keep_good", "keep_none"]), "entries": entries}
        if not tidy and choose.random() < 0.1:
            body[choose.choice(["entries", "when_rows_are_bad", "more"])] = choose.choice([[], {}, 0, None])
        text = json.dumps(body, ensure_ascii=choose.random() < 0.5).encode()
        if not tidy and choose.random() < 0.1:
            text = choose.randbytes(200)
        issued = int(time.time()) - (0 if tidy else choose.choice([0, 0, 60, 80_000, 90_000, -600]))
        batch = {1: choose.randbytes(16), 2: name, 3: f"{name}-1", 4: issued, 5: text}
        if not tidy and choose.random() < 0.1:
            batch[choose.choice([2, 3])] = choose.choice(["nobody", "laboratory", "counter-1"])
        return key.sign1(cbor2.dumps(batch, canonical=True), b"liangma/evidence/1")


def stamp(seconds_ago):
    moment = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=seconds_ago)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


KINDS = [
    {"kind": "nucleic_acid_test", "result": "positive"},
    {"kind": "nucleic_acid_test", "result": "negative"},
    {"kind": "antibody_test", "antibody": "igm", "result": "negative"},
    {"kind": "contact", "degree": "close"},
    {"kind": "infection", "status": "confirmed"},
    {"kind": "symptom", "fever": True, "epidemic_history": False},
    {"kind": "vaccination", "doses": 3, "course": 2},
    {"kind": "travel", "area": "330106"},
    {"kind": "risk_assessment", "level": "high", "verified_by": None},
    {"kind": "manual_decision", "colour": "red", "ground": "order-1", "until": None},
    {"kind": "other_decision", "colour": "added-63", "ground": "order-2", "until": None},
    {"kind": "area_decision", "area": "330106109", "connection": "travel", "decision": "d/1"},
    {"kind": "withdrawal", "of": "0" * 32, "ground": "mistake"},
]
ODD = [None, True, 0, -1, 2**70, 1.5, "", "\0", "x" * 300, "２０２２", "\u202e", [], {}, "2022-02-30T25:00:00Z"]


#: What an authority usually submits.
USUAL = {
    "laboratory": {"kind": "nucleic_acid_test", "result": "negative"},
    "disease-control": {"kind": "contact", "degree": "secondary"},
    "health-commission": {"kind": "vaccination", "doses": 3, "course": 2},
}


def entry(choose, people, kinds, odd):
    person = choose.choice(people)
    value = {
        "document_type": person["document_type"],
        "document_number": person["document_number"],
        "occurred_at": stamp(choose.choice([60, 3600, 86_400, 10**7])),
        "case_id": f"case-{choose.randint(1, 99)}",
    } | choose.choice(kinds)
    if choose.random() < odd:
        value[choose.choice([*value, "more"])] = choose.choice(ODD)
    if choose.random() < odd / 6:
        value.pop(choose.choice(sorted(value)))
    return value


def within_caps(response):
    """The answer of a step that is refused when a cap was reached, and never otherwise."""
    if response.status_code == 429:
        raise Exhausted
    return must(response)


def must(response):
    """The answer of a step that cannot be refused."""
    if response.status_code != 200:
        raise AssertionError(
            f"{response.request.method} {response.request.path_url}: {response.status_code} {response.text[:300]}"
        )
    return response.json()
