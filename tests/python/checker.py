"""A second checker, written from docs/PROTOCOL.md alone.

    python3 tests/python/checker.py tests/vectors

Runs every vector and says where it disagrees. Section numbers are those of PROTOCOL.md.
"""

import hashlib
import hmac
import json
import pathlib
import sys

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


class Damaged(Exception):
    """Not in the one accepted encoding."""


class Unsupported(Exception):
    """Well formed, and newer than this checker."""


class Refused(Exception):
    """A file that is not taken, with the code of section 6.8."""


# ---- 1.1 CBOR ----------------------------------------------------------------------------------


def need(condition):
    if not condition:
        raise Damaged


class Map(dict):
    """A map, with how deep each value nests, the value itself counted."""

    def __init__(self):
        super().__init__()
        self.levels = {}


class OtherKey:
    """A key of a map that is no unsigned integer; never equal to another."""


def item(data, at, depth):
    """Reads one item in the deterministic form: what it is, how deep it nests, and where it ends."""
    need(depth > 0 and at < len(data))
    major, short = data[at] >> 5, data[at] & 0x1F
    at += 1
    if short < 24:
        argument = short
    else:
        need(short <= 27)
        width = 1 << (short - 24)
        need(at + width <= len(data))
        argument = int.from_bytes(data[at : at + width], "big")
        at += width
        need(major != 7 and argument >= {1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[width])
    if major == 0:
        return argument, 1, at
    if major == 1:
        return -1 - argument, 1, at
    if major in (2, 3):
        content, at = data[at : at + argument], at + argument
        need(at <= len(data))
        if major == 2:
            return content, 1, at
        try:
            return content.decode("utf-8"), 1, at
        except UnicodeDecodeError:
            raise Damaged from None
    if major == 4:
        items, levels = [], 0
        for _ in range(argument):
            value, below, at = item(data, at, depth - 1)
            items.append(value)
            levels = max(levels, below)
        return items, 1 + levels, at
    if major == 5:
        entries, levels, last = Map(), 0, b""
        for _ in range(argument):
            key, key_levels, key_end = item(data, at, depth - 1)
            encoded = data[at:key_end]
            need(encoded > last)
            last = encoded
            if encoded[0] >> 5 != 0:
                key = OtherKey()
            entries[key], entries.levels[key], at = item(data, key_end, depth - 1)
            levels = max(levels, key_levels, entries.levels[key])
        return entries, 1 + levels, at
    need(major == 7 and argument in (20, 21, 22))
    return {20: False, 21: True, 22: None}[argument], 1, at


# No structure of ours nests deeper, an ignored value included.
DEPTH = 16
# How deep an ignored value may nest, itself counted.
IGNORED_DEPTH = 8


def decode(data, limit):
    need(len(data) <= limit)
    value, _, end = item(data, 0, DEPTH)
    need(end == len(data))
    return value


def is_unsigned(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def unsigned(value, most, least=0):
    need(is_unsigned(value) and least <= value <= most)
    return value


def byte_string(value, size=None):
    need(isinstance(value, bytes) and (size is None or len(value) == size))
    return value


def text(value, most, least=0):
    need(isinstance(value, str) and least <= len(value.encode()) <= most)
    return value


def array(value, size=None):
    need(isinstance(value, list) and (size is None or len(value) == size))
    return value


def fields(value, required, optional=()):
    """A map with an extension. Gives its known keys, and whether an unknown one has to be understood."""
    need(isinstance(value, dict))
    need(all(is_unsigned(key) for key in value))
    need(all(key in value for key in required))
    newer = False
    for key in value:
        if key not in required and key not in optional:
            need(value.levels[key] <= IGNORED_DEPTH)
            newer = newer or key < 24
    return value, newer


U8, U16, U32 = 0xFF, 0xFFFF, 0xFFFFFFFF

# ---- 1.2 Base45 --------------------------------------------------------------------------------

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(string):
    need(all(character in ALPHABET for character in string))
    values = [ALPHABET.index(character) for character in string]
    out = bytearray()
    for at in range(0, len(values), 3):
        group = values[at : at + 3]
        need(len(group) > 1)
        number = sum(value * 45**place for place, value in enumerate(group))
        size = len(group) - 1
        need(number < 256**size)
        out += number.to_bytes(size, "big")
    return bytes(out)


# ---- 2 Keys and signatures ---------------------------------------------------------------------

ALGORITHMS = {-19: 1, -9: 2}
KEY_SIZES = {1: 32, 2: 65}
PRIME = 2**255 - 19
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def small_order():
    """The y coordinates of the points whose order divides 8, found by the curve's own equation."""
    d = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME
    ys = {0, 1, PRIME - 1}
    # Doubling a point of order 8 gives one of order 4, whose y is 0: there 2 y^2 = 1 + d x^2 y^2 and x^2 = -y^2,
    # so that d y^4 + 2 y^2 - 1 = 0.
    root_of_minus_1 = pow(2, (PRIME - 1) // 4, PRIME)

    def square_root(number):
        root = pow(number, (PRIME + 3) // 8, PRIME)
        for candidate in (root, root * root_of_minus_1 % PRIME):
            if candidate * candidate % PRIME == number % PRIME:
                return candidate
        return None

    discriminant = square_root((1 + d) % PRIME)
    for sign in (1, -1):
        y_squared = (-1 + sign * discriminant) * pow(d, PRIME - 2, PRIME) % PRIME
        y = square_root(y_squared)
        if y is not None:
            ys |= {y, PRIME - y}
    return ys


SMALL_ORDER = small_order()


class Key:
    def __init__(self, suite, data):
        need(len(data) == KEY_SIZES[suite])
        if suite == 1:
            y = int.from_bytes(data, "little") & (2**255 - 1)
            need(y < PRIME and y not in SMALL_ORDER)
        else:
            need(data[0] == 4)
        self.suite, self.data = suite, data
        self.id = sha256(bytes([suite]), data)[:4]

    def verifies(self, message, signature):
        try:
            if self.suite == 1:
                ed25519.Ed25519PublicKey.from_public_bytes(self.data).verify(signature, message)
            else:
                r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
                if not (1 <= r < P256_ORDER and 1 <= s < P256_ORDER):
                    return False
                point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.data)
                point.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return False
        return True


def read_key(suite, data):
    unsigned(suite, U8)
    byte_string(data)
    if suite not in KEY_SIZES:
        raise Unsupported
    return Key(suite, data)


class Sign1:
    """2.1"""

    def __init__(self, data, limit):
        items = array(decode(data, limit), 4)
        self.protected = byte_string(items[0])
        need(items[1] == {} and isinstance(items[1], dict))
        self.payload = byte_string(items[2])
        self.signature = byte_string(items[3], 64)
        header = decode(self.protected, limit)
        need(isinstance(header, dict) and list(header) == [1, 4])
        self.algorithm = header[1]
        need(isinstance(self.algorithm, int) and not isinstance(self.algorithm, bool))
        self.key_id = byte_string(header[4], 4)

    def understand(self):
        if self.algorithm not in ALGORITHMS:
            raise Unsupported

    def verifies(self, key, context):
        if ALGORITHMS.get(self.algorithm) != key.suite or key.id != self.key_id:
            return False
        message = cbor2.dumps(["Signature1", self.protected, context.encode(), self.payload])
        return key.verifies(message, self.signature)


# ---- 3 The strip -------------------------------------------------------------------------------


def u16be(value):
    return value.to_bytes(2, "big")


def u32be(value):
    return value.to_bytes(4, "big")


def hkdf(secret, info, size):
    assert size <= 32
    extracted = hmac.digest(bytes(32), secret, "sha256")
    return hmac.digest(extracted, info + b"\x01", "sha256")[:size]


def next_recall_key(key):
    return sha256(b"LM1-next", key)[:16]


def code_id(hour, recall_key):
    return sha256(b"LM1-cid\0", u32be(hour), recall_key)[:8]


def chain_step(hour, cid, index, following):
    return sha256(b"LM1-slot", u32be(hour), cid, u16be(index), following)[:16]


def chain_anchor(hour, cid, k, value):
    for index in range(k, -1, -1):
        value = chain_step(hour, cid, index, value)
    return value


# ---- 4 The credential --------------------------------------------------------------------------

DOCUMENTS = {1: (18, 2, 2), 2: (18, 2, 2), 3: (18, 2, 2), 4: (9, 2, 2), 5: (8, 2, 2), 6: (9, 1, 2)}
KINDS = {1: "self", 2: "ward", 3: "group"}


def code_points(table):
    """The ranges of a table of 4.1."""
    ranges = [entry.partition("-") for entry in table.split()]
    return [(int(first, 16), int(last or first, 16)) for first, _, last in ranges]


LETTERS = code_points(
    "0041-005A 0061-007A 00AA 00B5 00BA 00C0-00D6 00D8-00F6 00F8-034E 0350-061B 061D-115E 1161-17B3 17B6-180A "
    "1810-1FFF 2071 207F 2090-209F 2102-214F 2C00-2DFF 2E2F 3005-3007 3021-3029 3031-303C 3041-3163 3165-31FF "
    "3400-4DBF 4E00-D7FF F900-FDCF FDF0-FDFF FE70-FEFC FF21-FF3A FF41-FF5A FF66-FF9F FFA1-FFDC 10000-1342F "
    "13460-1BC9F 1BCA4-1CFFF 1DF00-1EFFF 20000-3FFFF"
)
MARKS = code_points(
    "0300-034E 0350-036F 0483-0489 0591-05BD 0610-061A 064B-065F 0670 06D6-06DC 06DF-06E4 06E7-06E8 06EA-06ED "
    "0900-0903 093A-093C 093E-094F 0981-0983 09BC 09BE-09CD 0A01-0A03 0A3C-0A51 0A70-0A71 0A81-0A83 0ABC "
    "0ABE-0ACD 0B01-0B03 0B3C 0B3E-0B57 0B82 0BBE-0BCD 0C00-0C04 0C3E-0C56 0C81-0C83 0CBC 0CBE-0CD6 0D00-0D03 "
    "0D3E-0D4D 0DCA-0DDF 0E31 0E34-0E3A 0E47-0E4E 0EB1 0EB4-0EBC 0EC8-0ECE 0F39 0F71-0F84 0F8D-0FBC 102B-103E "
    "17B6-17D3 1885-1886 18A9 1A55-1A7F 1AB0-1AFF 1DC0-1DFF 20D0-20FF 3099-309A FE20-FE2F"
)


def among(character, ranges):
    return any(first <= ord(character) <= last for first, last in ranges)


def is_mark(character):
    return among(character, MARKS)


def is_letter(character):
    return among(character, LETTERS) and not is_mark(character)


def masked_name(value):
    text(value, 24)
    for part in value.replace("·", " ").split(" "):
        shown = part.rstrip("*")
        need(shown != part and shown)
        need(is_letter(shown[0]))
        need(len(shown) <= 3 and all(is_mark(character) for character in shown[1:]))
    return value


def raw_document(value):
    kind, visible = array(value, 2)
    unsigned(kind, U8)
    text(visible, 8)
    need(all(character in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" for character in visible))
    return kind, visible


def known_document(value):
    if value[0] not in DOCUMENTS:
        raise Unsupported


def document(value):
    kind, visible = value
    width, head, tail = DOCUMENTS[kind]
    need(len(visible) == head + tail)
    display = visible[:head] + "*" * (width - head - tail) + visible[head:]
    return {"type": kind, "visible": visible, "display": display}


def colour(number):
    if not 1 <= number <= 63:
        raise Unsupported
    return number


def read_claims(signed):
    claims, newer = fields(decode(signed.payload, 700), range(1, 9), (9, 10))
    # The form as a whole first.
    hour = unsigned(claims[1], U32)
    cid, anchor = byte_string(claims[2], 8), byte_string(claims[3], 16)
    kind, number = unsigned(claims[4], U8), unsigned(claims[5], U8)
    name, paper = masked_name(claims[6]), raw_document(claims[7])
    unsigned(claims[8], U32)
    tiles = None
    if 9 in claims:
        tiles = [unsigned(tile, U8) for tile in array(claims[9], 2)]
    raw_members = None
    if 10 in claims:
        need(1 <= len(array(claims[10])) <= 8)
        raw_members = [
            (unsigned(member[0], U8), masked_name(member[1]), raw_document(member[2]))
            for member in (array(member, 3) for member in claims[10])
        ]
    # Numbers of closed lists then.
    if newer or kind not in KINDS:
        raise Unsupported
    colour(number)
    known_document(paper)
    if tiles is not None and (tiles[0] > 4 or tiles[1] > 3):
        raise Unsupported
    for member_colour, _, member_document in raw_members or ():
        colour(member_colour)
        known_document(member_document)
    signed.understand()
    # What depends on them at last.
    shown_document = document(paper)
    members = [
        {"colour": member_colour, "name": member_name, "document": document(member_document)}
        for member_colour, member_name, member_document in raw_members or ()
    ]
    need((kind == 3) == (raw_members is not None))
    need(kind != 3 or number in [member["colour"] for member in members])
    shown = {
        "kind": KINDS[kind],
        "colour": number,
        "name": name,
        "document": shown_document,
        "tiles": tiles,
        "members": members,
        "hour": hour,
    }
    return hour, cid, anchor, shown


# ---- 5 The live code ---------------------------------------------------------------------------


def scan(code):
    """The kind of code and what follows the prefix, or None."""
    prefix, colon, rest = code.partition(":")
    for kind in ("LMP", "LMV", "LM"):
        if colon and prefix.startswith(kind):
            version = prefix[len(kind) :]
            if 1 <= len(version) <= 3 and all(c in "0123456789" for c in version) and version[0] != "0":
                return kind, version, rest
    return None


def body_of(code, kind):
    found = scan(code)
    if found is not None and found[1] != "1":
        raise Unsupported
    if found is None or found[0] != kind:
        return None
    # A lone surrogate is no text; it is no letter of base45 either.
    need(len(code.encode("utf-8", "surrogatepass")) <= 1200)
    return base45(found[2])


def envelope(data):
    items = array(decode(data, 724))
    need(len(items) in (1, 3))
    byte_string(items[0])
    if len(items) == 1:
        return items[0], None
    return items[0], (unsigned(items[1], 239), byte_string(items[2], 16))


# ---- 6 Trust -----------------------------------------------------------------------------------

ROLES = ("root", "issuers", "recall", "rules", "standard", "profile", "voids", "timestamp")
NAME = "abcdefghijklmnopqrstuvwxyz0123456789-_."
FILE_LIMIT = 4 * 1024 * 1024


def is_name(value, most=48):
    return isinstance(value, str) and 1 <= len(value) <= most and all(c in NAME for c in value)


def rising(values):
    return all(one < other for one, other in zip(values, values[1:]))


class File:
    """6.1"""

    def __init__(self, data):
        magic, role, self.payload, signatures = array(decode(data, FILE_LIMIT), 4)
        need(magic == "LMF1")
        text(role, 16)
        byte_string(self.payload)
        need(len(array(signatures)) <= 16)
        for signature in signatures:
            array(signature, 3)
            unsigned(signature[0], U8)
            byte_string(signature[1], 4)
            byte_string(signature[2], 64)
        if role not in ROLES or any(signature[0] not in KEY_SIZES for signature in signatures):
            raise Unsupported
        self.role, self.signatures = role, signatures

    def hold_to(self, role_keys):
        """6.8, steps 3 and 4."""
        threshold, keys = role_keys
        counted = set()
        for suite, key_id, signature in self.signatures:
            key = keys.get(key_id)
            if key is None:
                continue
            message = cbor2.dumps(["liangma/file/1", self.role, suite, self.payload])
            if suite != key.suite or not key.verifies(message, signature):
                raise Refused("bad_signature")
            counted.add(key_id)
        if not counted:
            raise Refused("wrong_role")
        if len(counted) < threshold:
            raise Refused("below_threshold")

    def hash(self):
        return sha256(self.payload)


class Content:
    """What every payload begins with, and what it holds."""

    def __init__(self, file, limit, keys):
        value, newer = fields(decode(file.payload, limit), (1, 2, 3, *keys))
        self.file = file
        self.version = unsigned(value[1], U32, 1)
        self.issued, self.expires = unsigned(value[2], U32), unsigned(value[3], U32)
        need(self.expires > self.issued)
        self.name = file.role
        self.start = 0
        getattr(self, "read_" + {"rules": "named", "standard": "named", "profile": "named"}.get(file.role, file.role))(value)
        if newer:
            raise Unsupported

    def read_root(self, value):
        need(len(array(value[4])) <= 32)
        keys = []
        for entry in value[4]:
            array(entry, 2)
            keys.append(read_key(*entry))
        need(rising([(key.suite, key.data) for key in keys]))
        by_id = {key.id: key for key in keys}
        need(len(by_id) == len(keys))
        self.roles, used = {}, []
        for entry in array(value[5]):
            role, threshold, ids = array(entry, 3)
            text(role, 16)
            unsigned(threshold, U8, 1)
            for key_id in array(ids):
                byte_string(key_id, 4)
                need(key_id in by_id and key_id not in used)
                used.append(key_id)
            need(rising(ids) and threshold <= len(ids) and role not in self.roles)
            self.roles[role] = (threshold, {key_id: by_id[key_id] for key_id in ids})
        need(rising(list(self.roles)) and len(used) == len(keys))
        if any(role not in ROLES for role in self.roles):
            raise Unsupported
        need("root" in self.roles)

    def role_keys(self, role):
        return self.roles.get(role, (0, {}))

    def read_issuers(self, value):
        need(len(array(value[4])) <= 1024)
        self.issuers, ids = {}, []
        for entry in value[4]:
            entry, newer = fields(entry, range(1, 9))
            suite, data = unsigned(entry[1], U8), byte_string(entry[2])
            key = Key(suite, data) if suite in KEY_SIZES else None
            ids.append(sha256(bytes([suite]), data)[:4])
            use, flags = unsigned(entry[3], U8), unsigned(entry[8], U8)
            need(is_name(entry[4], 32) and is_name(entry[5], 48))
            first, end = unsigned(entry[6], U32), unsigned(entry[7], U32)
            need(first < end)
            if newer or key is None or use not in (1, 2, 3) or flags & ~3:
                # Of a newer kind: left out, so that it does not take the others with it.
                continue
            self.issuers[key.id] = {
                "key": key,
                "use": use,
                "region": entry[4],
                "profile": entry[5],
                "hours": range(first, end),
                "sandbox": bool(flags & 1),
            }
        need(rising(ids))

    def read_recall(self, value):
        self.start = unsigned(value[4], U32)
        need(self.start < self.version)
        self.entries, hours = [], []
        for entry in array(value[5]):
            hour, keys = array(entry, 2)
            hours.append(unsigned(hour, U32))
            byte_string(keys)
            need(keys and len(keys) % 16 == 0)
            keys = [keys[at : at + 16] for at in range(0, len(keys), 16)]
            need(rising(keys))
            self.entries += [(hour, key) for key in keys]
        need(rising(hours) and len(self.entries) <= 200_000)

    def read_named(self, value):
        need(is_name(value[4]))
        byte_string(value[5])
        self.name = self.file.role + "/" + value[4]

    def read_voids(self, value):
        data = byte_string(value[4])
        need(len(data) % 5 == 0)
        hashes_ = [data[at : at + 5] for at in range(0, len(data), 5)]
        need(rising(hashes_))
        self.voids = set(hashes_)

    def read_timestamp(self, value):
        need(len(array(value[4])) <= 256)
        self.stamps = {}
        names = []
        for entry in value[4]:
            name, version, digest = array(entry, 3)
            text(name, 80)
            role, slash, rest = name.partition("/")
            if slash:
                need(role in ("rules", "profile", "standard") and is_name(rest))
            else:
                need(role in ("issuers", "recall", "voids"))
            names.append(name.encode())
            self.stamps[name] = (unsigned(version, U32, 1), byte_string(digest, 32))
        need(rising(names))


SHAPES = {
    "root": (64 * 1024, (4, 5)),
    "issuers": (512 * 1024, (4,)),
    "recall": (FILE_LIMIT, (4, 5)),
    "rules": (1024 * 1024 + 1024, (4, 5)),
    "standard": (1024 * 1024 + 1024, (4, 5)),
    "profile": (1024 * 1024 + 1024, (4, 5)),
    "voids": (FILE_LIMIT, (4,)),
    "timestamp": (64 * 1024, (4,)),
}


def content(file):
    return Content(file, *SHAPES[file.role])


class Trust:
    def __init__(self, root):
        file = File(root)
        need(file.role == "root")
        self.root = content(file)
        file.hold_to(self.root.role_keys("root"))
        self.held = {}
        # The full list, then its parts.
        self.recall = []
        # Files of which only the version counts.
        self.floors = {}

    def update(self, data, now):
        """6.8. Gives the file's name and version, or None when nothing is new."""
        try:
            file = File(data)
            if file.role == "root":
                return self.update_root(file)
            if now >= self.root.expires:
                raise Refused("root_expired")
            file.hold_to(self.root.role_keys(file.role))
            new = content(file)
        except Damaged:
            raise Refused("damaged") from None
        except Unsupported:
            raise Refused("unsupported") from None
        if now >= new.expires:
            raise Refused("expired")
        held = self.recall[-1] if file.role == "recall" and self.recall else self.held.get(new.name)
        if held is not None:
            if new.version < held.version:
                raise Refused("rollback")
            if new.version - held.version > 1_000_000:
                raise Refused("version_jump")
        if file.role == "recall":
            return self.update_recall(new, held)
        if held is not None and new.version == held.version:
            if new.file.payload != held.file.payload:
                raise Refused("conflict")
            if file.role == "timestamp":
                self.check_stamps(new)
            return None
        self.check_floor(new)
        self.check_stamped(new)
        if file.role == "timestamp":
            self.check_stamps(new)
        self.floors.pop(new.name, None)
        self.held[new.name] = new
        return new.name, new.version

    def check_floor(self, new):
        floor = self.floors.get(new.name)
        if floor is None:
            return
        if new.version < floor.version:
            raise Refused("rollback")
        if new.version - floor.version > 1_000_000:
            raise Refused("version_jump")
        if new.version == floor.version and new.start == floor.start and new.file.payload != floor.file.payload:
            raise Refused("conflict")

    def stamp_names(self, new):
        """Whether the time stamp in force names this version with this hash; None for another version."""
        stamp = self.held.get("timestamp")
        version, digest = stamp.stamps.get(new.name, (None, None)) if stamp is not None else (None, None)
        return digest == new.file.hash() if version == new.version else None

    def check_stamped(self, new):
        if self.stamp_names(new) is False:
            raise Refused("stamp_mismatch")

    def update_recall(self, new, held):
        takes_place = new.start == 0 and len(self.recall) > 1 and self.stamp_names(new) is True
        if held is not None and new.version == held.version and not takes_place:
            if new.start == held.start and new.file.payload != held.file.payload:
                raise Refused("conflict")
            return None
        self.check_floor(new)
        keys = len(new.entries) + sum(len(part.entries) for part in self.recall)
        if new.start == 0:
            self.check_stamped(new)
            self.recall = [new]
            self.floors.pop("recall", None)
        elif held is not None and new.start == held.version and keys <= 200_000 and len(self.recall) <= 1000:
            self.recall.append(new)
        else:
            raise Refused("gap")
        return "recall", new.version

    def check_stamps(self, new):
        before = self.held["timestamp"].stamps if "timestamp" in self.held else {}
        for name, (version, digest) in new.stamps.items():
            if name in before and before[name][0] > version:
                raise Refused("rollback")
            if name in before and before[name][0] == version and before[name][1] != digest:
                raise Refused("conflict")
            held = self.held.get(name)
            if name == "recall":
                held = self.recall[0] if len(self.recall) == 1 else None
            if held is not None and held.version == version and held.file.hash() != digest:
                raise Refused("stamp_mismatch")
        if any(name not in new.stamps for name in before):
            raise Refused("rollback")

    def update_root(self, file):
        if file.payload == self.root.file.payload:
            return None
        file.hold_to(self.root.role_keys("root"))
        new = content(file)
        file.hold_to(new.role_keys("root"))
        if new.version < self.root.version:
            raise Refused("rollback")
        if new.version == self.root.version:
            raise Refused("conflict")
        if new.version != self.root.version + 1:
            raise Refused("not_next_root")
        self.root = new

        def standing(held):
            try:
                held.file.hold_to(new.role_keys(held.file.role))
            except Refused as refused:
                return str(refused)
            return "stands"

        # The time stamp may name versions that a stolen key made.
        self.held.pop("timestamp", None)
        fallen = {name: held for name, held in self.held.items() if standing(held) != "stands"}
        for name in fallen:
            del self.held[name]
        if any(standing(part) != "stands" for part in self.recall):
            last, self.recall = self.recall[-1], []
            if standing(last) in ("stands", "below_threshold"):
                self.floors["recall"] = last
        self.floors |= {name: held for name, held in fallen.items() if standing(held) == "below_threshold"}
        self.floors = {
            name: held for name, held in self.floors.items() if standing(held) in ("stands", "below_threshold")
        }
        return "root", new.version

    def age(self, name, now):
        """6.10"""
        held = self.held.get(name)
        if name == "recall":
            held = self.recall[-1] if self.recall else None
        if held is None or now >= held.expires:
            return "unchecked"
        if name == "issuers" and now >= self.root.expires:
            return "unchecked"
        confirmed = held.issued
        stamp = self.held.get("timestamp")
        in_parts = name == "recall" and len(self.recall) > 1
        if stamp is not None and stamp.stamps.get(name, (None,))[0] == held.version and not in_parts:
            confirmed = max(confirmed, stamp.issued)
        age = now - confirmed
        return "current" if age < 7200 else "not_current" if age < 86400 else "unchecked"

    def newest_issue(self):
        held = [self.held[name] for name in ("issuers", "voids", "timestamp") if name in self.held]
        return max(item.issued for item in [self.root, *self.recall[-1:], *held])

    def issuer(self, use, key_id, hour):
        issuers = self.held.get("issuers")
        entry = issuers.issuers.get(key_id) if issuers else None
        if entry is None or entry["use"] != use or hour not in entry["hours"]:
            return None
        return entry

    def recalled(self, cid, hour):
        for part in self.recall:
            for start, key in part.entries:
                if start <= hour < start + 48:
                    for _ in range(hour - start):
                        key = next_recall_key(key)
                    if code_id(hour, key) == cid:
                        return True
        return False

    def voided(self, serial):
        voids = self.held.get("voids")
        return voids is not None and sha256(b"LMP1-void", serial)[:5] in voids.voids


# ---- 7 The check -------------------------------------------------------------------------------


class Verdict(Exception):
    def __init__(self, code, seconds=None, shown=None):
        super().__init__(code)
        self.code, self.seconds, self.shown = code, seconds, shown


def answer(check, trust, now, clock_in_doubt, recall_age):
    flags = {
        "trust_age": trust.age("issuers", now),
        "recall_age": recall_age,
        "clock_in_doubt": clock_in_doubt or now + 60 < trust.newest_issue(),
        "sandbox": False,
    }
    try:
        check(flags)
        raise AssertionError("a check ends in a verdict")
    except Damaged:
        verdict = Verdict("damaged")
    except Unsupported:
        verdict = Verdict("unsupported_version")
    except Verdict as found:
        verdict = found
    return {
        "verdict": verdict.code,
        "seconds": verdict.seconds,
        "flags": flags,
        "shown": verdict.shown,
    }


def check_time(hour, k, now, shown):
    """Verdicts 7 to 10."""
    start, end = 3600 * hour, 3600 * (hour + 1)
    if now >= end + 60:
        raise Verdict("expired", now - end, shown)
    if now < start - 30:
        raise Verdict("not_yet_valid", start - now, shown)
    if k is None:
        raise Verdict("not_live", None, shown)
    difference = now - (start + 15 * k)
    if not -30 <= difference < 75:
        raise Verdict("not_live", difference, shown)
    raise Verdict("genuine", None, shown)


def check_days(first_day, days, now, shown):
    start, end = 86400 * first_day, 86400 * (first_day + days)
    if now >= end:
        raise Verdict("expired", now - end, shown)
    if now < start:
        raise Verdict("not_yet_valid", start - now, shown)
    raise Verdict("genuine", None, shown)


def issued_by(trust, use, signed, hour, context, flags):
    """Verdicts 4 and 5, without the chain."""
    issuer = trust.issuer(use, signed.key_id, hour)
    if issuer is None:
        raise Verdict("unknown_issuer")
    flags["sandbox"] = issuer["sandbox"]
    if not signed.verifies(issuer["key"], context):
        raise Verdict("forged")
    return issuer


def noon(first_day):
    return min(24 * first_day + 12, U32) if 24 * first_day <= U32 else U32


def check_live(code, trust, now, flags):
    data = body_of(code, "LM")
    if data is None:
        raise Verdict("not_ours")
    credential, revealed = envelope(data)
    signed = Sign1(credential, 700)
    hour, cid, anchor, shown = read_claims(signed)
    issuer = issued_by(trust, 1, signed, hour, "liangma/cred/1", flags)
    if revealed is not None and chain_anchor(hour, cid, *revealed) != anchor:
        raise Verdict("forged")
    shown |= {"region": issuer["region"], "profile": issuer["profile"]}
    if trust.recalled(cid, hour):
        raise Verdict("recalled", None, shown)
    check_time(hour, revealed and revealed[0], now, shown)


def check_paper(code, trust, now, flags):
    data = body_of(code, "LMP")
    if data is None:
        raise Verdict("not_ours")
    signed = Sign1(data, 256)
    claims, newer = fields(decode(signed.payload, 256), range(1, 6))
    serial = byte_string(claims[1], 8)
    first_day, days = unsigned(claims[2], U32), unsigned(claims[3], U16, 1)
    name, paper = masked_name(claims[4]), raw_document(claims[5])
    if newer:
        raise Unsupported
    known_document(paper)
    signed.understand()
    paper = document(paper)
    issuer = issued_by(trust, 2, signed, noon(first_day), "liangma/paper/1", flags)
    shown = {
        "serial": serial.hex(),
        "name": name,
        "document": paper,
        "valid_until": 86400 * (first_day + days),
        "region": issuer["region"],
        "profile": issuer["profile"],
    }
    if trust.voided(serial):
        raise Verdict("recalled", None, shown)
    check_days(first_day, days, now, shown)


def check_venue(code, trust, now, flags):
    data = body_of(code, "LMV")
    if data is None:
        raise Verdict("not_ours")
    inner, revealed = envelope(data)
    signed = Sign1(inner, 320)
    value = decode(signed.payload, 320)
    need(isinstance(value, dict))
    printed = 5 in value
    claims, newer = fields(value, (1, 2, 3, 4, 5, 6) if printed else (1, 2, 3, 4, 7, 8))
    venue, kind = byte_string(claims[1], 8), unsigned(claims[2], U8)
    name, division = text(claims[3], 60, 1), text(claims[4], 6)
    need(not any(character < " " or "\x7f" <= character <= "\x9f" for character in name))
    need(len(division) == 6 and all(digit in "0123456789" for digit in division))
    if printed:
        first_day, days = unsigned(claims[5], U32), unsigned(claims[6], U16, 1)
        hour = noon(first_day)
    else:
        hour, anchor = unsigned(claims[7], U32), byte_string(claims[8], 16)
    if newer or not 1 <= kind <= 29:
        raise Unsupported
    signed.understand()
    need(not printed or revealed is None)
    issuer = issued_by(trust, 3, signed, hour, "liangma/venue/1", flags)
    shown = {
        "venue": venue.hex(),
        "class": kind,
        "name": name,
        "division": division,
        "form": "printed" if printed else "rotating",
        "visit": "unproven",
        "region": issuer["region"],
        "profile": issuer["profile"],
    }
    if printed:
        check_days(first_day, days, now, shown)
    if revealed is not None and chain_anchor(hour, venue, *revealed) != anchor:
        raise Verdict("forged")
    try:
        check_time(hour, revealed and revealed[0], now, shown)
    except Verdict as verdict:
        if verdict.code == "genuine":
            shown["visit"] = "proven"
        raise


CHECKS = {"live": (check_live, "recall"), "paper": (check_paper, "voids"), "venue": (check_venue, None)}

# ---- 10 Statements of time ---------------------------------------------------------------------


def check_statement(data, nonce, key):
    try:
        signed = Sign1(data, 256)
        value, newer = fields(decode(signed.payload, 256), (1, 2, 3))
        time = unsigned(value[1], U32 * 1000 + 999)
        answered = byte_string(value[2], 32)
        need(isinstance(value[3], bool))
        if newer:
            raise Unsupported
        signed.understand()
    except Damaged:
        return "damaged"
    except Unsupported:
        return "unsupported"
    if not signed.verifies(key, "liangma/time/1"):
        return "forged"
    if answered != nonce:
        return "other_nonce"
    return {"time_ms": time, "sandbox": value[3]}


# ---- 15 Vectors --------------------------------------------------------------------------------


def run_check(kind, case, sets):
    check, list_name = CHECKS[kind]
    trust, now = sets[case["trust"]], case["now"]
    recall_age = trust.age(list_name, now) if list_name else "current"
    found = answer(
        lambda flags: check(case["text"], trust, now, flags),
        trust,
        now,
        case["clock_in_doubt"],
        recall_age,
    )
    return found, case["expect"]


def run_trust(case, files):
    trust, found = Trust(files[case["root"]]), []
    for step in case["steps"]:
        try:
            new = trust.update(files[step["file"]], step["now"])
            found.append("unchanged" if new is None else {"new": new[0], "version": new[1]})
        except Refused as refused:
            found.append(str(refused))
    return found, [step["expect"] for step in case["steps"]]


def run_derivation(case):
    secret, hour = bytes.fromhex(case["secret"]), case["hour"]
    first = key = hkdf(secret, b"LM1-rcl", 16)
    for _ in range(hour - case["first_hour"]):
        key = next_recall_key(key)
    cid = code_id(hour, key)
    chain = {240: hkdf(secret, b"LM1-seed" + u32be(hour), 16)}
    for index in range(239, -1, -1):
        chain[index] = chain_step(hour, cid, index, chain[index + 1])
    found = dict(
        case,
        first_recall_key=first.hex(),
        recall_key=key.hex(),
        code_id=cid.hex(),
        anchor=chain[0].hex(),
        values=[{"k": value["k"], "value": chain[value["k"] + 1].hex()} for value in case["values"]],
    )
    return found, case


def run_base45(case):
    try:
        return base45(case["text"]).hex(), case["bytes"]
    except Damaged:
        return None, case["bytes"]


def main(folder):
    folder = pathlib.Path(folder)
    fixtures = json.loads((folder / "fixtures.json").read_text())
    files = {name: bytes.fromhex(data) for name, data in fixtures["files"].items()}
    sets = {}
    for name, entry in fixtures["trust_sets"].items():
        sets[name] = Trust(files[entry["root"]])
        for file in entry["files"]:
            assert sets[name].update(files[file], entry["taken_at"]) is not None, (name, file)
    passed = failed = 0
    for path in sorted(folder.glob("*.json")):
        vectors = json.loads(path.read_text())
        kind = vectors.get("kind")
        for case in vectors.get("cases", []):
            if kind in CHECKS:
                found, expected = run_check(kind, case, sets)
            elif kind == "trust":
                found, expected = run_trust(case, files)
            elif kind == "time":
                key = Key(vectors["key"]["suite"], bytes.fromhex(vectors["key"]["public_key"]))
                statement, nonce = bytes.fromhex(case["statement"]), bytes.fromhex(case["nonce"])
                found, expected = check_statement(statement, nonce, key), case["expect"]
            elif kind == "derivation":
                found, expected = run_derivation(case)
            elif kind == "base45":
                found, expected = run_base45(case)
            else:
                raise SystemExit(f"{path.name}: unknown kind {kind}")
            if found == expected:
                passed += 1
            else:
                failed += 1
                print(f"{path.name}: {case.get('name', case.get('text'))}\n  expected {expected}\n  found    {found}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    sys.exit(main(sys.argv[1]))
